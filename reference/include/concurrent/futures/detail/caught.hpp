// What code of users throws: caught in one place, so that nothing that can be thrown is forgotten.

#pragma once

#include <concurrent/futures/detail/sync.hpp>
#include <exception>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// Inside of a handler: what was caught. Never null: an exception of another language, which C++ cannot hold, becomes
/// an Error that says so.
[[nodiscard]] std::exception_ptr caught() noexcept;

/// An error for a call whose thread was ended inside of it.
[[nodiscard]] std::exception_ptr thread_ended() noexcept;

/// Runs `f`, and returns what it threw, or null.
///
/// pthread_exit and pthread_cancel end a thread by unwinding its stack. This is no exception of C++, and a handler
/// that stopped it would end the program: it passes through here, and only destructors see it. There is no object to
/// refer to then, of which UndefinedBehaviorSanitizer would complain.
///
/// `f` may need a lock that the caller holds, which an analysis of this function alone cannot know.
template <typename F>
[[nodiscard]] __attribute__((no_sanitize("null"))) std::exception_ptr exception_of(F&& f)
    CONCURRENT_FUTURES_THREAD_SAFETY(no_thread_safety_analysis) {
  try {
    f();
    return nullptr;
  } catch (const sync::ForcedUnwinding&) {
    throw;
  } catch (...) {
    return caught();
  }
}

}  // namespace detail
CONCURRENT_FUTURES_END
