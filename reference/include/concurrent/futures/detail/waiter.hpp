// Waiting: how a thread blocks until outcomes are done. An outcome itself knows observers only.

#pragma once

#include <concurrent/futures/detail/fork.hpp>
#include <concurrent/futures/detail/outcome.hpp>
#include <concurrent/futures/timeout.hpp>
#include <cstddef>
#include <optional>

CONCURRENT_FUTURES_BEGIN
namespace detail {

using Deadline = std::optional<sync::Clock::time_point>;

/// A thread that blocks until enough outcomes have told it so. Never on the stack of that thread, nor are its links: in
/// a child that is forked meanwhile, the outcomes still know of them.
class Waiter {
 public:
  /// Blocks until `needed` links were told, or one that counts as enough was.
  explicit Waiter(std::size_t needed) : needed_(needed) {}

  /// Does nothing in a forked child: the thread that blocked is not there.
  void told(bool enough);

  /// Returns whether it was told enough before the deadline.
  [[nodiscard]] bool block(const Deadline& deadline);

  /// From now on one more link must tell it. Whoever told it before is to be looked for after this.
  void expect_another();

 private:
  sync::Mutex mutex_;
  sync::Condition condition_;
  std::size_t needed_;  // guarded by mutex_
  const Process process_;
};

/// Tells a waiter of one outcome.
class WaiterLink final : public Observer {
 public:
  WaiterLink() : Observer(Kind::waiter) {}

  /// `error_is_enough`: an outcome that threw ends the wait at once (ReturnWhen::first_exception).
  void attach(Waiter& waiter, bool error_is_enough) {
    waiter_ = &waiter;
    error_is_enough_ = error_is_enough;
  }

  void completed(Outcome& outcome) override;

 private:
  Waiter* waiter_ = nullptr;
  bool error_is_enough_ = false;
};

/// Blocks until the outcome is done, or the time is up; returns whether it is done.
/// Throws DeadlockError instead of waiting for ever where that is certain (detail/deadlock.hpp).
bool wait(Outcome& outcome, const Timeout& timeout);

}  // namespace detail
CONCURRENT_FUTURES_END
