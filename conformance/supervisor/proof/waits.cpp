// System calls and their arguments, read as waits.

#include <linux/futex.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>

#include <cstdio>
#include <supervisor/proof/descriptors.hpp>
#include <supervisor/proof/waits.hpp>
#include <utility>

namespace touchstone::supervisor {

namespace {

std::string hexadecimal(std::uint64_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
  return text;
}

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", seconds);
  return text;
}

double to_seconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// How long a timed futex wait still has, in words.
std::string time_left(const ThreadReading& thread, int operation) {
  timespec limit{};
  if (!read_memory(thread.process, thread.call.arguments[3], &limit, sizeof limit)) return "a limit";
  if ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT) return "a limit of " + seconds_text(to_seconds(limit));
  timespec now{};
  clock_gettime((operation & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
  return "a limit that ends in " + seconds_text(to_seconds(limit) - to_seconds(now));
}

Wait classify_futex(const ThreadReading& thread) {
  const int operation = static_cast<int>(thread.call.arguments[1]);
  const int command = operation & FUTEX_CMD_MASK;
  Wait wait;
  wait.kind = WaitKind::futex;
  wait.futex.address = thread.call.arguments[0];
  wait.futex.expected = static_cast<std::uint32_t>(thread.call.arguments[2]);
  wait.futex.shared = (operation & FUTEX_PRIVATE_FLAG) == 0;
  wait.futex.compares = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
  std::uint32_t word = 0;
  if (read_memory(thread.process, wait.futex.address, &word, sizeof word)) wait.futex.word = word;
  wait.text = "waits for a futex at " + hexadecimal(wait.futex.address);
  constexpr int lock_pi_2 = 13;  // newer than the kernel headers of some systems
  if (!wait.futex.compares && command != FUTEX_LOCK_PI && command != lock_pi_2) {
    wait.objection = "uses futex operation " + std::to_string(command);
  } else if (thread.call.arguments[3] != 0) {
    wait.text += ", with a limit";
    wait.objection = "waits for a futex with " + time_left(thread, operation);
  } else {
    wait.text += ", without limit";
  }
  return wait;
}

Wait waits_for_descriptors(std::string verb, std::vector<int> numbers, bool transfers = false) {
  Wait wait;
  wait.kind = WaitKind::descriptor;
  wait.text = std::move(verb);
  for (const int number : numbers) wait.text += " " + std::to_string(number);
  wait.descriptors = std::move(numbers);
  wait.transfers = transfers;
  return wait;
}

Wait open_wait(std::string text) {
  Wait wait;
  wait.text = text;
  wait.objection = std::move(text);
  return wait;
}

Wait classify_poll(const ThreadReading& thread) {
  constexpr std::uint64_t most = 1024;
  const std::uint64_t count = thread.call.arguments[1];
  std::vector<pollfd> entries(count <= most ? count : 0);
  if (count > most) return open_wait("polls too many descriptors to look at");
  if (count != 0 && !read_memory(thread.process, thread.call.arguments[0], entries.data(), count * sizeof(pollfd))) {
    return open_wait("polls descriptors that cannot be read from its memory");
  }
  std::vector<int> numbers;
  for (const pollfd& entry : entries) {
    if (entry.fd >= 0) numbers.push_back(entry.fd);
  }
  return waits_for_descriptors("polls, without limit, the descriptors", std::move(numbers));
}

Wait classify_select(const ThreadReading& thread) {
  const std::uint64_t count = thread.call.arguments[0];
  if (count > FD_SETSIZE) return open_wait("selects from too many descriptors to look at");
  std::set<int> numbers;
  for (const std::size_t position : {std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
    if (thread.call.arguments[position] == 0) continue;
    fd_set descriptors;
    FD_ZERO(&descriptors);
    if (!read_memory(thread.process, thread.call.arguments[position], &descriptors, (count + 63) / 64 * 8)) {
      return open_wait("selects from descriptors that cannot be read from its memory");
    }
    for (int number = 0; number < static_cast<int>(count); ++number) {
      if (FD_ISSET(number, &descriptors)) numbers.insert(number);
    }
  }
  return waits_for_descriptors("selects, without limit, from the descriptors", {numbers.begin(), numbers.end()});
}

Wait classify_epoll(const ThreadReading& thread) {
  std::vector<int> numbers;
  const int epoll = static_cast<int>(thread.call.arguments[0]);
  if (!watched_descriptors(thread.process, epoll, numbers)) {
    return open_wait("waits for an epoll instance whose descriptors cannot be told");
  }
  return waits_for_descriptors("waits, without limit, for an epoll instance with the descriptors", std::move(numbers));
}

bool is_negative(std::uint64_t argument) { return static_cast<int>(argument) < 0; }

/// poll and its like, which take a limit; nothing for any other call.
std::optional<Wait> classify_multiplexed(const ThreadReading& thread) {
  const std::array<std::uint64_t, 6>& arguments = thread.call.arguments;
  switch (thread.call.number) {
#ifdef SYS_poll
    case SYS_poll:
      return is_negative(arguments[2]) ? classify_poll(thread) : open_wait("polls with a limit");
#endif
    case SYS_ppoll:
      return arguments[2] == 0 ? classify_poll(thread) : open_wait("polls with a limit");
#ifdef SYS_select
    case SYS_select:
#endif
    case SYS_pselect6:
      return arguments[4] == 0 ? classify_select(thread) : open_wait("selects with a limit");
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
    case SYS_epoll_pwait:
      return is_negative(arguments[3]) ? classify_epoll(thread) : open_wait("waits for epoll with a limit");
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
      return arguments[3] == 0 ? classify_epoll(thread) : open_wait("waits for epoll with a limit");
#endif
    default:
      return {};
  }
}

}  // namespace

Wait classify_wait(const ThreadReading& thread) {
  Wait wait;
  if (thread.state == 'Z' || thread.state == 'X') {
    wait.kind = WaitKind::ended;
    wait.text = "has ended";
    return wait;
  }
  if (thread.state != 'S') {
    wait = open_wait(thread.state == 'T' || thread.state == 't' ? "is stopped" : "is not asleep");
    wait.kind = WaitKind::awake;
    return wait;
  }
  if (!thread.call.known) return open_wait("sleeps where the system does not tell");
  if (std::optional<Wait> multiplexed = classify_multiplexed(thread)) return std::move(*multiplexed);
  const std::vector<int> first{static_cast<int>(thread.call.arguments[0])};
  switch (thread.call.number) {
    case SYS_futex:
      return classify_futex(thread);
    case SYS_read:
    case SYS_readv:
    case SYS_recvfrom:
    case SYS_recvmsg:
      return waits_for_descriptors("reads, without limit, from descriptor", first, true);
    case SYS_write:
    case SYS_writev:
    case SYS_sendto:
    case SYS_sendmsg:
      return waits_for_descriptors("writes, without limit, to descriptor", first, true);
    case SYS_wait4:
    case SYS_waitid:
      wait.kind = WaitKind::child;
      wait.text = "waits for a child process to end";
      return wait;
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
      return open_wait("sleeps for a time");
    case SYS_restart_syscall:
      return open_wait("waits in a call that a signal interrupted, maybe with a limit");
    case SYS_rt_sigtimedwait:
    case SYS_rt_sigsuspend:
      return open_wait("waits for a signal");
    default:
      return open_wait("waits in system call " + std::to_string(thread.call.number));
  }
}

namespace {

/// One line of /proc/PID/maps: `7f0000-7f1000 rw-s 00000000 00:01 1234   /path`.
struct Mapping {
  bool writable = false;
  bool shared = false;
  std::string file;  // device and inode
  std::string path;
};

std::optional<Mapping> mapping_at(const std::string& maps, std::uint64_t address) {
  for (std::size_t line = 0; line < maps.size(); line = maps.find('\n', line) + 1) {
    unsigned long long begin = 0;
    unsigned long long end = 0;
    char rights[8] = {};
    char device[16] = {};
    unsigned long long inode = 0;
    int path = 0;
    if (std::sscanf(maps.c_str() + line, "%llx-%llx %7s %*s %15s %llu %n", &begin, &end, rights, device, &inode,
                    &path) != 5) {
      return {};
    }
    const std::size_t end_of_line = maps.find('\n', line);
    if (address >= begin && address < end) {
      const std::size_t begin_of_path = line + static_cast<std::size_t>(path);
      return Mapping{rights[1] == 'w', rights[3] == 's', " " + std::string(device) + " " + std::to_string(inode) + " ",
                     begin_of_path < end_of_line ? maps.substr(begin_of_path, end_of_line - begin_of_path) : ""};
    }
    if (end_of_line == std::string::npos) return {};
  }
  return {};
}

// As src/arena.cpp makes it.
constexpr const char* arena_path = "/memfd:touchstone-arena (deleted)";

}  // namespace

std::string outside_sharer(pid_t process, std::uint64_t address, const std::set<pid_t>& inside, pid_t supervisor) {
  const std::optional<Mapping> mapping = mapping_at(read_file("/proc/" + std::to_string(process) + "/maps"), address);
  if (!mapping) return "waits for a futex in memory that cannot be told to be its own";
  // The kernel finds the waiters of a file's page that was never written to by the file, not by the process.
  if (!mapping->shared) return mapping->writable ? "" : "waits for a futex in a file's memory";
  if (!mapping->path.ends_with("(deleted)") || mapping->path.starts_with("/SYSV")) {
    return "waits for a futex in memory that any process may map: " + mapping->path;
  }
  const auto maps_it = [&mapping](pid_t other) {
    return read_file("/proc/" + std::to_string(other) + "/maps").find(mapping->file) != std::string::npos;
  };
  // Memory without a file is handed down from parent to child only: from outside it comes through the supervisor. The
  // arena of gates and marks is given by the process of the test to the workers of its executor, and to nobody else.
  const bool stays_inside = mapping->path == "/dev/zero (deleted)" || mapping->path == arena_path;
  if (stays_inside && !maps_it(supervisor)) return {};
  for (const int other : numbers_in("/proc")) {
    if (!inside.contains(other) && maps_it(other)) {
      return "waits for a futex in memory that process " + std::to_string(other) + " shares";
    }
  }
  return {};
}

}  // namespace touchstone::supervisor
