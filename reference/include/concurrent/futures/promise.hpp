// Promise: the producing side of a future, for tests and for whoever writes an executor of another kind.

#pragma once

#include <concurrent/futures/future.hpp>
#include <exception>
#include <stdexcept>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
[[noreturn]] void throw_cannot_finish(const AnyFuture& future);
[[noreturn]] void throw_cannot_start(const AnyFuture& future);
}  // namespace detail

/// Makes one future, and moves it through its states (FUT-050..059).
///
/// A promise that is destroyed before it was kept fails its future with BrokenExecutor, so that
/// nobody waits for ever. Moving is cheap; a moved-from promise may only be destroyed or assigned.
///
/// Thread safety: as Future. Producers may compete: one of them wins, the others get InvalidStateError.
template <typename T>
class Promise {
 public:
  Promise() {
    auto* outcome = new detail::PromisedOutcome<T>();
    future_ = detail::Access::make<Future<T>>(detail::Handle(outcome));
    outcome->release();  // the handle has its own
  }
  Promise(Promise&&) noexcept = default;
  Promise& operator=(Promise&& other) noexcept {
    std::swap(future_, other.future_);
    return *this;
  }
  ~Promise() {
    if (future_ == Future<T>() || future_.done() || !outcome().claim()) return;
    outcome().store_error(std::make_exception_ptr(BrokenExecutor("the promise was destroyed before it was kept")));
    outcome().finish(detail::State::threw);
  }

  [[nodiscard]] Future<T> future() const { return future_; }

  /// Announces that the call starts: pending becomes running, and the answer is true. If it was cancelled,
  /// it becomes cancelled-and-notified, and the answer is false: there is nothing to do (FUT-050, FUT-051).
  /// Throws InvalidStateError in any other state, which it does not change (FUT-052).
  [[nodiscard]] bool set_running_or_notify_cancel() {
    const detail::Start start = outcome().start();
    if (start == detail::Start::refused) detail::throw_cannot_start(future_);
    return start == detail::Start::started;
  }

  /// Finishes the future with a result made of the arguments, wakes who waits, and runs the done
  /// callbacks in this thread before it returns. Throws InvalidStateError if it is done already (FUT-054).
  template <typename... Arguments>
  requires std::is_constructible_v<typename detail::Storage<T>::Type, Arguments...>
  void set_result(Arguments&&... arguments) {
    claim();
    try {
      outcome().store_value(std::forward<Arguments>(arguments)...);
    } catch (...) {
      outcome().unclaim();
      throw;
    }
    outcome().finish(detail::State::returned);
  }
  template <typename Reference = T>
  requires std::is_lvalue_reference_v<Reference>
  void set_result(std::type_identity_t<Reference> value) { set_result(std::addressof(value)); }

  /// As set_result, with what the call threw (FUT-055). A null pointer is refused with std::invalid_argument (FUT-059).
  void set_exception(std::exception_ptr exception) {
    if (!exception) throw std::invalid_argument("set_exception needs an exception");
    claim();
    outcome().store_error(std::move(exception));
    outcome().finish(detail::State::threw);
  }

 private:
  [[nodiscard]] detail::OutcomeOf<T>& outcome() {
    return static_cast<detail::OutcomeOf<T>&>(detail::Access::outcome(future_));
  }
  void claim() {
    if (!outcome().claim()) detail::throw_cannot_finish(future_);
  }

  Future<T> future_;
};

CONCURRENT_FUTURES_END
