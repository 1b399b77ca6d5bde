// Client: an executor of an adapter, as the workloads use it.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <touchstone/detail/adapter_shape.hpp>
#include <utility>
#include <vector>

namespace touchstone::bench {

inline Configuration with_workers(int workers) {
  Configuration configuration;
  configuration.max_workers = workers;
  return configuration;
}

/// A thread that submits to an executor and waits for results, with the executor's own futures. It outlives the
/// executor.
template <typename A, bool gives_future = detail::GivesFuture<A>>
class Caller {
 public:
  using Handle = detail::Submitted<A>;

  explicit Caller(std::size_t /*most_pending*/) {}

  Handle submit(detail::Pool<A>& pool, Task task) { return A::submit(pool, task); }
  std::int64_t result(Handle& handle) { return future_traits<Handle>::result(handle).number(); }
};

/// The same for executors that give no futures. Their users must bring something to wait for. Here it is the
/// least that works, a flag and a place for the value, made in advance: cheaper than any future.
template <typename A>
class Caller<A, false> {
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

  explicit Caller(std::size_t most_pending) : slots_(most_pending) {}

  Handle submit(detail::Pool<A>& pool, Task task) {
    Slot& slot = slots_[next_];
    next_ = next_ + 1 == slots_.size() ? 0 : next_ + 1;
    A::submit(pool, slot.begin(task));
    return &slot;
  }
  std::int64_t result(Handle handle) { return handle->result(); }

 private:
  std::vector<Slot> slots_;
  std::size_t next_ = 0;
};

/// An executor and the thread that has made it.
template <typename A>
class Client {
 public:
  using Handle = typename Caller<A>::Handle;

  Client(int workers, std::size_t most_pending) : Client(with_workers(workers), most_pending) {}
  Client(const Configuration& configuration, std::size_t most_pending)
      : caller_(most_pending), holder_(A::make(configuration)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Handle submit(Task task) { return caller_.submit(pool(), task); }
  std::int64_t result(Handle& handle) { return caller_.result(handle); }

  detail::Pool<A>& pool() { return detail::pointee(holder_); }

 private:
  Caller<A> caller_;
  detail::Holder<A> holder_;
};

}  // namespace touchstone::bench
