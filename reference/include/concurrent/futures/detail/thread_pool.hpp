// ThreadPool: the workers behind a ThreadPoolExecutor.
//
// A worker is busy with a call, searching for one (awake, for a short while), or asleep. A submit that
// finds somebody searching leaves it to him. Otherwise it wakes one sleeper, or else creates a
// thread if there may be one more; whoever was woken or created is searching from that moment on, so a
// burst of submits wakes one worker, not all. A searcher that finds a call calls the next one
// for help if there is more to do. So calls are never left lying while somebody could run them.
//
// Where the system has no further thread, whoever submits or takes a call asks again, but for short pauses. So calls
// are left lying only while all workers are inside of calls that they have begun: nobody is there who could ask.

#pragma once

#include <concurrent/futures/detail/accepted_calls.hpp>
#include <concurrent/futures/detail/batch.hpp>
#include <concurrent/futures/detail/deadlock.hpp>
#include <concurrent/futures/thread_pool_executor.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// Its threads share the ownership of it, so that a pool can be destroyed by one of its own calls.
///
/// A forked child has none of them, and any lock in here may be held there for ever: so each way in asks first whether
/// the pool is of this process, and a worker asks whenever code of the user's has returned.
class ThreadPool final : public BatchRunner, public AcceptedCalls, public std::enable_shared_from_this<ThreadPool> {
 public:
  ThreadPool(std::size_t max_workers, ThreadPoolOptions options);

  /// Takes over the reference, or throws.
  void schedule(QueueEntry* entry);

  [[nodiscard]] bool can_extend(const Batch& batch) const override;
  void extend(Batch& batch) override;
  void forget(Batch& batch) override;
  void refuse_if_closed() const {
    if (queue_.closed()) refuse();
  }
  void shutdown(const ShutdownOptions& options);

  /// What the destructor of the executor does: as shutdown, but never throws.
  void end() noexcept;

  [[nodiscard]] const Crew& crew() const override { return crew_; }

 private:
  // What a thread does.
  void work(bool is_first, std::string name, const std::string& short_name);
  void serve(bool& searching);
  void lose_worker(bool searching) noexcept;
  [[nodiscard]] bool initialize(bool is_first);
  [[nodiscard]] bool run(Outcome* call);
  [[nodiscard]] bool run(Batch& batch, Outcome* element);
  void leave_batch(Batch& batch) const;
  [[nodiscard]] bool await_call(bool searching);
  [[nodiscard]] bool sleep(bool searching);

  // Who is searching.
  [[nodiscard]] bool begin_search();
  void end_search();
  void share_calls();
  void call_for_help() noexcept;
  void update_attention() CONCURRENT_FUTURES_REQUIRES(mutex_);

  // Which workers there are.
  [[nodiscard]] bool create_first_worker();
  void create_worker() CONCURRENT_FUTURES_REQUIRES(mutex_);
  [[nodiscard]] std::exception_ptr try_to_create_worker() noexcept CONCURRENT_FUTURES_REQUIRES(mutex_);
  [[nodiscard]] bool first_is_starting();
  [[nodiscard]] std::string worker_name(std::size_t index, std::size_t longest) const;

  // How it ends, in thread_pool_shutdown.cpp.
  [[noreturn]] void refuse() const;
  void break_down(const std::exception_ptr& cause);
  void fail(QueueEntry* entries, const char* what, const std::exception_ptr& cause);
  void close();
  void join();
  void join_threads();
  void let_go();
  [[nodiscard]] bool is_own_worker() const;

  const std::function<void()> initializer_;
  const std::string name_head_, name_tail_;  // the name of a worker: head, which may be cut, tail, "_" and its index

  // Whether a call that arrives needs a worker to be woken or created; see update_attention().
  alignas(64) sync::Atomic<bool> attention_{true};
  sync::Atomic<std::size_t> size_{0};  // threads created, but for those that were lost; changed under mutex_
  sync::Atomic<bool> broken_{false};   // set before the queue is closed

  sync::Mutex mutex_;  // taken before the lock of the queue
  sync::Condition wake_;
  bool first_is_starting_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = false;  // the first worker is being initialized
  std::size_t searching_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = 0;
  std::size_t sleeping_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = 0;
  // Sleepers that have been called and not yet woken; they count as searching.
  std::size_t wakeups_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = 0;
  std::size_t created_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = 0;  // threads, those that were lost too
  std::vector<sync::Thread> threads_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);
  sync::Thread lost_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);      // the last one that was ended before its time
  Deadline next_attempt_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);  // to create a worker, where the last one has failed
  bool on_their_own_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = false;  // nobody will join the threads

  sync::Mutex join_mutex_;  // held while joining; taken before mutex_

  std::shared_ptr<ThreadPool> never_destroyed_;  // itself, in a child that was forked off; else null
};

}  // namespace detail
CONCURRENT_FUTURES_END
