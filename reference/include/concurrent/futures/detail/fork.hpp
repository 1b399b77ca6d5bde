// Fork: how something tells the process that it belongs to from those that were forked off it.
//
// Not by the id of the process, which parent and child may share in nested namespaces, but by a counter that each fork
// advances in the child. What makes a process without the handlers of fork(), as vfork() and a bare clone() do, is
// not seen: such a child may not use the library.

#pragma once

#include <concurrent/futures/detail/sync.hpp>
#include <cstdint>

CONCURRENT_FUTURES_BEGIN
namespace detail {

// Throw DeadlockError, with what has happened.
[[noreturn]] void refuse_to_schedule_in_child();
[[noreturn]] void refuse_to_wait_in_child();

/// What forks() returns. No atomic: it changes only in a child, before that has a second thread.
extern std::uint64_t number_of_forks;

/// How many forks lie between the calling process and the first of the program.
[[nodiscard]] inline std::uint64_t forks() { return number_of_forks; }

/// The process in which something was made.
class Process {
 public:
  /// Whether the calling process was forked off it.
  [[nodiscard]] bool is_ancestor() const { return forks_ != forks(); }

 private:
  friend void end_child_of_worker(const Process& before) noexcept;
  void end_child_if_worker() const noexcept;

  std::uint64_t forks_ = forks();
};

/// Ends a child that is a copy of a worker: else it would be one worker more, and run again what the parent runs.
[[noreturn]] void end_child() noexcept;

/// Says that the calling thread is a worker.
void become_worker();

/// Ends the process if it was forked off `before`, on a worker.
inline void end_child_of_worker(const Process& before) noexcept {
  if (before.is_ancestor()) before.end_child_if_worker();
}

/// The process to which something belongs that its first use, and not its making, ties to one.
class Home {
 public:
  /// Whether it belongs to the calling process, which it does from now on if it belonged to none.
  [[nodiscard]] bool settle() {
    // Whoever comes first at the same time is of the same process, and stores the same.
    if (process_.load() == none) process_.store(forks());
    return is_here();
  }
  [[nodiscard]] bool is_here() const { return process_.load() == forks(); }

 private:
  static constexpr std::uint64_t none = ~std::uint64_t{0};
  sync::Atomic<std::uint64_t> process_{none};
};

}  // namespace detail
CONCURRENT_FUTURES_END
