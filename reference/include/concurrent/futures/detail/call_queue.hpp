// CallQueue: strictly first in, first out, for many producers and many consumers.
//
// Producers push onto a lock-free stack, the inbox. A consumer pops from the front list under a
// lock; where that is empty, it takes the whole inbox at once and turns it round. So a producer
// needs one compare-and-swap, never meets the consumers' lock, and nobody overtakes.

#pragma once

#include <concurrent/futures/detail/outcome.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// Thread safety: all members may be called concurrently.
/// Memory order: sequentially consistent; a pushed call's contents are visible to whoever pops it.
class CallQueue {
 public:
  CallQueue() = default;
  CallQueue(const CallQueue&) = delete;
  CallQueue& operator=(const CallQueue&) = delete;

  /// Takes over the caller's reference; returns false, and takes nothing, if the queue is closed.
  [[nodiscard]] bool push(Outcome* call);

  /// The oldest call, with the queue's reference, or null if there is none at this moment.
  [[nodiscard]] Outcome* pop();

  /// Whether pop() would find nothing; may be stale when it arrives.
  [[nodiscard]] bool empty() const;

  /// From now on push() refuses. What is in the queue stays.
  void close();
  [[nodiscard]] bool closed() const;

  /// All calls, oldest first, linked by next(). The caller owns a reference to each.
  [[nodiscard]] Outcome* take_all();
  [[nodiscard]] static Outcome* next(const Outcome* call) { return call->next_; }

 private:
  [[nodiscard]] static bool is_call(const Outcome* inbox) { return inbox != nullptr && inbox != closed_mark(); }
  [[nodiscard]] static Outcome* closed_mark();
  static Outcome* turned_round(Outcome* newest);

  void empty_inbox_into_front();

  // Apart from each other: producers write the one, consumers the other.
  alignas(64) sync::Atomic<Outcome*> inbox_{nullptr};  // the newest first; closed_mark() once closed
  alignas(64) sync::Mutex mutex_;
  sync::Atomic<Outcome*> front_{nullptr};  // the oldest first; changed under mutex_
};

}  // namespace detail
CONCURRENT_FUTURES_END
