// AcceptedCalls: what a pool has accepted and not begun, and how that ends without having been run. Pools of threads
// and of processes share it.

#pragma once

#include <concurrent/futures/detail/batch.hpp>
#include <concurrent/futures/detail/call_queue.hpp>
#include <concurrent/futures/detail/deadlock.hpp>
#include <cstddef>
#include <exception>
#include <functional>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// Thread safety: all members may be called concurrently.
class AcceptedCalls {
 public:
  AcceptedCalls(const AcceptedCalls&) = delete;
  AcceptedCalls& operator=(const AcceptedCalls&) = delete;

  /// Gives back the reference to a call that the pool has done with. If somebody else is still cancelling it, the end
  /// of the pool waits for that: when shutdown has waited, every call is done (SHD-003).
  void drop(Outcome* call) noexcept;

  /// Drops it also where a callback ends the thread.
  struct Drop {
    ~Drop() { pool.drop(call); }
    AcceptedCalls& pool;
    Outcome* call;
  };

  [[nodiscard]] const Crew& own_crew() const { return crew_; }

 protected:
  AcceptedCalls(std::size_t max_threads, bool detects_deadlocks, bool run_elsewhere = false)
      : crew_(max_threads, detects_deadlocks, run_elsewhere) {}
  ~AcceptedCalls();

  /// Cancels all that is in the queue, and runs the callbacks.
  void cancel_queued();

  /// Waits until whoever is cancelling calls of the pool is through.
  void wait_for_cancelling();

  /// Lets all of them fail that are not cancelled, each with an error of its own, and runs the callbacks.
  void fail(QueueEntry* entries, const std::function<std::exception_ptr()>& error);

  /// To be asked whenever code of the user's has returned.
  void leave_if_in_child() const noexcept {
    if (!crew_.home().is_here()) end_child();
  }

  Crew crew_;
  CallQueue queue_;

 private:
  void end_failed(QueueEntry* entry);

  CallQueue being_cancelled_;  // see drop()

  sync::Mutex cancelling_mutex_;
  std::size_t cancelling_ CONCURRENT_FUTURES_GUARDED_BY(cancelling_mutex_) = 0;  // threads that cancel queued calls
  sync::Condition cancelled_;                                                    // told when one of them is through

  sync::Mutex waiting_mutex_;  // held while waiting for a single canceller; taken before all others
};

}  // namespace detail
CONCURRENT_FUTURES_END
