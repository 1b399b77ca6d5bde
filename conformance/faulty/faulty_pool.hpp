// A plain pool, right but for the faults that it is told to have.
//
// Each executor of this folder has one of them, and breaks thereby one promise, or a few that say the same. The suite
// must blame it for these and for no other: what a test meets on its way to its own question is not its answer.

#pragma once

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <touchstone/adapter.hpp>
#include <utility>
#include <vector>

namespace faulty {

struct Faults {
  bool keeps_its_last_task = false;            // until the worker has another one
  bool wakes_one_waiter = false;               // of those that wait for a result
  bool lets_exceptions_out = false;            // of tasks, and thereby ends the program
  bool does_not_wait_in_shutdown = false;      // its destructor does
  bool forgets_to_stop_in_destructor = false;  // and waits for its workers
  bool aborts_in_destructor = false;
  bool loses_every_third_call = false;
  bool starts_newest_first = false;
};

/// A copyable handle.
template <Faults faults>
class Future {
 public:
  Future() : state_(std::make_shared<State>()) {}

  touchstone::Value result() const {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->done; });
    if (state_->error) std::rethrow_exception(state_->error);
    return *state_->value;
  }

  [[nodiscard]] bool done() const {
    const std::lock_guard lock(state_->mutex);
    return state_->done;
  }

  void complete(const std::optional<touchstone::Value>& value, const std::exception_ptr& error) const {
    const std::lock_guard lock(state_->mutex);
    state_->value = value;
    state_->error = error;
    state_->done = true;
    if constexpr (faults.wakes_one_waiter) {
      state_->changed.notify_one();
    } else {
      state_->changed.notify_all();
    }
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::optional<touchstone::Value> value;
    std::exception_ptr error;
  };
  std::shared_ptr<State> state_;
};

template <Faults faults>
class Pool {
 public:
  explicit Pool(int workers) {
    for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
  }

  ~Pool() {
    if constexpr (faults.aborts_in_destructor) std::abort();
    stop(!faults.forgets_to_stop_in_destructor);
    join();
  }

  Future<faults> submit(touchstone::Task task) {
    const std::lock_guard lock(mutex_);
    if (stopping_) throw std::runtime_error("the pool was shut down");
    Call call{std::move(task), {}};
    Future<faults> future = call.future;
    ++submitted_;
    if (!faults.loses_every_third_call || submitted_ % 3 != 0) queue_.push_back(std::move(call));
    changed_.notify_one();
    return future;
  }

  void shutdown() {
    stop(true);
    if constexpr (!faults.does_not_wait_in_shutdown) join();
  }

 private:
  struct Call {
    touchstone::Task task;
    Future<faults> future;
  };

  void stop(bool tells_workers) {
    const std::lock_guard lock(mutex_);
    if (tells_workers) stopping_ = true;
    changed_.notify_all();
  }

  void join() {
    const std::lock_guard lock(join_mutex_);
    for (std::thread& worker : workers_) {
      if (worker.joinable()) worker.join();
    }
  }

  void work() {
    std::optional<Call> call;
    for (;;) {
      if constexpr (!faults.keeps_its_last_task) call.reset();
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        if constexpr (faults.starts_newest_first) std::rotate(queue_.begin(), queue_.end() - 1, queue_.end());
        call = std::move(queue_.front());
        queue_.pop_front();
      }
      run(*call);
    }
  }

  static void run(Call& call) {
    std::optional<touchstone::Value> value;
    std::exception_ptr error;
    if constexpr (faults.lets_exceptions_out) {
      value = call.task();
    } else {
      try {
        value = call.task();
      } catch (...) {
        error = std::current_exception();
      }
    }
    const Future<faults> future = call.future;
    if constexpr (!faults.keeps_its_last_task) call.task = {};
    future.complete(value, error);
  }

  std::mutex mutex_, join_mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  int submitted_ = 0;
  std::deque<Call> queue_;
  std::vector<std::thread> workers_;
};

template <Faults faults>
struct Adapter {
  static constexpr std::array capabilities = {"order.fifo", "workers.limit", "workers.threads", "destruction.runs_all"};
  static constexpr std::array profiles = {"futures", "pool"};

  static auto make(const touchstone::Configuration& c) { return std::make_unique<Pool<faults>>(*c.max_workers); }
  static auto submit(Pool<faults>& pool, touchstone::Task task) { return pool.submit(std::move(task)); }
  static void shutdown(Pool<faults>& pool) { pool.shutdown(); }
};

}  // namespace faulty
