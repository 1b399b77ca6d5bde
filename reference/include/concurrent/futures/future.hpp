// Future: the outcome of one submitted call.
//
// Mirrors Python's concurrent.futures.Future; spec/requirements/future.toml and callbacks.toml say
// exactly what is promised (FUT-*, CBK-*), spec/differences.md where C++ differs.

#pragma once

#include <concepts>
#include <concurrent/futures/detail/call.hpp>
#include <concurrent/futures/errors.hpp>
#include <concurrent/futures/log.hpp>
#include <concurrent/futures/timeout.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

CONCURRENT_FUTURES_BEGIN

class AnyFuture;
template <typename T>
class Future;
template <typename T>
class Promise;

namespace detail {

/// How the rest of the library gets at what a future is made of.
struct Access {
  template <typename FutureType>
  static FutureType make(Handle handle) {
    return FutureType(std::move(handle));
  }
  template <typename FutureType>
  static Outcome& outcome(const FutureType& future) {
    return future.outcome();
  }
  [[nodiscard]] static Handle take_handle(AnyFuture&& future);
};

/// Things that can be kept as decayed copies: give what cannot be copied away, by std::move.
template <typename... Given>
concept DecayCopyable = (... && std::constructible_from<std::decay_t<Given>, Given>);

/// A done callback of the user's. Destroyed once it has run (CBK-022).
template <typename FutureType, typename F>
class Callback final : public Observer {
 public:
  explicit Callback(F callback) : Observer(Kind::callback), callback_(std::move(callback)) {}

  void completed(Outcome& outcome) override {
    const std::unique_ptr<Callback> self(this);
    auto future = Access::make<FutureType>(Handle::adopt(outcome));
    const auto error = exception_of([&] { std::invoke(std::move(callback_), std::move(future)); });
    if (error) log(Severity::error, "a done callback threw", error);
  }

 private:
  F callback_;
};
}  // namespace detail

/// A handle to the outcome of a call, whatever the type of its result.
///
/// It can be asked, waited for and cancelled; only Future<T> can show the result. Copies, and the
/// Future<T> that it was made from, are the same future and compare equal (FUT-008). future_cast goes back.
/// A handle that was moved from, or made by default, is empty: valid() says so, and all else but comparing, printing
/// and assigning it throws InvalidStateError.
///
/// Thread safety: const members may run concurrently, on one handle and on its copies.
/// Memory order: all that the call did happens before done() is seen to be true, and before result(),
/// exception(), wait or as_completed tell of it (FUT-043).
class AnyFuture {
 public:
  AnyFuture() = default;

  /// Whether it stands for a future at all: as std::future's. There is no conversion to bool, which would be taken for
  /// done().
  [[nodiscard]] bool valid() const { return handle_.get() != nullptr; }

  // Asking. These never wait; "not yet" may be stale when it arrives (FUT-006).

  /// True while a worker executes the call (FUT-004).
  [[nodiscard]] bool running() const { return outcome().state() == detail::State::running; }

  /// True once cancel() has succeeded (FUT-005).
  [[nodiscard]] bool cancelled() const { return is_cancelled(outcome().state()); }

  /// True once the call has returned, thrown or been cancelled; never false again (FUT-003).
  [[nodiscard]] bool done() const { return outcome().done(); }

  // Waiting.

  /// Blocks until done; returns what the call threw, or null if it returned (FUT-040).
  ///
  /// Throws CancelledError if it was cancelled (FUT-042); TimeoutError if the time is up first, which
  /// changes nothing (FUT-041); DeadlockError as result().
  [[nodiscard]] std::exception_ptr exception(Timeout timeout = {}) const {
    return wait_for_end(timeout) == detail::State::threw ? outcome().error() : nullptr;
  }

  // Acting.

  /// Cancels the call if it has not started. Returns whether it is cancelled now: so true again on a
  /// second call, false once it runs or is finished (FUT-010..013).
  /// Runs the done callbacks in this thread before it returns (FUT-017).
  bool cancel() const;

  /// Calls `callback(AnyFuture)` exactly once: when done, in the thread that made it so, in order of
  /// addition; at once, in this thread, if it is done already (CBK-001..009, CBK-014). Inside of sixteen callbacks,
  /// each of which was run by the one around it, it is put off until the outermost has returned, or this thread
  /// blocks in a call of this library: so chains of any length need little stack (CBK-026).
  /// What the callback throws is logged and dropped, and those after it still run (CBK-010, CBK-013).
  template <typename F>
  requires detail::DecayCopyable<F> && std::invocable<std::decay_t<F>, AnyFuture>
  void add_done_callback(F&& callback) const { add_callback<AnyFuture>(std::forward<F>(callback)); }

  /// Whether both stand for the same call, as Python's `is` tells.
  friend bool operator==(const AnyFuture&, const AnyFuture&) = default;

  /// As Python prints it: identity, state, and the type of the result or the exception (FUT-007). The identity is an
  /// address: as with Python's id(), a later future may have it again.
  friend std::string to_string(const AnyFuture& future);
  friend std::ostream& operator<<(std::ostream& out, const AnyFuture& future);

 protected:
  explicit AnyFuture(detail::Handle handle) : handle_(std::move(handle)) {}

  [[nodiscard]] detail::Outcome& outcome() const {
    if (handle_.get() == nullptr) throw_empty();
    return *handle_.get();
  }

  /// Blocks until done, and returns `returned` or `threw`. Throws as result() does where it is neither.
  [[nodiscard]] detail::State wait_for_end(const Timeout& timeout) const;

  void check_not_taken() const;
  [[noreturn]] static void throw_not_alone();

  template <typename FutureType, typename F>
  void add_callback(F&& callback) const {
    using Callback = detail::Callback<FutureType, std::decay_t<F>>;
    auto observer = std::make_unique<Callback>(std::forward<F>(callback));
    const bool is_late = !outcome().add(*observer);
    // It deletes itself when it has run, and every future is done in the end.
    Callback* const added = observer.release();
    if (is_late) outcome().tell_late(*added);
  }

 private:
  friend struct detail::Access;
  friend struct std::hash<AnyFuture>;

  [[noreturn]] static void throw_empty();

  detail::Handle handle_;
};

inline detail::Handle detail::Access::take_handle(AnyFuture&& future) { return std::move(future.handle_); }

/// A handle to the outcome of a call that returns a T.
///
///     pending --a worker starts it--> running --it returns or throws--> finished
///        |
///        +---------cancel()---------> cancelled --a worker skips it--> cancelled and notified
///
/// T may be void or an lvalue reference. Thread safety and memory order: as AnyFuture.
template <typename T>
class Future : public AnyFuture {
 public:
  using Result = T;

  Future() = default;

  /// What result() shows on an lvalue: const T&, T& for references, void for void.
  using Shown = decltype(detail::Storage<T>::show(std::declval<typename detail::Storage<T>::Type&>()));

  /// Blocks until done, then shows what the call returned; valid while a handle to it lives (FUT-020).
  ///
  /// Throws what the call threw, the same object again on every call (FUT-027, FUT-028);
  ///   CancelledError if it was cancelled (FUT-026);
  ///   TimeoutError if the time is up first, which changes nothing (FUT-021, FUT-030);
  ///   DeadlockError if this thread is a worker and the wait could never end (DLK-*), or in a forked child (TPE-034).
  Shown result(Timeout timeout = {}) const& {
    if (wait_for_end(timeout) == detail::State::threw) std::rethrow_exception(outcome().error());
    if constexpr (std::is_object_v<T> && !std::is_copy_constructible_v<T>) check_not_taken();
    return detail::Storage<T>::show(typed().value());
  }

  /// As above, but gives the value away: moved if this is the only handle, else copied, so that
  /// nobody can observe the move. A callback that has not run yet counts as a handle, and so does a promise.
  ///
  /// What cannot be copied is moved also where a promise lives that could make another handle. If other handles exist,
  /// such as those in a container that was given to as_completed as an lvalue, throws InvalidStateError and leaves the
  /// value where it is (CPP-016..018). Once it was moved, result() throws that.
  T result(Timeout timeout = {}) && {
    if constexpr (std::is_void_v<T> || std::is_reference_v<T>) {
      return static_cast<const Future&>(*this).result(timeout);
    } else {
      if (wait_for_end(timeout) == detail::State::threw) std::rethrow_exception(outcome().error());
      if constexpr (std::is_copy_constructible_v<T>) {
        if (!outcome().sole_handle()) return typed().value();
      } else {
        check_not_taken();
        if (!outcome().take()) throw_not_alone();
      }
      return std::move(typed().value());
    }
  }

  /// As AnyFuture's, with `callback(Future<T>)`.
  template <typename F>
  requires detail::DecayCopyable<F> && std::invocable<std::decay_t<F>, Future>
  void add_done_callback(F&& callback) const { this->template add_callback<Future>(std::forward<F>(callback)); }

 private:
  friend struct detail::Access;

  explicit Future(detail::Handle handle) : AnyFuture(std::move(handle)) {}

  [[nodiscard]] detail::OutcomeOf<T>& typed() const { return static_cast<detail::OutcomeOf<T>&>(outcome()); }
};

/// The future with its type, or nothing if its result is not exactly of type T.
///
///     if (auto number = future_cast<int>(future)) use(number->result());
///
/// Moves the handle, where it is given away. Throws InvalidStateError for an empty one.
template <typename T>
[[nodiscard]] std::optional<Future<T>> future_cast(AnyFuture future) {
  if (detail::Access::outcome(future).result_kind() != detail::kind_of<T>) return std::nullopt;
  return detail::Access::make<Future<T>>(detail::Access::take_handle(std::move(future)));
}

CONCURRENT_FUTURES_END

template <>
struct std::hash<concurrent::futures::AnyFuture> {
  std::size_t operator()(const concurrent::futures::AnyFuture& future) const noexcept {
    return std::hash<const void*>()(future.handle_.get());
  }
};

template <typename T>
struct std::hash<concurrent::futures::Future<T>> : std::hash<concurrent::futures::AnyFuture> {};
