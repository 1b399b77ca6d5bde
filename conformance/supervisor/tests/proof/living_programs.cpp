// Programs that come close to a hang and live: asleep, timed, busy, or waiting for the outside.

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include <array>
#include <supervisor/tests/proof/program_tools.hpp>
#include <touchstone/gate.hpp>

namespace touchstone::supervisor {

namespace {

using Clock = std::chrono::steady_clock;

/// Threads hand a turn round: at nearly every moment all but one sleep, without a limit.
void ping_pong(std::uint32_t players) {
  std::atomic<std::uint32_t> turn = 0;
  std::atomic<bool> over = false;
  const Clock::time_point end = Clock::now() + life;
  std::vector<std::jthread> threads;
  for (std::uint32_t player = 0; player < players; ++player) {
    threads.emplace_back([&, player] {
      while (!over) {
        std::uint32_t seen = turn;
        if (seen % players != player) {
          syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
          continue;
        }
        if (Clock::now() > end) over = true;
        ++turn;
        syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1000, nullptr, nullptr, 0);
      }
    });
  }
}

void ping_pong_of_two(const Outside&) { ping_pong(2); }
void ping_pong_of_eight(const Outside&) { ping_pong(8); }

void busy_pool(const Outside&) {
  SimplePool pool(3);
  for (const Clock::time_point end = Clock::now() + life; Clock::now() < end;) {
    std::vector<std::future<int>> futures;
    for (int index = 0; index < 8; ++index) futures.push_back(pool.submit([index] { return index; }));
    for (std::future<int>& future : futures) future.get();
  }
}

/// Two processes that pass a byte to and fro through pipes.
void busy_processes(const Outside&) {
  std::array<int, 2> there{}, back{};
  if (pipe(there.data()) != 0 || pipe(back.data()) != 0) return;
  char byte = 'x';
  const pid_t child = fork();
  if (child == 0) {
    close(there[1]);
    while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1) {
    }
    _exit(0);
  }
  for (const Clock::time_point end = Clock::now() + life; Clock::now() < end;) {
    if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) break;
  }
  close(there[1]);
  waitpid(child, nullptr, 0);
}

/// Threads come and go while the first waits for them.
void thread_storm(const Outside&) {
  for (const Clock::time_point end = Clock::now() + life; Clock::now() < end;) std::thread([] {}).join();
}

/// Processes come and go while the first waits for them.
void process_storm(const Outside&) {
  for (const Clock::time_point end = Clock::now() + life; Clock::now() < end;) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
  }
}

/// The first process ends at once; its orphan goes on, and starts another, and so on.
void daemon_chain(const Outside& outside) {
  const Clock::time_point end = Clock::now() + life;
  while (Clock::now() < end) {
    if (fork() != 0) break;
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
  // The process that the watcher started must stay until all is over.
  char byte = 0;
  if (outside.read_end >= 0) [[maybe_unused]]
    const ssize_t length = read(outside.read_end, &byte, 1);
}

void in_a_pool(const std::function<void()>& work) {
  SimplePool pool(1);
  pool.submit([&work] { work(); }).get();
}

void slow(const Outside&) {
  in_a_pool([] {
    std::atomic<int> sum = 0;
    for (const Clock::time_point end = Clock::now() + life; Clock::now() < end;) ++sum;
  });
}

void sleeping(const Outside&) {
  in_a_pool([] { std::this_thread::sleep_for(life); });
}

void napping(const Outside&) {
  in_a_pool([] {
    for (const Clock::time_point end = Clock::now() + life; Clock::now() < end;) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  });
}

void timed_future(const Outside&) {
  std::promise<int> promise;
  promise.get_future().wait_for(life);
}

void timed_condition(const Outside&) {
  in_a_pool([] {
    std::mutex mutex;
    std::condition_variable changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, life, [] { return false; });
  });
}

void timed_poll(const Outside&) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return;
  pollfd entry{ends[0], POLLIN, 0};
  poll(&entry, 1, static_cast<int>(life.count()));
}

void spinning(const Outside&) {
  std::atomic<bool> over = false;
  std::jthread thread([&over] {
    while (!over) std::this_thread::yield();
  });
  std::this_thread::sleep_for(life);
  over = true;
}

std::atomic<std::uint32_t> signalled = 0;

void note_signal(int) { signalled = 1; }

void handle(int signal) {
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigaction(signal, &action, nullptr);
}

void alarm_rings(const Outside&) {
  handle(SIGALRM);
  itimerval timer{};
  timer.it_value.tv_usec = std::chrono::microseconds(life).count();
  setitimer(ITIMER_REAL, &timer, nullptr);
  while (signalled == 0) syscall(SYS_futex, &signalled, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
}

void timer_signals(const Outside&) {
  handle(SIGUSR1);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR1;
  timer_t timer{};
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  itimerspec time{};
  time.it_value.tv_nsec = std::chrono::nanoseconds(life).count();
  timer_settime(timer, 0, &time, nullptr);
  while (signalled == 0) syscall(SYS_futex, &signalled, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
}

int running_timer() {
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  itimerspec time{};
  time.it_value.tv_nsec = std::chrono::nanoseconds(life).count();
  timerfd_settime(timer, 0, &time, nullptr);
  return timer;
}

void timer_is_read(const Outside&) {
  in_a_pool([] {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t length = read(running_timer(), &count, sizeof count);
  });
}

// While it takes note of children, too.
void timer_among_signals(const Outside&) {
  const int signals = descriptor_of_signals({SIGCHLD, SIGALRM});
  itimerval timer{};
  timer.it_value.tv_usec = std::chrono::microseconds(life).count();
  setitimer(ITIMER_REAL, &timer, nullptr);
  pollfd entry{signals, POLLIN, 0};
  poll(&entry, 1, -1);
}

void epoll_of_a_timer(const Outside&) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int timer = running_timer();
  epoll_event entry{};
  entry.events = EPOLLIN;
  epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &entry);
  epoll_wait(epoll, &entry, 1, -1);
}

void socket_with_a_limit(const Outside&) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return;
  timeval limit{0, std::chrono::microseconds(life).count()};
  setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  char byte = 0;
  [[maybe_unused]] const ssize_t length = recv(ends[0], &byte, 1, 0);
}

void first_thread_has_ended(const Outside&) {
  std::thread([] {
    std::this_thread::sleep_for(life);
    _exit(0);
  }).detach();
  syscall(SYS_exit, 0);  // of this thread alone, without unwinding
}

// The gate is opened by a process whose parent has died, and which computes all the while.
void gate_that_another_process_opens(const Outside&) {
  Gate gate("opened from elsewhere");
  if (fork() == 0) {
    if (fork() != 0) _exit(0);
    const auto end = std::chrono::steady_clock::now() + life;
    while (std::chrono::steady_clock::now() < end) {
    }
    gate.open();
    _exit(0);
  }
  gate.pass();
}

// From here on the watcher ends the program: it writes to the pipe and wakes the word.

void reads_from_outside(const Outside& outside) {
  in_a_pool([&outside] {
    char byte = 0;
    [[maybe_unused]] const ssize_t length = read(outside.read_end, &byte, 1);
  });
}

void polls_the_outside(const Outside& outside) {
  pollfd entry{outside.read_end, POLLIN, 0};
  poll(&entry, 1, -1);
}

void futex_shared_with_the_outside(const Outside& outside) { wait_for_ever(*outside.word, 0, true); }

void waits_for_the_network(const Outside& outside) {
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(server, 1) != 0) abort();
  std::array<pollfd, 2> entries{pollfd{server, POLLIN, 0}, pollfd{outside.read_end, POLLIN, 0}};
  poll(entries.data(), 2, -1);
}

}  // namespace

const std::vector<Program>& living_programs() {
  static const std::vector<Program> programs = {
      {"ping_pong_of_two", false, false, ping_pong_of_two},
      {"ping_pong_of_eight", false, false, ping_pong_of_eight},
      {"busy_pool", false, false, busy_pool},
      {"busy_processes", false, false, busy_processes},
      {"thread_storm", false, false, thread_storm},
      {"process_storm", false, false, process_storm},
      {"daemon_chain", false, false, daemon_chain},
      {"slow", false, false, slow},
      {"sleeping", false, false, sleeping},
      {"napping", false, false, napping},
      {"timed_future", false, false, timed_future},
      {"timed_condition", false, false, timed_condition},
      {"timed_poll", false, false, timed_poll},
      {"spinning", false, false, spinning},
      {"alarm_rings", false, false, alarm_rings},
      {"timer_signals", false, false, timer_signals},
      {"timer_is_read", false, false, timer_is_read},
      {"timer_among_signals", false, false, timer_among_signals},
      {"epoll_of_a_timer", false, false, epoll_of_a_timer},
      {"socket_with_a_limit", false, false, socket_with_a_limit},
      {"first_thread_has_ended", false, false, first_thread_has_ended},
      {"gate_that_another_process_opens", false, false, gate_that_another_process_opens},
      {"reads_from_outside", false, false, reads_from_outside},
      {"polls_the_outside", false, false, polls_the_outside},
      {"futex_shared_with_the_outside", false, false, futex_shared_with_the_outside},
      {"waits_for_the_network", false, false, waits_for_the_network},
  };
  return programs;
}

}  // namespace touchstone::supervisor
