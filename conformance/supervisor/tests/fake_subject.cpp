// A subject for testing the supervisor. The variable TOUCHSTONE_FAKE makes it misbehave.

#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <touchstone/main.hpp>

namespace touchstone {

namespace {

std::string misbehaviour() {
  const char* const text = std::getenv("TOUCHSTONE_FAKE");
  return text == nullptr ? "" : text;
}

/// A thread that is there before main, as some libraries have: a fork leaves it behind.
class EarlyThread {
 public:
  EarlyThread() {
    if (misbehaviour() != "early_thread") return;
    process_ = getpid();
    std::thread([] {
      std::promise<void> never;
      never.get_future().wait();
    }).detach();
  }

  [[nodiscard]] bool was_left_behind() const { return process_ != 0 && process_ != getpid(); }

 private:
  pid_t process_ = 0;
};

const EarlyThread early_thread;

/// An executor that lives as long as the program, and whose destructor waits for threads which a fork left behind.
struct LateWait {
  ~LateWait() {
    if (misbehaviour() != "waits_at_the_end") return;
    std::promise<void> never;
    never.get_future().wait();
  }
};

const LateWait late_wait;

class FakeFuture : public Future {
 public:
  explicit FakeFuture(std::shared_future<Value> future) : future_(std::move(future)) {}

  Answer result(Timeout) override {
    try {
      return {.fault = {}, .value = future_.get(), .text = {}, .error = {}};
    } catch (const std::exception& error) {
      return {.fault = Fault::task, .value = {}, .text = error.what(), .error = std::current_exception()};
    }
  }

 private:
  const std::shared_future<Value> future_;
};

/// One worker, first in first out.
class FakeExecutor : public Executor {
 public:
  FakeExecutor() : worker_([this] { work(); }) {}

  ~FakeExecutor() override {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      changed_.notify_all();
    }
    worker_.join();
  }

  FuturePointer submit(Task task) override {
    if (misbehaviour() == "throws_from_submit") throw Refusal(Fault::other, "no more work today");
    std::packaged_task<Value()> work([task] { return task(); });
    auto future = std::make_shared<FakeFuture>(work.get_future().share());
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
    changed_.notify_all();
    return future;
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return closed_ || !queue_.empty(); });
      if (queue_.empty()) return;
      std::packaged_task<Value()> task = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::packaged_task<Value()>> queue_;
  bool closed_ = false;
  std::thread worker_;
};

class FakeSubject : public Subject {
 public:
  [[nodiscard]] std::string name() const override { return "fake \"subject\""; }
  [[nodiscard]] std::string version() const override { return "1.0"; }

  [[nodiscard]] std::set<std::string> capabilities() const override {
    if (misbehaviour() == "unknown_capability") return {"future", "telepathy"};
    return {"closures", "future"};
  }

  [[nodiscard]] std::set<std::string> profiles() const override {
    if (misbehaviour() == "unknown_profile") return {"astrology"};
    return {"futures"};
  }

  std::unique_ptr<Executor> make(const Configuration&) override {
    if (early_thread.was_left_behind()) throw std::runtime_error("this process was forked while it had threads");
    if (misbehaviour() == "throws_from_make") throw std::runtime_error("no executor today");
    return std::make_unique<FakeExecutor>();
  }
};

std::unique_ptr<Subject> make_subject() {
  if (misbehaviour() == "throws") throw std::runtime_error("no subject today");
  if (misbehaviour() == "null") return nullptr;
  if (misbehaviour() == "aborts") std::abort();
  if (misbehaviour() == "never_starts") {
    std::promise<void> never;
    never.get_future().wait();
  }
  return std::make_unique<FakeSubject>();
}

}  // namespace

}  // namespace touchstone

int main(int argc, char** argv) { return touchstone::run_subject(argc, argv, touchstone::make_subject); }
