// What the files behind os.hpp share.

#pragma once

#include <cerrno>
#include <concurrent/futures/detail/os.hpp>
#include <optional>
#include <span>
#include <system_error>

CONCURRENT_FUTURES_BEGIN
namespace os {

[[noreturn]] inline void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

inline int checked(int result, const char* what) {
  if (result < 0) fail(what);
  return result;
}

/// A descriptor of the library is closed in a child that something else forks. disown() returns whether it was one.
void own(int number);
[[nodiscard]] bool disown(int number);

/// Copies this process. In the child, where it returns 0, all descriptors above the standard ones are closed but for
/// `kept`.
[[nodiscard]] int fork_with(std::span<int> kept);

/// A descriptor of that process, of which the caller must know that it has not been reaped; none where the system has
/// none, or does not give it.
[[nodiscard]] Descriptor descriptor_of_process(int pid);

// ThreadSanitizer has a thread of its own in every process.
#if defined(__SANITIZE_THREAD__)
constexpr bool is_run_with_own_thread = true;
#else
constexpr bool is_run_with_own_thread = false;
#endif

}  // namespace os
CONCURRENT_FUTURES_END
