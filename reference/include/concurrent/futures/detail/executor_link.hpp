// ExecutorLink: how something that may outlive an executor gets at it.

#pragma once

#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>

CONCURRENT_FUTURES_BEGIN

class Executor;

namespace detail {

/// Thread safety: all members may be called concurrently.
class ExecutorLink {
 public:
  explicit ExecutorLink(Executor& executor) : executor_(&executor) {}

  /// The executor is going: waits for those who are using it, and lets nobody in any more.
  void cut();

  /// While it lives, so does the executor. Throws ShutdownError if the executor is gone.
  class Use {
   public:
    explicit Use(ExecutorLink& link);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    Executor* operator->() const { return executor_; }

   private:
    ExecutorLink& link_;
    Executor* executor_;
  };

 private:
  // Counted instead of locked: a submit may run the call at once, and that may use the link again.
  sync::Mutex mutex_;
  sync::Condition unused_;
  Executor* executor_;  // guarded by mutex_, as all that follows
  std::size_t users_ = 0;
};

}  // namespace detail
CONCURRENT_FUTURES_END
