#include <algorithm>
#include <concurrent/futures/detail/batch_list.hpp>
#include <concurrent/futures/errors.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {

Timeout time_left(const Deadline& deadline) {
  if (!deadline) return {};
  const auto now = sync::Clock::now();
  return std::max(*deadline, now) - now;  // the difference of any two moments may be out of range
}

void BatchList::append(Batch& batch) {
  (newest_ != nullptr ? newest_->following_ : oldest_) = &batch;
  newest_ = &batch;
}

// Where all that is known was read: looks for more.
bool BatchList::advance() {
  for (;;) {
    if (oldest_ == nullptr) return false;
    end_ = oldest_->size();
    if (place_ != end_) return true;
    if (oldest_ == newest_) return false;  // kept: another element may join it
    drop_oldest();
  }
}

void BatchList::drop_oldest() {
  Batch* const batch = oldest_;
  oldest_ = batch->following_;
  if (oldest_ == nullptr) newest_ = nullptr;
  place_ = end_ = 0;
  if (batch->alone()) batch->release_alone();
  batch->release();
}

State BatchList::await(Outcome& head, const Deadline& deadline) {
  if (!head.done() && !wait(head, time_left(deadline))) throw TimeoutError();
  const State state = head.state();
  if (is_cancelled(state)) throw CancelledError();
  return state;
}

void BatchList::cancel(const std::weak_ptr<BatchRunner>& runner) {
  for (Batch* batch = oldest_; batch != nullptr; batch = batch->following_) {
    if (batch->alone()) cancel_alone(*batch);
    const Claim rest = batch->cancel_rest();
    // Workers are, or were, inside of it: it comes first in the queue, and would keep what they return until one of
    // them looks there again.
    if (rest.empty() || rest.begin == 0) continue;
    if (const auto alive = runner.lock()) alive->forget(*batch);
  }
  clear();
}

void BatchList::cancel_alone(Batch& batch) const {
  const std::size_t size = batch.size();
  for (std::size_t index = &batch == oldest_ ? place_ : 0; index != size; ++index) batch.element(index).cancel();
}

void BatchList::clear() {
  while (oldest_ != nullptr) {
    end_ = oldest_->size();
    for (; place_ != end_; ++place_) {
      if (oldest_->element(place_).done()) oldest_->drop_result(place_);
    }
    drop_oldest();
  }
}

void BatchList::swap(BatchList& other) noexcept {
  std::swap(oldest_, other.oldest_);
  std::swap(newest_, other.newest_);
  std::swap(place_, other.place_);
  std::swap(end_, other.end_);
}

}  // namespace detail
CONCURRENT_FUTURES_END
