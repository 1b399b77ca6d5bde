// MapTarget: where the calls of a map go.

#pragma once

#include <concurrent/futures/detail/batch.hpp>
#include <concurrent/futures/detail/executor_link.hpp>
#include <memory>
#include <optional>

CONCURRENT_FUTURES_BEGIN

class Executor;

namespace detail {

/// What a buffered map holds instead of its executor, which it may outlive (MAP-037).
class MapLink {
 public:
  explicit MapLink(Executor& executor);

 private:
  friend class MapTarget;
  MapLink(const std::shared_ptr<BatchRunner>& runner, Executor& executor);

  std::weak_ptr<BatchRunner> runner_;
  std::shared_ptr<ExecutorLink> executor_;  // null if there is a runner
};

/// While it lives, so does the executor, or the pool behind it.
class MapTarget {
 public:
  explicit MapTarget(Executor& executor);
  /// Throws ShutdownError if the executor is gone.
  explicit MapTarget(const MapLink& link);

  /// Whether the next element may join this batch.
  [[nodiscard]] bool can_extend(const Batch& batch) const { return !runner_ || runner_->can_extend(batch); }

  /// Adds the element behind the last one to the batch. Throws what submit does; then the element was not added.
  void extend(Batch& batch) {
    if (!runner_) return schedule_alone(batch);
    runner_->extend(batch);
  }

  /// Submits a call. Throws what submit does; then the caller's is the only reference.
  void schedule(Outcome& call);

  /// The threads that run it; null where each element travels alone.
  [[nodiscard]] const Crew* crew() const { return runner_ ? &runner_->crew() : nullptr; }

  [[nodiscard]] std::weak_ptr<BatchRunner> runner() const { return runner_; }

 private:
  void schedule_alone(Batch& batch);

  std::optional<ExecutorLink::Use> use_;
  std::shared_ptr<BatchRunner> runner_;
  Executor* executor_ = nullptr;  // null if there is a runner
};

}  // namespace detail
CONCURRENT_FUTURES_END
