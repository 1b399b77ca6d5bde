// Waiting: how a thread blocks until outcomes are done. An outcome itself knows observers only.

#pragma once

#include <concurrent/futures/detail/fork.hpp>
#include <concurrent/futures/detail/outcome.hpp>
#include <concurrent/futures/timeout.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>

CONCURRENT_FUTURES_BEGIN
namespace detail {

class BlockedWorker;
class Waiter;

using Deadline = std::optional<sync::Clock::time_point>;

/// Tells a waiter of one outcome.
class WaiterLink final : public Observer {
 public:
  WaiterLink() : Observer(Kind::waiter) {}

  /// From now on the waiter is told, at once if the outcome is done. `without_limit`: so that the detector of deadlocks
  /// knows that a worker may be waiting for ever.
  void attach(Outcome& outcome, Waiter& waiter, bool without_limit);

  /// Takes it out of its outcome. When this returns, nobody is telling the waiter by it any more.
  void detach();

  /// Null before it was attached, and since it was detached.
  [[nodiscard]] Outcome* outcome() const { return outcome_; }

  void completed(Outcome& outcome) override;

 private:
  friend class WaitGraph;
  Outcome* outcome_ = nullptr;
  Waiter* waiter_ = nullptr;
  WaiterLink* next_dependant_ = nullptr;  // guarded by the lock of the graph
};

/// A thread that blocks until its links have told it enough. Never on the stack of that thread, nor are its links: in
/// a child that is forked meanwhile, the outcomes still know of them.
class Waiter {
 public:
  enum class Woken : std::uint8_t {
    satisfied,
    time_is_up,
    hope_is_lost,  // what rely_on() named is done, and that was not enough
    refused,
  };

  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  /// Does nothing in a forked child: the thread that blocked is not there.
  void told(const WaiterLink& link, const Outcome& outcome);

  /// Returns when it was told enough, or the deadline has come, or what follows has happened.
  [[nodiscard]] Woken sleep(const Deadline& deadline);

  // For the detector, under the lock of the graph.

  /// Wakes the thread when this link has told it and that was not enough.
  void rely_on(const WaiterLink& link);
  [[nodiscard]] const WaiterLink* hope() const { return hope_; }

  /// Wakes the thread, which is to throw.
  void refuse();

 protected:
  virtual ~Waiter();

  virtual void hear(const WaiterLink& link, const Outcome& outcome) CONCURRENT_FUTURES_REQUIRES(mutex_) = 0;
  [[nodiscard]] virtual bool satisfied() const CONCURRENT_FUTURES_REQUIRES(mutex_) = 0;

  [[nodiscard]] bool is_of_ancestor() const { return process_.is_ancestor(); }

  mutable sync::Mutex mutex_;

 private:
  friend class WaitGraph;
  sync::Condition condition_;
  const WaiterLink* hope_ = nullptr;  // changed under mutex_ and the lock of the graph, so either is enough to read it
  bool hope_is_lost_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = false;
  bool refused_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = false;
  BlockedWorker* blocked_ = nullptr;  // the thread, while it is in the graph; guarded by its lock
  const Process process_ = {};
};

/// Is satisfied when so many links have told it, or one of an outcome that threw, if that is enough.
class CountingWaiter final : public Waiter {
 public:
  explicit CountingWaiter(std::size_t needed, bool error_is_enough = false)
      : needed_(needed), error_is_enough_(error_is_enough) {}

 private:
  void hear(const WaiterLink& link, const Outcome& outcome) override CONCURRENT_FUTURES_REQUIRES(mutex_);
  [[nodiscard]] bool satisfied() const override CONCURRENT_FUTURES_REQUIRES(mutex_) { return needed_ == 0; }

  std::size_t needed_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);
  const bool error_is_enough_;
};

/// Blocks until the outcome is done, or the time is up; returns whether it is done.
/// Throws DeadlockError instead of waiting for ever where that is certain (detail/deadlock.hpp).
bool wait(Outcome& outcome, const Timeout& timeout);

/// Blocks until the outcome is done, for destructors, which cannot be refused: where that would never happen, waits
/// that prevent it are refused instead. That is logged.
void wait_in_destructor(Outcome& outcome) noexcept;

/// Blocks until an outcome is cancelled that somebody is cancelling. Unknown to the wait-for graph, in which the
/// calling thread may be already: who cancels counts as able to go on.
void wait_for_canceller(Outcome& outcome) noexcept;

}  // namespace detail
CONCURRENT_FUTURES_END
