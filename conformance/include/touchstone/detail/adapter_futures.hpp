// The futures and promises that adapters make of their executors' own.

#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <touchstone/detail/faults.hpp>
#include <touchstone/detail/future_traits.hpp>
#include <touchstone/detail/in_call.hpp>
#include <touchstone/subject.hpp>
#include <utility>

namespace touchstone::detail {

[[noreturn]] inline void lacks(const char* capability) {
  throw std::logic_error(std::string("the adapter's futures do not offer ") + capability +
                         ": a test must ask for the capability first");
}

/// A future of type F, seen through future_traits<F>.
template <typename Adapter, typename F>
class AdapterFuture final : public Future {
 public:
  explicit AdapterFuture(F future, std::string_view origin = "") : future_(std::move(future)), origin_(origin) {}

  [[nodiscard]] const F& native() const { return future_; }

  Answer result(Timeout timeout) override {
    const InCall call = in_call("result", timeout);
    try {
      return good_answer(timeout ? timed_result(*timeout) : future_traits<F>::result(future_));
    } catch (...) {
      return failed_answer<Adapter>(std::current_exception());
    }
  }

  Answer exception(Timeout timeout) override {
    const InCall call = in_call("exception", timeout);
    try {
      std::exception_ptr error = timeout ? timed_exception(*timeout) : exception_of();
      return error ? failed_answer<Adapter>(std::move(error)) : Answer{};
    } catch (...) {
      return failed_answer<Adapter>(std::current_exception());
    }
  }

  bool done() override {
    if constexpr (FutureAnswersDone<F>) {
      return future_traits<F>::done(future_);
    } else if constexpr (FutureWaitFor<F>) {
      return future_traits<F>::wait_for(future_, Limit::zero());
    } else {
      return Future::done();
    }
  }

  bool running() override {
    if constexpr (FutureRunning<F>) {
      return future_traits<F>::running(future_);
    } else {
      return Future::running();
    }
  }

  bool cancel() override {
    if constexpr (FutureCancel<F>) {
      return future_traits<F>::cancel(future_);
    } else {
      return Future::cancel();
    }
  }

  bool cancelled() override {
    if constexpr (FutureCancel<F>) {
      return future_traits<F>::cancelled(future_);
    } else {
      return Future::cancelled();
    }
  }

  void add_done_callback(Callback callback) override {
    if constexpr (FutureCallbacks<F>) {
      or_refuse<Adapter>([&] {
        future_traits<F>::add_done_callback(future_, [callback = std::move(callback)](F future) {
          callback(std::make_shared<AdapterFuture>(std::move(future)));
        });
      });
    } else {
      Future::add_done_callback(std::move(callback));
    }
  }

  FuturePointer copy() override {
    if constexpr (FutureShared<F>) {
      const auto copy = std::make_shared<AdapterFuture>(future_, origin_);
      copy->object_ = object_;
      return copy;
    } else {
      return Future::copy();
    }
  }

  bool same_as(const Future& other) override {
    if constexpr (FutureIdentity<F>) {
      const auto* mine = dynamic_cast<const AdapterFuture*>(&other);
      return mine != nullptr && future_traits<F>::same(future_, mine->future_);
    } else {
      return Future::same_as(other);
    }
  }

  std::size_t hash() override {
    if constexpr (FutureIdentity<F>) {
      return future_traits<F>::hash(future_);
    } else {
      return Future::hash();
    }
  }

  std::string text() override {
    if constexpr (FutureText<F>) {
      return future_traits<F>::text(future_);
    } else {
      return Future::text();
    }
  }

 private:
  InCall in_call(std::string_view name, const Timeout& timeout) const {
    return InCall(std::string(name) + (timeout ? "(timeout)" : "()") + std::string(origin_), timeout ? 0 : object_);
  }

  Value timed_result(Limit limit) {
    if constexpr (FutureTimedResult<F>) {
      return future_traits<F>::result(future_, limit);
    } else if constexpr (FutureWaitFor<F>) {
      if (!future_traits<F>::wait_for(future_, limit)) throw TimeIsUp();
      return future_traits<F>::result(future_);
    } else {
      lacks("future.timeout");
    }
  }

  std::exception_ptr exception_of() {
    if constexpr (FutureException<F>) {
      return future_traits<F>::exception(future_);
    } else {
      lacks("future.exception");
    }
  }

  std::exception_ptr timed_exception(Limit limit) {
    if constexpr (FutureTimedException<F>) {
      return future_traits<F>::exception(future_, limit);
    } else if constexpr (FutureWaitFor<F>) {
      if (!future_traits<F>::wait_for(future_, limit)) throw TimeIsUp();
      return exception_of();
    } else {
      lacks("future.timeout");
    }
  }

  F future_;
  std::uint64_t object_ = next_object();  // that of all handles that were copied from one another
  const std::string_view origin_;         // what is not obvious about it: " of a promise's future"
};

/// The suite's own handle, for executors whose submit gives none.
class DeliveredFuture final : public Future {
 public:
  explicit DeliveredFuture(std::future<Value> future) : future_(future.share()) {}

  Answer result(Timeout timeout) override {
    try {
      if (timeout && future_.wait_for(*timeout) != std::future_status::ready) throw TimeIsUp();
      return good_answer(future_.get());
    } catch (...) {
      const std::exception_ptr error = std::current_exception();
      return Answer{.fault = known_fault(error), .value = {}, .text = text_of(error), .error = error};
    }
  }

 private:
  const std::shared_future<Value> future_;
};

struct Delivery {
  Task task;
  FuturePointer future;
};

/// A task that hands its outcome to the suite's own handle and lets no exception out: executors
/// that give no handle have no place for one, and most would end the process. Where the executor
/// drops the task without having run it, the handle reports a broken promise.
inline Delivery delivering(Task task) {
  auto promise = std::make_shared<std::promise<Value>>();
  auto future = std::make_shared<DeliveredFuture>(promise->get_future());
  auto deliver = [task = std::move(task), promise = std::move(promise)] {
    Value value;
    std::exception_ptr error;
    try {
      value = task();
    } catch (...) {
      error = std::current_exception();
    }
    try {
      error ? promise->set_exception(error) : promise->set_value(std::move(value));
    } catch (const std::future_error&) {
      // It ran twice. The task's own count tells; the first outcome stands.
    }
  };
  return {Task(std::move(deliver)), std::move(future)};
}

/// A promise of type P, which may be a smart pointer to one.
template <typename Adapter, typename P>
class AdapterPromise final : public Promise {
 public:
  explicit AdapterPromise(P promise) : promise_(std::move(promise)) {}

  FuturePointer future() override {
    using F = std::remove_cvref_t<decltype(native().future())>;
    return or_refuse<Adapter>(
        [&] { return std::make_shared<AdapterFuture<Adapter, F>>(native().future(), " of a promise's future"); });
  }
  bool set_running_or_notify_cancel() override {
    return or_refuse<Adapter>([&] { return native().set_running_or_notify_cancel(); });
  }
  void set_result(Value value) override {
    or_refuse<Adapter>([&] { native().set_result(std::move(value)); });
  }
  void set_exception(std::exception_ptr error) override {
    or_refuse<Adapter>([&] { native().set_exception(std::move(error)); });
  }

 private:
  auto& native() {
    if constexpr (requires { promise_.future(); }) {
      return promise_;
    } else {
      return *promise_;
    }
  }

  P promise_;
};

}  // namespace touchstone::detail
