// Readers of /proc: files, links, and the state of one thread.

#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::supervisor {

/// The content of a file, or empty where it cannot be read.
[[nodiscard]] std::string read_file(const std::string& path);

/// What a symbolic link says, or empty where it cannot be read.
[[nodiscard]] std::string read_link(const std::string& path);

/// Copies bytes out of another process's memory. False where that is impossible.
[[nodiscard]] bool read_memory(pid_t process, std::uint64_t address, void* target, std::size_t size);

/// The number after `name` (which starts with a line break and ends with its colon), if there is one.
[[nodiscard]] std::optional<std::uint64_t> find_number(std::string_view text, std::string_view name, int base = 10);

/// The numbers that a folder's entries are named by, in ascending order: thread and process ids, descriptors.
[[nodiscard]] std::vector<int> numbers_in(const std::string& folder);

/// The processes whose parent is the given one.
[[nodiscard]] std::vector<pid_t> children_of(pid_t process);

/// The system call in which a thread waits, as the kernel tells it.
struct SystemCall {
  bool known = false;  // false while the thread runs, is outside of any call, or may not be looked at
  long number = -1;
  std::array<std::uint64_t, 6> arguments = {};
  std::uint64_t stack = 0;

  friend bool operator==(const SystemCall&, const SystemCall&) = default;
};

/// One look at one thread.
struct ThreadReading {
  pid_t process = 0;
  pid_t thread = 0;
  char state = '?';  // as in ps: R runs, S sleeps, Z has ended, ...
  std::string name;
  SystemCall call;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::uint64_t pending_signals = 0;  // of the thread and of its process, those that are not blocked
  std::uint64_t caught_signals = 0;
  bool traced = false;

  /// Whether the thread, seen twice, cannot have run in between: going to sleep again is counted.
  [[nodiscard]] bool same_sleep(const ThreadReading& other) const {
    return thread == other.thread && state == other.state && call == other.call &&
           voluntary_switches == other.voluntary_switches && involuntary_switches == other.involuntary_switches;
  }
};

[[nodiscard]] ThreadReading read_thread(pid_t process, pid_t thread);

/// Only the state: cheaper, for a first look. '?' where the thread is gone.
[[nodiscard]] char read_state(pid_t process, pid_t thread);

/// The processor time that a process has used, in nanoseconds.
[[nodiscard]] std::uint64_t processor_time(pid_t process);

/// The name of the kernel function in which a thread waits, or empty.
[[nodiscard]] std::string wait_channel(pid_t process, pid_t thread);

}  // namespace touchstone::supervisor
