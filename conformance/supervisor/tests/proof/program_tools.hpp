// What the programs have in common.

#pragma once

#include <linux/futex.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <supervisor/tests/proof/programs.hpp>
#include <thread>
#include <utility>
#include <vector>

namespace touchstone::supervisor {

constexpr auto life = std::chrono::milliseconds(100);

/// A thread pool that knows no mercy: whoever waits in a worker keeps it.
class SimplePool {
 public:
  explicit SimplePool(int workers) {
    for (int index = 0; index < workers; ++index) threads_.emplace_back([this] { work(); });
  }

  ~SimplePool() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  template <typename F>
  auto submit(F function) {
    auto task = std::make_shared<std::packaged_task<std::invoke_result_t<F>()>>(std::move(function));
    auto future = task->get_future();
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back([task] { (*task)(); });
    }
    changed_.notify_one();
    return future;
  }

 private:
  void work() {
    for (;;) {
      std::function<void()> task;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || !queue_.empty(); });
        if (queue_.empty()) return;
        task = std::move(queue_.front());
        queue_.pop_front();
      }
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

inline std::int64_t monotonic_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// To be called by each thread just before it blocks for good.
inline void about_to_block(const Outside& outside) { outside.last_step->store(monotonic_now()); }

inline void wait_for_ever(std::atomic<std::uint32_t>& word, std::uint32_t expected, bool shared) {
  while (word == expected) {
    syscall(SYS_futex, &word, shared ? FUTEX_WAIT : FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
  }
}

inline int descriptor_of_signals(std::initializer_list<int> numbers) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : numbers) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace touchstone::supervisor
