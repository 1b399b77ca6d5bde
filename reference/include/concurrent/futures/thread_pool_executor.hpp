// ThreadPoolExecutor: runs calls on threads of its own (TPE-*, SHD-*).

#pragma once

#include <concurrent/futures/count.hpp>
#include <concurrent/futures/executor.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

CONCURRENT_FUTURES_BEGIN

namespace detail {
class ThreadPool;
}

/// What happens when a worker is about to wait for ever (DLK-*).
enum class OnDeadlock {
  raise,  // it gets DeadlockError instead
  wait,   // it waits, as in Python
};

struct ThreadPoolOptions {
  /// At most so many threads. Default: min(32, processors that this process may use + 4) (TPE-002).
  Count max_workers = {};

  /// Workers are called prefix_0, prefix_1, ... (TPE-010). Default: ThreadPool-N, N counting the pools of
  /// the program (TPE-011). Where a name is longer than the system's 15 bytes, the prefix is cut, not the number.
  std::string thread_name_prefix = {};

  /// Called once in each worker before its first call (TPE-012). If it throws, the pool is broken: queued
  /// calls fail with BrokenThreadPool, and submit throws it (TPE-014).
  std::function<void()> initializer = {};

  OnDeadlock on_deadlock = OnDeadlock::raise;
};

/// A pool of threads. Calls start in the order in which they were submitted, each on a worker, never on the caller.
///
/// No thread exists before the first submit; one is added when a call arrives that no idle worker will take,
/// up to max_workers (TPE-005, TPE-006, TPE-008). Idle workers sleep; nothing polls (TPE-029).
///
/// A pool may be destroyed by one of its own calls; then the destructor does not wait. A pool of
/// static storage duration should be shut down before main returns: its calls may use what is destroyed by then.
///
/// Thread safety: all members may be called concurrently, from calls of the pool too, but for the destructor.
class ThreadPoolExecutor final : public Executor {
 public:
  /// Throws std::invalid_argument if max_workers is less than 1 (TPE-003). Starts no thread.
  explicit ThreadPoolExecutor(ThreadPoolOptions options = {});

  /// As ThreadPoolExecutor({.max_workers = max_workers}); no bool and no fractional number (TPE-004).
  template <WholeNumber Integer>
  explicit ThreadPoolExecutor(Integer max_workers)
      : ThreadPoolExecutor(ThreadPoolOptions{.max_workers = max_workers}) {}

  /// As shutdown(): returns when all accepted calls are done and all threads are gone (SHD-012, SHD-024).
  ~ThreadPoolExecutor() override;

  /// From now on submit throws ShutdownError. Accepted calls still run, unless cancel_futures, which cancels
  /// those that have not started and runs their callbacks here (SHD-003, SHD-006). With wait, returns when all
  /// are done, their callbacks have returned and all threads are gone (SHD-001, SHD-020, SHD-026).
  ///
  /// With wait, throws DeadlockError if this thread is a worker of this pool, whatever on_deadlock says
  /// (SHD-017), or if the wait could never end for another reason.
  void shutdown(ShutdownOptions options = {}) override;

  /// The limit that was asked for, or chosen.
  [[nodiscard]] std::size_t max_workers() const;

 private:
  void schedule(Work work) override;
  [[nodiscard]] const detail::Crew* crew() const override;

  const std::shared_ptr<detail::ThreadPool> pool_;
};

CONCURRENT_FUTURES_END
