// co_await for futures.
//
// A coroutine that awaits a future is resumed like a done callback: inside completion, on the
// completing thread, after the callbacks that were registered before (CPP-*). What its promise's
// unhandled_exception() throws again is logged, as what a callback throws. Destroying the
// suspended coroutine takes it out of the future; as with any coroutine, the caller must know that
// it is suspended, so it must not be destroyed while the future may complete on another thread.

#pragma once

#include <concurrent/futures/future.hpp>
#include <coroutine>
#include <exception>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

template <typename T>
class Awaiter : public Observer {
 public:
  explicit Awaiter(Future<T> future) : Observer(Kind::coroutine), future_(std::move(future)) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;

  [[nodiscard]] bool await_ready() const { return future_.done(); }

  [[nodiscard]] bool await_suspend(std::coroutine_handle<> coroutine) {
    coroutine_ = coroutine;
    suspended_ = true;
    // Once added, another thread may resume the coroutine, which destroys this object.
    if (Access::outcome(future_).add(*this)) return true;
    suspended_ = false;
    return false;
  }

 protected:
  ~Awaiter() override {
    if (suspended_) Access::outcome(future_).remove(*this);
  }

  Future<T> future_;

 private:
  void completed(Outcome&) final {
    suspended_ = false;
    // Which may destroy this object.
    const auto error = exception_of([coroutine = coroutine_] { coroutine.resume(); });
    if (error) log(Severity::error, "a coroutine that awaited a future let an exception out", error);
  }

  std::coroutine_handle<> coroutine_;
  bool suspended_ = false;
};

template <typename T>
struct ShowingAwaiter final : Awaiter<T> {
  using Awaiter<T>::Awaiter;
  typename Future<T>::Shown await_resume() const { return this->future_.result(); }
};

template <typename T>
struct GivingAwaiter final : Awaiter<T> {
  using Awaiter<T>::Awaiter;
  T await_resume() { return std::move(this->future_).result(); }
};

}  // namespace detail

/// Waits for the future and gives what result() on an lvalue gives; throws as it does.
template <typename T>
detail::ShowingAwaiter<T> operator co_await(const Future<T>& future) {
  return detail::ShowingAwaiter<T>(future);
}

/// Waits for the future and gives what result() on an rvalue gives; throws as it does.
template <typename T>
detail::GivingAwaiter<T> operator co_await(Future<T>&& future) {
  return detail::GivingAwaiter<T>(std::move(future));
}

CONCURRENT_FUTURES_END
