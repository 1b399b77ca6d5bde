// CallQueue: strictly first in, first out, for many producers and many consumers.
//
// Producers push onto a lock-free stack, the inbox. A consumer pops from the front list under a
// lock; where that is empty, it takes the whole inbox at once and turns it round. So a producer
// needs one compare-and-swap, never meets the consumers' lock, and nobody overtakes.

#pragma once

#include <concurrent/futures/detail/batch.hpp>
#include <concurrent/futures/detail/outcome.hpp>
#include <concurrent/futures/detail/queue_entry.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// What pop() gives to a worker.
struct QueuedCall {
  Outcome* call = nullptr;
  Batch* batch = nullptr;  // the call is an element of it, claimed, with a reference to the batch

  explicit operator bool() const { return call != nullptr || batch != nullptr; }
};

/// Thread safety: all members may be called concurrently.
/// Memory order: sequentially consistent; a pushed call's contents are visible to whoever pops it.
class CallQueue {
 public:
  CallQueue() = default;
  CallQueue(const CallQueue&) = delete;
  CallQueue& operator=(const CallQueue&) = delete;

  /// Takes over the caller's reference; returns false, and takes nothing, if the queue is closed.
  [[nodiscard]] bool push(QueueEntry* entry);

  /// The oldest call, with the queue's reference, or none at this moment. Or only a batch, where all of its elements
  /// were claimed by who cancelled them: what remains to be done is to release it.
  [[nodiscard]] QueuedCall pop();

  /// Whether pop() would find nothing; may be stale when it arrives.
  [[nodiscard]] bool empty() const;

  /// Whether nothing was pushed after an entry that was. It may have been popped since.
  [[nodiscard]] bool is_newest(const QueueEntry& entry) const;

  /// Takes out the batch if it comes first; then the queue's reference is the caller's.
  [[nodiscard]] bool remove_oldest(const Batch& batch);

  /// From now on push() refuses. What is in the queue stays.
  void close();
  [[nodiscard]] bool closed() const;

  /// All entries, oldest first, linked by next(). The caller owns a reference to each.
  [[nodiscard]] QueueEntry* take_all();
  [[nodiscard]] static QueueEntry* next(const QueueEntry* entry) { return entry->next_; }

 private:
  [[nodiscard]] static bool is_entry(const QueueEntry* inbox) { return inbox != nullptr && inbox != closed_mark(); }
  [[nodiscard]] static QueueEntry* closed_mark();
  static QueueEntry* turned_round(QueueEntry* newest);

  void empty_inbox_into_front() CONCURRENT_FUTURES_REQUIRES(mutex_);
  [[nodiscard]] QueuedCall pop_from(Batch& batch) CONCURRENT_FUTURES_REQUIRES(mutex_);

  // Apart from each other: producers write the one, consumers the other.
  alignas(64) sync::Atomic<QueueEntry*> inbox_{nullptr};  // the newest first; closed_mark() once closed
  alignas(64) sync::Mutex mutex_;
  sync::Atomic<QueueEntry*> front_{nullptr};       // the oldest first; changed under mutex_
  sync::Atomic<const QueueEntry*> last_{nullptr};  // the newest that has left the inbox; never looked into
};

}  // namespace detail
CONCURRENT_FUTURES_END
