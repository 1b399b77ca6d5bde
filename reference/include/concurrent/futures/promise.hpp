// Promise: the producing side of a future, for tests and for whoever writes an executor of another kind.

#pragma once

#include <concepts>
#include <concurrent/futures/future.hpp>
#include <exception>
#include <stdexcept>
#include <type_traits>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
[[noreturn]] void throw_cannot_finish(const AnyFuture& future);
[[noreturn]] void throw_cannot_start(const AnyFuture& future);

template <typename T, typename... Arguments>
concept MakesResult = !std::is_reference_v<T> && std::is_constructible_v<typename Storage<T>::Type, Arguments...>;
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
  Promise() : outcome_(new detail::PromisedOutcome<T>()) {
    outcome_->retain_promise();
    outcome_->release();
  }
  Promise(Promise&& other) noexcept : outcome_(std::exchange(other.outcome_, nullptr)) {}
  Promise& operator=(Promise&& other) noexcept {
    Promise moved(std::move(other));  // and what this one was goes with it now, not when the other goes
    std::swap(outcome_, moved.outcome_);
    return *this;
  }
  ~Promise() {
    if (outcome_ == nullptr) return;
    if (outcome_->claim()) {
      outcome_->store_error(detail::error_of<BrokenExecutor>("the promise was destroyed before it was kept"));
      outcome_->finish(detail::State::threw);
    }
    outcome_->release_promise();
  }

  /// The future, again on every call. The promise itself is no handle to it; but as long as it lives, result() on an
  /// rvalue copies what can be copied, so that this function never gives a future whose value was moved away.
  [[nodiscard]] Future<T> future() const { return detail::Access::make<Future<T>>(detail::Handle(outcome_)); }

  /// Announces that the call starts: pending becomes running, and the answer is true. If it was cancelled,
  /// it becomes cancelled-and-notified, and the answer is false: there is nothing to do (FUT-050, FUT-051).
  /// Throws InvalidStateError in any other state, which it does not change (FUT-052).
  [[nodiscard]] bool set_running_or_notify_cancel() {
    const detail::Start start = outcome_->start();
    if (start == detail::Start::refused) detail::throw_cannot_start(future());
    return start == detail::Start::started;
  }

  /// Finishes the future with a result made of the arguments, wakes who waits, and runs the done
  /// callbacks in this thread before it returns. Throws InvalidStateError if it is done already (FUT-054).
  template <typename... Arguments>
  requires detail::MakesResult<T, Arguments...>
  void set_result(Arguments&&... arguments) { store(std::forward<Arguments>(arguments)...); }
  /// For a result in braces, as in set_result({1, 2}).
  void set_result(typename detail::Storage<T>::Type&& value) requires(
      std::is_object_v<T>&& std::move_constructible<T>) {
    store(std::move(value));
  }
  template <typename Reference = T>
  requires std::is_lvalue_reference_v<Reference>
  void set_result(std::type_identity_t<Reference> value) { store(std::addressof(value)); }

  /// As set_result, with what the call threw (FUT-055): in a handler, std::current_exception().
  /// A null pointer is refused with std::invalid_argument (FUT-059).
  void set_exception(std::exception_ptr exception) {
    if (!exception) throw std::invalid_argument("set_exception needs an exception");
    claim();
    outcome_->store_error(std::move(exception));
    outcome_->finish(detail::State::threw);
  }
  /// The same with the error itself, of the type that it has here: a std::exception, which is a base of others, is
  /// therefore refused.
  template <std::derived_from<std::exception> Exception>
  requires(!std::same_as<Exception, std::exception>) void set_exception(Exception exception) {
    set_exception(std::make_exception_ptr(std::move(exception)));
  }

 private:
  void claim() {
    if (!outcome_->claim()) detail::throw_cannot_finish(future());
  }

  template <typename... Arguments>
  void store(Arguments&&... arguments) {
    claim();
    try {
      outcome_->store_value(std::forward<Arguments>(arguments)...);
    } catch (...) {
      outcome_->unclaim();
      throw;
    }
    outcome_->finish(detail::State::returned);
  }

  detail::OutcomeOf<T>* outcome_;  // owns a reference, as a promise
};

CONCURRENT_FUTURES_END
