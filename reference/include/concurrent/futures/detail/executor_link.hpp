// ExecutorLink: how something that may outlive an executor gets at it.

#pragma once

#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>
#include <string>
#include <utility>

CONCURRENT_FUTURES_BEGIN

class Executor;

namespace detail {

/// Thread safety: all members may be called concurrently.
class ExecutorLink {
 public:
  ExecutorLink(Executor& executor, std::string executor_name)
      : executor_name_(std::move(executor_name)), executor_(&executor) {}

  /// The executor is going: waits for those who are using it, and lets nobody in any more.
  void cut();
  [[nodiscard]] bool is_cut();

  /// The name of its class, for messages.
  [[nodiscard]] const std::string& executor_name() const { return executor_name_; }

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
  const std::string executor_name_;

  // Counted instead of locked: a submit may run the call at once, and that may use the link again.
  sync::Mutex mutex_;
  sync::Condition unused_;
  Executor* executor_;  // guarded by mutex_, as all that follows
  std::size_t users_ = 0;
};

}  // namespace detail
CONCURRENT_FUTURES_END
