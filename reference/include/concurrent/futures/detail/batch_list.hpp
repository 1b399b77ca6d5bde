// BatchList: all batches of one map, and how far its results were read.

#pragma once

#include <concurrent/futures/detail/batch.hpp>
#include <concurrent/futures/detail/waiter.hpp>
#include <concurrent/futures/timeout.hpp>
#include <cstddef>
#include <memory>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

[[nodiscard]] Timeout time_left(const Deadline& deadline);

/// Thread safety: none; one thread at a time.
class BatchList {
 public:
  BatchList() = default;
  BatchList(BatchList&& other) noexcept { swap(other); }
  BatchList& operator=(BatchList&& other) noexcept {
    swap(other);
    return *this;
  }
  ~BatchList() { clear(); }

  /// Takes over a reference.
  void append(Batch& batch);
  [[nodiscard]] Batch* newest() const { return newest_; }

  /// The element that is to be read next; null if there is none so far.
  [[nodiscard]] Outcome* head() {
    if (place_ == end_ && !advance()) return nullptr;
    return &oldest_->element(place_);
  }

  /// Blocks until the head is done. Throws TimeoutError at the deadline, CancelledError if it was cancelled, and
  /// DeadlockError as Future::result() does.
  [[nodiscard]] static State await(Outcome& head, const Deadline& deadline);

  /// The head was read: goes on to the next.
  void pop() {
    oldest_->drop_result(place_);
    ++place_;
  }

  /// Cancels what has not started, and lets go of everything. `runner` is where the batches are queued, if it still is.
  void cancel(const std::weak_ptr<BatchRunner>& runner);

 private:
  void swap(BatchList& other) noexcept;
  [[nodiscard]] bool advance();
  void cancel_alone(Batch& batch) const;
  void drop_oldest();
  void clear();

  Batch* oldest_ = nullptr;
  Batch* newest_ = nullptr;
  std::size_t place_ = 0;  // in the oldest one
  std::size_t end_ = 0;    // how many elements of it are known
};

}  // namespace detail
CONCURRENT_FUTURES_END
