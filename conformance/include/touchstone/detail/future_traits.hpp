// future_traits: what the suite knows about the futures of an executor.
//
// The primary template understands futures that speak as Python's do (result, exception, done,
// cancel, ...) or as the standard library's do (get, wait_for), and mixtures. A future that speaks
// otherwise gets a specialization next to its adapter: static functions with the names below, and
// of them only those that the future has an answer to. Only `result` is required.

#pragma once

#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <ostream>
#include <sstream>
#include <string>
#include <touchstone/value.hpp>
#include <type_traits>

namespace touchstone {
namespace detail {

using Limit = std::chrono::nanoseconds;

/// What a timed wait says: a bool, or an enumeration with an enumerator `ready`.
template <typename Status>
concept SaysReady = std::same_as<Status, bool> || requires(Status status) {
  status == Status::ready;
};

template <SaysReady Status>
constexpr bool is_ready(Status status) {
  if constexpr (std::same_as<Status, bool>) {
    return status;
  } else {
    return status == Status::ready;
  }
}

template <typename F>
concept MemberResult = requires(F& future) {
  { future.result() } -> std::convertible_to<Value>;
};
template <typename F>
concept MemberGet = requires(F& future) {
  { future.get() } -> std::convertible_to<Value>;
};
template <typename F>
concept MemberWaitFor = requires(F& future, Limit limit) {
  { future.wait_for(limit) } -> SaysReady;
};
template <typename F>
concept ConstMemberResult = requires(const F& future) {
  { future.result() } -> std::convertible_to<Value>;
}
|| requires(const F& future) {
  { future.get() } -> std::convertible_to<Value>;
};

/// Types that turn into numbers would be printed as those.
template <typename F>
concept Printed = !std::convertible_to<F, long long> && requires(std::ostream & out, const F& future) {
  out << future;
};

template <typename F>
concept Hashed = std::equality_comparable<F> && requires(const F& future) {
  { std::hash<F>()(future) } -> std::convertible_to<std::size_t>;
};

}  // namespace detail

template <typename F>
struct future_traits {
  /// Waits, and gives the task's value or throws its exception.
  static Value result(F& future) requires detail::MemberResult<F> || detail::MemberGet<F> {
    if constexpr (detail::MemberResult<F>) {
      return future.result();
    } else {
      return future.get();
    }
  }

  /// The same with a limit, where the future throws its own error when the time is up.
  static Value result(F& future, std::chrono::nanoseconds limit) requires requires {
    { future.result(limit) } -> std::convertible_to<Value>;
  }
  { return future.result(limit); }

  /// Waits at most that long, and tells whether the task is done.
  static bool wait_for(F& future, std::chrono::nanoseconds limit) requires detail::MemberWaitFor<F> {
    return detail::is_ready(future.wait_for(limit));
  }

  /// Waits, and gives the task's exception, or null where it has none.
  static std::exception_ptr exception(F& future) requires requires {
    { future.exception() } -> std::convertible_to<std::exception_ptr>;
  }
  { return future.exception(); }
  static std::exception_ptr exception(F& future, std::chrono::nanoseconds limit) requires requires {
    { future.exception(limit) } -> std::convertible_to<std::exception_ptr>;
  }
  { return future.exception(limit); }

  static bool done(F& future) requires requires {
    { future.done() } -> std::convertible_to<bool>;
  } || requires {
    { future.is_ready() } -> std::convertible_to<bool>;
  }
  {
    if constexpr (requires { future.done(); }) {
      return future.done();
    } else {
      return future.is_ready();
    }
  }

  static bool running(F& future) requires requires {
    { future.running() } -> std::convertible_to<bool>;
  }
  { return future.running(); }

  /// Cancels what has not started; tells whether it is cancelled.
  static bool cancel(F& future) requires requires {
    { future.cancel() } -> std::convertible_to<bool>;
  }
  { return future.cancel(); }
  static bool cancelled(F& future) requires requires {
    { future.cancelled() } -> std::convertible_to<bool>;
  }
  { return future.cancelled(); }

  /// The function takes a future of the same task.
  static void add_done_callback(F& future, std::function<void(F)> callback) requires requires {
    future.add_done_callback(std::move(callback));
  }
  { future.add_done_callback(std::move(callback)); }

  /// Whether copies are handles to the same task, and may be asked for the result again and again.
  static constexpr bool shared = std::copy_constructible<F> && detail::ConstMemberResult<F>;

  static bool same(const F& left, const F& right) requires detail::Hashed<F> { return left == right; }
  static std::size_t hash(const F& future) requires detail::Hashed<F> { return std::hash<F>()(future); }

  static std::string text(const F& future) requires detail::Printed<F> {
    std::ostringstream out;
    out << future;
    return out.str();
  }
};

namespace detail {

// What a future can do, seen through its traits.

template <typename F>
concept FutureResult = requires(F& future) {
  { future_traits<F>::result(future) } -> std::convertible_to<Value>;
};
template <typename F>
concept FutureTimedResult = requires(F& future, Limit limit) {
  { future_traits<F>::result(future, limit) } -> std::convertible_to<Value>;
};
template <typename F>
concept FutureWaitFor = requires(F& future, Limit limit) {
  { future_traits<F>::wait_for(future, limit) } -> std::convertible_to<bool>;
};
template <typename F>
concept FutureTimeout = FutureTimedResult<F> || FutureWaitFor<F>;
template <typename F>
concept FutureException = requires(F& future) {
  { future_traits<F>::exception(future) } -> std::convertible_to<std::exception_ptr>;
};
template <typename F>
concept FutureTimedException = requires(F& future, Limit limit) {
  { future_traits<F>::exception(future, limit) } -> std::convertible_to<std::exception_ptr>;
};
template <typename F>
concept FutureAnswersDone = requires(F& future) {
  { future_traits<F>::done(future) } -> std::convertible_to<bool>;
};
template <typename F>
concept FutureDone = FutureAnswersDone<F> || FutureWaitFor<F>;
template <typename F>
concept FutureRunning = requires(F& future) {
  { future_traits<F>::running(future) } -> std::convertible_to<bool>;
};
template <typename F>
concept FutureCancel = requires(F& future) {
  { future_traits<F>::cancel(future) } -> std::convertible_to<bool>;
  { future_traits<F>::cancelled(future) } -> std::convertible_to<bool>;
};
template <typename F>
concept FutureCallbacks = requires(F& future, std::function<void(F)> callback) {
  future_traits<F>::add_done_callback(future, callback);
};
template <typename F>
concept FutureShared = std::copy_constructible<F> && future_traits<F>::shared;
template <typename F>
concept FutureIdentity = requires(const F& future) {
  { future_traits<F>::same(future, future) } -> std::convertible_to<bool>;
  { future_traits<F>::hash(future) } -> std::convertible_to<std::size_t>;
};
template <typename F>
concept FutureText = requires(const F& future) {
  { future_traits<F>::text(future) } -> std::convertible_to<std::string>;
};

/// Asked as an rvalue it hands the value out; asked as an lvalue it shows it.
template <typename F>
concept FutureRvalue = requires(F& future) {
  requires std::is_lvalue_reference_v<decltype(future.result())>;
  requires !std::is_lvalue_reference_v<decltype(static_cast<F&&>(future).result())>;
};

template <typename F>
concept FutureAwaitable = requires(F& future) {
  future.await_ready();
}
|| requires(F& future) { future.operator co_await(); }
|| requires(F& future) { operator co_await(future); };

}  // namespace detail
}  // namespace touchstone
