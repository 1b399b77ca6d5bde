// Programs that hang for good, each in a way of its own.

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <supervisor/processes/proc.hpp>
#include <supervisor/tests/proof/program_tools.hpp>
#include <touchstone/gate.hpp>

namespace touchstone::supervisor {

namespace {

void nested_wait(const Outside& outside) {
  SimplePool pool(1);
  auto outer = pool.submit([&] {
    auto inner = pool.submit([] { return 1; });
    about_to_block(outside);
    return inner.get();
  });
  about_to_block(outside);
  outer.get();
}

void nested_wait_in_four_workers(const Outside& outside) {
  SimplePool pool(4);
  std::atomic<int> started = 0;
  std::vector<std::future<int>> outer;
  for (int index = 0; index < 4; ++index) {
    outer.push_back(pool.submit([&] {
      ++started;
      while (started < 4) std::this_thread::yield();
      auto inner = pool.submit([] { return 1; });
      about_to_block(outside);
      return inner.get();
    }));
  }
  about_to_block(outside);
  for (std::future<int>& future : outer) future.get();
}

void two_mutexes(const Outside& outside) {
  std::mutex one, other;
  std::atomic<int> holders = 0;
  const auto lock_both = [&](std::mutex& first, std::mutex& second) {
    const std::lock_guard outer(first);
    ++holders;
    while (holders < 2) std::this_thread::yield();
    about_to_block(outside);
    const std::lock_guard inner(second);
  };
  std::thread thread([&] { lock_both(one, other); });
  lock_both(other, one);
}

void condition_never_true(const Outside& outside) {
  std::mutex mutex;
  std::condition_variable changed;
  std::unique_lock lock(mutex);
  about_to_block(outside);
  changed.wait(lock, [] { return false; });
}

void atomic_never_notified(const Outside& outside) {
  std::atomic<int> word = 0;
  std::thread thread([&] {
    about_to_block(outside);
    word.wait(0);
  });
  about_to_block(outside);
  thread.join();
}

// The value changes once the other thread sleeps, and nobody tells it.
void notify_forgotten(const Outside& outside) {
  std::atomic<std::uint32_t> word = 0;
  std::atomic<pid_t> waiter = 0;
  std::thread thread([&] {
    waiter = static_cast<pid_t>(syscall(SYS_gettid));
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
  });
  while (waiter == 0 || read_thread(getpid(), waiter).call.number != SYS_futex) std::this_thread::yield();
  word = 1;
  about_to_block(outside);
  thread.join();
}

void two_processes_read_from_each_other(const Outside& outside) {
  std::array<int, 2> there{}, back{};
  if (pipe(there.data()) != 0 || pipe(back.data()) != 0) return;
  char byte = 0;
  if (fork() == 0) {
    close(there[1]);
    close(back[0]);
    about_to_block(outside);
    _exit(read(there[0], &byte, 1) == 1 ? 1 : 0);
  }
  close(there[0]);
  close(back[1]);
  about_to_block(outside);
  [[maybe_unused]] const ssize_t length = read(back[0], &byte, 1);
}

void waits_for_a_child_that_hangs(const Outside& outside) {
  const pid_t child = fork();
  if (child == 0) {
    std::atomic<std::uint32_t> word = 0;
    about_to_block(outside);
    wait_for_ever(word, 0, false);
  }
  about_to_block(outside);
  waitpid(child, nullptr, 0);
}

void two_processes_share_a_futex(const Outside& outside) {
  void* const memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* const word = new (memory) std::atomic<std::uint32_t>(0);
  fork();
  about_to_block(outside);
  wait_for_ever(*word, 0, true);
}

void writes_to_a_full_pipe(const Outside& outside) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return;
  std::vector<char> much(1 << 20);
  about_to_block(outside);
  [[maybe_unused]] const ssize_t length = write(ends[1], much.data(), much.size());
}

void reads_from_a_socket_pair(const Outside& outside) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return;
  char byte = 0;
  about_to_block(outside);
  [[maybe_unused]] const ssize_t length = recv(ends[0], &byte, 1, 0);
}

void polls_a_socket_pair(const Outside& outside) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return;
  pollfd entry{ends[0], POLLIN, 0};
  about_to_block(outside);
  poll(&entry, 1, -1);
}

/// An event loop without events, as an idle input-output library has.
void epoll_of_an_event(const Outside& outside) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);  // never set
  for (const int watched : {event, timer}) {
    epoll_event entry{};
    entry.events = EPOLLIN;
    entry.data.fd = watched;
    epoll_ctl(epoll, EPOLL_CTL_ADD, watched, &entry);
  }
  std::thread thread([&] {
    epoll_event entry{};
    about_to_block(outside);
    epoll_wait(epoll, &entry, 1, -1);
  });
  about_to_block(outside);
  thread.join();
}

// The process lives on in its other threads, and its first thread looks like one that has ended.
void first_thread_has_ended(const Outside& outside) {
  static std::atomic<std::uint32_t> word = 0;
  const Outside copy = outside;
  std::thread([copy] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    about_to_block(copy);
    wait_for_ever(word, 0, false);
  }).detach();
  syscall(SYS_exit, 0);  // of this thread alone, without unwinding
}

// A child that nobody has taken notice of, beside a real deadlock.
void beside_a_dead_child(const Outside& outside) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t information{};
  waitid(P_PID, static_cast<id_t>(child), &information, WEXITED | WNOWAIT);
  condition_never_true(outside);
}

// A test that awaits what its worker, another process, would do behind a gate which nobody opens.
void worker_at_a_gate(const Outside& outside) {
  Gate gate("shut");
  Mark mark("never hit");
  const pid_t worker = fork();
  if (worker == 0) {
    about_to_block(outside);
    gate.pass();
    mark.hit();
    _exit(0);
  }
  gate.await_arrivals(1);
  about_to_block(outside);
  mark.await();
}

// A process that makes others, waits for what it is asked and for the end of one, while its child waits for it.
void server_of_processes(const Outside& outside) {
  std::array<int, 2> requests{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, requests.data()) != 0) return;
  std::array<pollfd, 2> waited{{{requests[0], POLLIN, 0}, {descriptor_of_signals({SIGCHLD}), POLLIN, 0}}};
  const pid_t child = fork();
  if (child == 0) {
    char byte = 0;
    about_to_block(outside);
    _exit(read(requests[0], &byte, 1) == 0 ? 0 : 1);
  }
  about_to_block(outside);
  poll(waited.data(), waited.size(), -1);
}

}  // namespace

const std::vector<Program>& hanging_programs() {
  static const std::vector<Program> programs = {
      {"nested_wait", true, false, nested_wait},
      {"nested_wait_in_four_workers", true, false, nested_wait_in_four_workers},
      {"two_mutexes", true, false, two_mutexes},
      {"condition_never_true", true, false, condition_never_true},
      {"atomic_never_notified", true, false, atomic_never_notified},
      {"notify_forgotten", true, true, notify_forgotten},
      {"two_processes_read_from_each_other", true, false, two_processes_read_from_each_other},
      {"waits_for_a_child_that_hangs", true, false, waits_for_a_child_that_hangs},
      {"two_processes_share_a_futex", true, false, two_processes_share_a_futex},
      {"writes_to_a_full_pipe", true, false, writes_to_a_full_pipe},
      {"reads_from_a_socket_pair", true, false, reads_from_a_socket_pair},
      {"polls_a_socket_pair", true, false, polls_a_socket_pair},
      {"epoll_of_an_event", true, false, epoll_of_an_event},
      {"first_thread_has_ended", true, false, first_thread_has_ended},
      {"beside_a_dead_child", true, false, beside_a_dead_child},
      {"worker_at_a_gate", true, false, worker_at_a_gate},
      {"server_of_processes", true, false, server_of_processes},
  };
  return programs;
}

}  // namespace touchstone::supervisor
