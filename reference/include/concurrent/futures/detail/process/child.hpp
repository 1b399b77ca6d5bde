// The child's side of a pool of processes: how it starts, and what it does until it ends.

#pragma once

#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/detail/process/code_place.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// What a child is told first.
struct Hello {
  std::uint64_t index = 0;      // among the children of its pool
  std::uint64_t children = 0;   // how many there can be
  std::uint64_t max_tasks = 0;  // 0: any number
  bool has_initializer = false;
  CodePlace initializer;
  std::string arguments;  // of the initializer, encoded

  template <typename Archive>
  void serialize(Archive& archive) {
    archive(index, children, max_tasks, has_initializer, initializer, arguments);
  }
};

/// What a process is, seen from here.
enum class Role : std::uint8_t {
  none,     // no child of a pool
  waiting,  // a child, of which main has not called freeze_support() yet
  child,    // one that serves
};
[[nodiscard]] Role role();

/// How many pools this process is inside of, as a child of a child; and how many that may be.
[[nodiscard]] std::size_t depth();
constexpr std::size_t greatest_depth = 10;

/// Ends this process with a word to its parent, if it is a child of which main has not called freeze_support().
void end_if_unannounced();

/// Serves calls until the parent has no more of them, and ends the process: one that spawn() has started, or fork().
[[noreturn]] void serve_as_announced();
[[noreturn]] void serve_as_forked(os::ChildEnds ends);

}  // namespace detail
CONCURRENT_FUTURES_END
