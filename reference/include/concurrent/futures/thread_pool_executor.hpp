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
  /// the program (TPE-011). Where a name is longer than the system's 15 bytes, the prefix is cut, not the number, and
  /// not within a character of UTF-8 (TPE-036). A zero byte, which would end the name, is left out.
  std::string thread_name_prefix = {};

  /// Called once in each worker before its first call (TPE-012). If it throws, the pool is broken: queued
  /// calls fail with BrokenThreadPool, and submit throws it (TPE-014).
  std::function<void()> initializer = {};

  OnDeadlock on_deadlock = OnDeadlock::raise;
};

/// A pool of threads. Calls start in the order in which they were submitted, each on a worker, never on the caller.
///
/// No thread exists before the first submit; one is added when a call arrives that no idle worker will take,
/// up to max_workers (TPE-005, TPE-006, TPE-008). Idle workers sleep; nothing polls (TPE-029). While the system gives
/// no further thread, the pool goes on with those that it has, logs one warning, and tries again, but for short pauses,
/// whenever a call is submitted or begins. So a call that arrived then waits for a worker to become free, or for the
/// next submit, though a thread could be had before.
///
/// A pool may be destroyed by one of its own calls; then the destructor does not wait. A pool of
/// static storage duration should be shut down before main returns: its calls may use what is destroyed by then.
///
/// Fork. A pool belongs to the process that first uses it, by submit, map or shutdown; one that was not used yet, the
/// child has for itself. In a child that is forked off after that, submit and every wait without a limit for what only
/// the parent could finish throw DeadlockError (TPE-033, TPE-034). Done futures answer, pending ones can be cancelled,
/// shutdown without wait does nothing, and the destructor neither waits nor runs anything (TPE-026). A child that is
/// forked on a worker, inside a call, a callback or an initializer, may end itself, as by _exit() or exec(); if it
/// comes back instead, a record is logged, and it ends by _exit(70): it runs no call of the parent's (TPE-035).
///
/// Ending a thread. A call that ends its thread by pthread_exit(), or whose thread is ended by pthread_cancel(), fails
/// its future, is unwound, and the worker's place is free for another (TPE-038). A worker that was to be cancelled
/// while it was idle ends before its next call; shutdown, the destructor and log handlers cannot be cancelled. What
/// ends the thread from a destructor of the user's, from a log handler, from a callback that a destructor runs, or a
/// second time while it is being unwound, ends the program, as C++ has it; longjmp() out of a call is not supported,
/// and exit() in one runs the exit handlers while the other workers go on.
///
/// Signals. A worker begins with the signal mask of the thread that created it, which is one that submits or another
/// worker; the pool blocks none, so a signal for the process may be handled on a worker (TPE-037). It does not block
/// them because processes inherit the mask: what a call starts, by system() or posix_spawn(), could not be ended by
/// SIGTERM. Programs that wait for signals in one thread block them before they make others, or in the initializer.
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
  /// (SHD-017), or if the wait could never end for another reason, such as being in a forked child.
  void shutdown(ShutdownOptions options = {}) override;

  /// The limit that was asked for, or chosen.
  [[nodiscard]] std::size_t max_workers() const;

 private:
  void schedule(Work work) override;
  void refuse_if_closed() const override;
  [[nodiscard]] const detail::Crew* crew() const override;
  [[nodiscard]] std::shared_ptr<detail::BatchRunner> batch_runner() const override;

  const std::shared_ptr<detail::ThreadPool> pool_;
};

CONCURRENT_FUTURES_END
