// ExecutorLink: how something that may outlive an executor gets at it.

#pragma once

#include <concurrent/futures/detail/fork.hpp>
#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>
#include <string>
#include <utility>

CONCURRENT_FUTURES_BEGIN

class Executor;

namespace detail {

/// In a child that is forked off, nobody can use it: a thread that is not there may be using it for ever.
///
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

  /// Whether the calling process was forked off the one in which it was made.
  [[nodiscard]] bool is_of_ancestor() const { return process_.is_ancestor(); }

  /// While it lives, so does the executor. Throws ShutdownError if the executor is gone, and DeadlockError in a child.
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
  Executor* executor_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);
  std::size_t users_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = 0;

  const Process process_ = {};
};

}  // namespace detail
CONCURRENT_FUTURES_END
