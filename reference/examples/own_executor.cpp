// An executor of one's own: one thread, first in, first out. All that Executor asks of a class is here.

#include <concurrent/futures.hpp>
#include <condition_variable>
#include <deque>
#include <iostream>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

using namespace concurrent::futures;

class OneThread final : public Executor {
 public:
  ~OneThread() override {
    cut_link();  // before anything else
    shutdown();
  }

  void shutdown(ShutdownOptions options = {}) override {
    std::deque<Work> cancelled;
    {
      const std::lock_guard lock(mutex_);
      open_ = false;
      if (options.cancel_futures) cancelled.swap(queue_);
    }
    changed_.notify_one();
    for (Work& work : cancelled) work.cancel();  // not under the lock: this runs callbacks
    const std::lock_guard joining(join_mutex_);
    if (options.wait && thread_.joinable()) thread_.join();
  }

 private:
  void schedule(Work work) override {
    const std::lock_guard lock(mutex_);
    if (!open_) throw ShutdownError();
    queue_.push_back(std::move(work));
    changed_.notify_one();
  }

  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !open_ || !queue_.empty(); });
      if (queue_.empty()) return;
      Work work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work.run();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;
  bool open_ = true;
  std::mutex join_mutex_;
  std::thread thread_{[this] { run(); }};
};

int main() {
  OneThread executor;
  std::cout << executor.submit([] { return 42; }).result() << '\n';
  for (int square : executor.map([](int x) { return x * x; }, std::vector{1, 2, 3})) std::cout << square << '\n';
}

// Prints:
// 42
// 1
// 4
// 9
