// The floor: what this machine needs for the same at least, with nothing between the benchmark and the kernel.
//
// It has the workloads of process pools that are more than library, and some of memory alone, and is compared as if it
// were a pool. Its child is a copy of itself that sends back what it gets; where a start is measured, itself run anew.

#include <spawn.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <touchstone/bench/process_main.hpp>
#include <vector>

namespace {

using touchstone::bench::Acts;

using Message = std::array<char, 64>;  // about what a small call takes

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

/// Returns whether all of it was read: it is not where the other end has gone.
bool read_all(int descriptor, char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t got = read(descriptor, data, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    data += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

void write_all(int descriptor, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t put = send(descriptor, data, size, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    checked(static_cast<int>(put < 0 ? -1 : 0), "send");
    data += put;
    size -= static_cast<std::size_t>(put);
  }
}

/// A pair of connected sockets.
struct Channel {
  Channel() {
    std::array<int, 2> both{};
    checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both.data()), "socketpair");
    own = both[0];
    other = both[1];
    constexpr int room = 4 << 20;
    for (const int end : both) setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() {
    close_other();
    if (own >= 0) close(own);
  }

  void close_other() {
    if (other >= 0) close(std::exchange(other, -1));
  }

  int own = -1, other = -1;
};

/// A process that runs `serve` with its end of a channel until the other end is closed.
class Child {
 public:
  template <typename Serve>
  explicit Child(Serve serve) {
    pid_ = checked(fork(), "fork");
    if (pid_ == 0) {
      close(channel_.own);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      try {
        serve(channel_.other);
      } catch (const std::system_error&) {  // the other end has gone
      }
      _exit(0);
    }
    channel_.close_other();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }

  /// As a pool's shutdown: it is told, and has ended when this returns.
  void end() {
    if (pid_ == 0) return;
    shutdown(channel_.own, SHUT_RDWR);  // a child that was forked later may still have it open
    close(std::exchange(channel_.own, -1));
    waitpid(std::exchange(pid_, 0), nullptr, 0);
  }

  [[nodiscard]] int socket() const { return channel_.own; }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  Channel channel_;
  pid_t pid_ = 0;
};

void echo(int socket) {
  Message message{};
  while (read_all(socket, message.data(), message.size())) write_all(socket, message.data(), message.size());
}

/// Waits for sockets that can be read.
class Poller {
 public:
  Poller() : descriptor_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller() { close(descriptor_); }

  void add(int socket) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    checked(epoll_ctl(descriptor_, EPOLL_CTL_ADD, socket, &event), "epoll_ctl");
  }
  [[nodiscard]] int wait() const {
    epoll_event event{};
    checked(epoll_wait(descriptor_, &event, 1, -1), "epoll_wait");
    return event.data.fd;
  }

 private:
  int descriptor_;
};

void round_trip(benchmark::State& state) {
  const Child child(&echo);
  const Poller poller;
  poller.add(child.socket());
  Message message{};
  Acts acts;
  while (state.KeepRunning()) {
    acts.time([&] {
      write_all(child.socket(), message.data(), message.size());
      read_all(poller.wait(), message.data(), message.size());
    });
  }
  acts.report(state);
  touchstone::bench::finish(state, true);
}

/// A message a call, and sixteen of them in the hands of each of two children.
void many_calls(benchmark::State& state, std::size_t calls) {
  constexpr std::size_t ahead = 16;
  const Child one(&echo), two(&echo);
  const Poller poller;
  poller.add(one.socket());
  poller.add(two.socket());
  Message message{};
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(calls))) {
    std::size_t sent = 0;
    const auto send_one = [&](int socket) {
      if (sent < calls) write_all(socket, message.data(), message.size());
      ++sent;
    };
    for (std::size_t i = 0; i < ahead; ++i) {
      send_one(one.socket());
      send_one(two.socket());
    }
    for (std::size_t received = 0; received < calls; ++received) {
      const int socket = poller.wait();
      read_all(socket, message.data(), message.size());
      send_one(socket);
    }
  }
  touchstone::bench::finish(state, true);
}

/// Through a socket, out of memory and into memory that both have used before.
void payload(benchmark::State& state, std::size_t mebibytes) {
  std::vector<char> data(mebibytes << 20U, 'x');
  const Child child([&data](int socket) {
    while (read_all(socket, data.data(), data.size())) write_all(socket, data.data(), 1);
  });
  Acts all;
  touchstone::bench::time_large(state, all, [&](Acts& acts) {
    acts.time([&] {
      write_all(child.socket(), data.data(), data.size());
      read_all(child.socket(), data.data(), 1);
    });
  });
  touchstone::bench::finish(state, true);
}

void copy(benchmark::State& state, std::size_t mebibytes, bool fresh) {
  const std::vector<char> data(mebibytes << 20U, 'x');
  const auto new_memory = [&data] {
    void* const place = mmap(nullptr, data.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    checked(place == MAP_FAILED ? -1 : 0, "mmap");
    return place;
  };
  void* place = new_memory();
  Acts all;
  touchstone::bench::time_large(state, all, [&](Acts& acts) {
    if (fresh) {
      munmap(place, data.size());
      place = new_memory();
    }
    acts.time([&] { std::memcpy(place, data.data(), data.size()); });
    benchmark::DoNotOptimize(place);
  });
  munmap(place, data.size());
  touchstone::bench::finish(state, true);
}

/// This program, run anew; it sends a byte.
void start_anew(benchmark::State& state) {
  Acts acts;
  while (state.KeepRunning()) {
    Channel channel;
    pid_t pid = 0;
    acts.time([&] {
      posix_spawn_file_actions_t actions{};
      posix_spawn_file_actions_init(&actions);
      posix_spawn_file_actions_adddup2(&actions, channel.other, STDOUT_FILENO);
      std::string program = "/proc/self/exe", role = "child";
      std::array<char*, 3> arguments = {program.data(), role.data(), nullptr};
      errno = posix_spawn(&pid, program.data(), &actions, nullptr, arguments.data(), environ);
      checked(errno == 0 ? 0 : -1, "posix_spawn");
      posix_spawn_file_actions_destroy(&actions);
      channel.close_other();
      char byte = 0;
      read_all(channel.own, &byte, 1);
    });
    waitpid(pid, nullptr, 0);
  }
  acts.report(state);
  touchstone::bench::finish(state, true);
}

void end_children(benchmark::State& state) {
  Acts acts;
  while (state.KeepRunning()) {
    Child one(&echo), two(&echo);
    acts.time([&] {
      one.end();
      two.end();
    });
  }
  acts.report(state);
  touchstone::bench::finish(state, true);
}

/// From SIGKILL until the descriptor of the process tells its end.
void kill_child(benchmark::State& state) {
  Acts acts;
  while (state.KeepRunning()) {
    const Child child(&echo);
    const int descriptor = checked(static_cast<int>(syscall(SYS_pidfd_open, child.pid(), 0)), "pidfd_open");
    const Poller poller;
    poller.add(descriptor);
    acts.time([&] {
      kill(child.pid(), SIGKILL);
      static_cast<void>(poller.wait());
    });
    close(descriptor);
  }
  acts.report(state);
  touchstone::bench::finish(state, true);
}

}  // namespace

int main(int argc, char** argv) {
  using touchstone::bench::add;
  if (argc == 2 && std::strcmp(argv[1], "child") == 0) return write(STDOUT_FILENO, "x", 1) == 1 ? 0 : 1;
  const bool quick = touchstone::bench::take_quick(argc, argv);
  const auto sizes = quick ? touchstone::bench::quick_process_sizes : touchstone::bench::ProcessSizes();
  add("process/round_trip", 1, &round_trip);
  add("process/many_calls", sizes.calls, &many_calls, sizes.calls);
  for (const std::size_t mebibytes : {std::size_t{1}, sizes.large_payload}) {
    const std::string size = "/MiB:" + std::to_string(mebibytes);
    add("process/argument" + size, 1, &payload, mebibytes);
    add("process/result" + size, 1, &payload, mebibytes);
    add("process/memcpy/used_memory" + size, 1, &copy, mebibytes, false);
    add("process/memcpy/new_memory" + size, 1, &copy, mebibytes, true);
  }
  add("process/start", 1, &start_anew);
  add("process/shutdown", 1, &end_children);
  add("process/death", 1, &kill_child);
  return touchstone::bench::run_registered(argc, argv, {"this machine alone", "", true, true});
}
