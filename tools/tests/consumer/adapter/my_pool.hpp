// MyPool: a small thread pool such as one finds in many programs. It stands for a user's own executor.

#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

class MyPool {
 public:
  explicit MyPool(int workers) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
  }
  MyPool(const MyPool&) = delete;
  MyPool& operator=(const MyPool&) = delete;

  /// Runs what is queued, then ends.
  ~MyPool() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  template <typename F>
  auto enqueue(F call) -> std::future<std::invoke_result_t<F>> {
    // Not std::packaged_task: its future would keep the call, and what that holds, for as long as it lives.
    auto promise = std::make_shared<std::promise<std::invoke_result_t<F>>>();
    auto future = promise->get_future();
    {
      const std::lock_guard lock(mutex_);
      queue_.emplace_back([promise, call = std::move(call)]() mutable { keep(*promise, call); });
    }
    changed_.notify_one();
    return future;
  }

 private:
  template <typename Result, typename F>
  static void keep(std::promise<Result>& promise, F& call) {
    try {
      if constexpr (std::is_void_v<Result>) {
        call();
        promise.set_value();
      } else {
        promise.set_value(call());
      }
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  }

  void work() {
    while (true) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closed_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const std::function<void()> call = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      call();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;  // guarded by mutex_
  bool closed_ = false;                      // guarded by mutex_
  std::vector<std::thread> threads_;
};
