// Client: an executor of an adapter, as the workloads use it.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <touchstone/detail/adapter_shape.hpp>
#include <utility>
#include <vector>

namespace touchstone::bench {

/// Set in the thread that submits and waits. A task that finds it set was run by whoever waits for it.
inline constinit thread_local bool is_caller = false;

/// How many tasks the caller has run. Counted by that one thread only.
inline std::int64_t run_on_caller = 0;

/// What every task does besides its work. It costs less than a nanosecond.
inline void count_caller() {
  if (is_caller) ++run_on_caller;
}

inline Configuration with_workers(int workers) {
  Configuration configuration;
  configuration.max_workers = workers;
  return configuration;
}

/// Submits to an executor and waits for results, with the executor's own futures.
template <typename A, bool gives_future = detail::GivesFuture<A>>
class Client {
 public:
  using Handle = detail::Submitted<A>;

  Client(int workers, std::size_t /*most_pending*/) : Client(with_workers(workers)) {}
  explicit Client(const Configuration& configuration) : holder_(A::make(configuration)) {}

  Handle submit(Task task) { return A::submit(pool(), task); }
  std::int64_t result(Handle& handle) { return future_traits<Handle>::result(handle).number(); }

  detail::Pool<A>& pool() { return detail::pointee(holder_); }

 private:
  detail::Holder<A> holder_;
};

/// The same for executors that give no futures. Their users must bring something to wait for. Here it is the
/// least that works, a flag and a place for the value, made in advance: cheaper than any future.
template <typename A>
class Client<A, false> {
 public:
  /// One call. It outlives the executor, and with it the thread that notifies.
  class Slot {
   public:
    Task begin(Task task) {
      task_ = task;
      done_.store(0, std::memory_order_relaxed);  // the executor's queue hands it to the worker
      return Task(&run, this);
    }

    std::int64_t result() {
      done_.wait(0, std::memory_order_acquire);  // pairs with the store in run
      return value_.number();
    }

   private:
    static Value run(const void* argument) {
      Slot& slot = *const_cast<Slot*>(static_cast<const Slot*>(argument));
      slot.value_ = slot.task_();
      slot.done_.store(1, std::memory_order_release);  // pairs with the wait in result
      slot.done_.notify_one();
      return {};
    }

    Task task_ = Task(nullptr, nullptr);
    Value value_;
    std::atomic<int> done_ = 0;
  };
  using Handle = Slot*;

  Client(int workers, std::size_t most_pending) : slots_(most_pending), holder_(A::make(with_workers(workers))) {}

  Handle submit(Task task) {
    Slot& slot = slots_[next_];
    next_ = next_ + 1 == slots_.size() ? 0 : next_ + 1;
    A::submit(pool(), slot.begin(task));
    return &slot;
  }
  std::int64_t result(Handle handle) { return handle->result(); }

  detail::Pool<A>& pool() { return detail::pointee(holder_); }

 private:
  std::vector<Slot> slots_;
  std::size_t next_ = 0;
  detail::Holder<A> holder_;
};

}  // namespace touchstone::bench
