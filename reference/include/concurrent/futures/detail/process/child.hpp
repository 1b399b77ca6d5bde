// The child's side of a pool of processes: how it starts, and what it does until it ends.

#pragma once

#include <chrono>
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

/// What a process is told that is started to become a child, or to fork children.
[[nodiscard]] std::string announcement_of_child();
[[nodiscard]] std::string announcement_of_fork_server();

/// How long main may take to come to freeze_support() from when the library was loaded. Only where somebody forgot to
/// call it does anybody wait so long.
inline constexpr auto time_to_freeze_support = std::chrono::seconds(2);

inline constexpr auto advice_on_freeze_support =
    "main must call concurrent::futures::freeze_support(argc, argv) first of all, before it makes a pool";

/// What freeze_support() does: a child serves from there, and does not return.
void come_to_freeze_support();

/// Whether that was called. A program that does not would run as a child what it runs as a parent.
[[nodiscard]] bool came_to_freeze_support();

/// Ends this process with a word to its parent, if it is a child of which main has not called freeze_support().
void end_if_unannounced();

/// Serves calls until the parent has no more of them, and ends the process: one that spawn() has started, each that was
/// forked off such a one, or one that fork() has made.
[[noreturn]] void serve_as_announced();
[[noreturn]] void serve_as_forked(os::ChildEnds ends);

}  // namespace detail
CONCURRENT_FUTURES_END
