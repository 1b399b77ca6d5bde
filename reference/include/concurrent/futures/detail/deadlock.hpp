// Who waits for whom: finds out, before a worker blocks, whether it would block for ever.
//
// The nodes of the graph are workers of our pools inside an untimed wait of this library. Whatever
// else a thread may be doing, waiting for a lock of the user's included, it counts as able to go on.
// So does the producer of a bare Promise. Then "can finish" is a fixed point: a running call can
// finish if its worker can go on; a pending one if any thread of its pool can, or may still be
// created; a waiting worker can go on if what it waits for can finish.
//
// The worker that is about to close a knot, and it alone, is refused with DeadlockError. That is the
// moment at which a knot can come into being: nearly all other events let somebody go on. The exceptions: an
// outcome that returns where a worker waits for one that throws, so that worker looks again each time; and
// the destructor of a pool, which cannot be refused, so that whoever waits after it is.

#pragma once

#include <concurrent/futures/detail/fork.hpp>
#include <concurrent/futures/detail/waiter.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// The threads of one pool, as far as the graph needs to know them. It must outlive the pool's pending calls.
class Crew {
 public:
  Crew(std::size_t limit, bool detects_deadlocks);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// What no other crew of the program ever has. Its address is none: another one may get it later.
  [[nodiscard]] std::uint64_t number() const { return number_; }

  /// How many threads there may be.
  [[nodiscard]] std::size_t limit() const { return limit_; }

  /// As limit(), or less while the system refuses to give more threads.
  [[nodiscard]] std::size_t attainable() const { return attainable_.load(); }
  void set_attainable(std::size_t threads) { attainable_.store(threads); }

  [[nodiscard]] bool detects_deadlocks() const { return detects_deadlocks_; }

  /// The process that has the threads: the first one that uses the pool.
  [[nodiscard]] Home& home() { return home_; }
  [[nodiscard]] const Home& home() const { return home_; }

 private:
  const std::uint64_t number_;  // from 1
  const std::size_t limit_;
  const bool detects_deadlocks_;
  sync::Atomic<std::size_t> attainable_;
  Home home_;
};

/// A call that the current thread is inside of; they nest where an executor runs calls on its caller.
struct RunningCall {
  const Outcome* outcome;
  const RunningCall* outer;
};

/// A thread of a pool, as it is known to itself and to the graph.
class Worker {
 public:
  Worker(const Crew& crew, std::string name);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Null on all other threads.
  [[nodiscard]] static Worker* current();

  /// Whether the calling thread is a worker of this crew, or was until it came to its thread-local variables' end.
  [[nodiscard]] static bool is_or_was_of(const Crew& crew);

  [[nodiscard]] const Crew& crew() const { return crew_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const RunningCall* running() const { return running_; }

 private:
  friend class Running;
  const Crew& crew_;
  const std::string name_;
  const RunningCall* running_ = nullptr;
};

/// While it lives, the calling thread runs this call.
class Running {
 public:
  explicit Running(const Outcome& outcome);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Worker* const worker_;
  RunningCall call_;
};

/// What a thread is about to wait for.
struct WaitFor {
  std::span<Outcome* const> outcomes;
  bool every;        // until all of them are done, or until one is
  const Crew* crew;  // or else until all threads of this pool have ended

  static WaitFor all(std::span<Outcome* const> outcomes) { return {outcomes, true, nullptr}; }
  static WaitFor any(std::span<Outcome* const> outcomes) { return {outcomes, false, nullptr}; }
  static WaitFor end_of(const Crew& crew) { return {{}, true, &crew}; }
};

/// While it lives, the calling thread is blocked. What it waits for must live as long.
///
/// Throws DeadlockError where that wait could never end. Does nothing where there is a deadline, the
/// thread is no worker, or its pool does not want deadlocks detected. But in a forked child no thread may wait
/// without a deadline for what only the parent's threads could finish.
class BlockedWorker {
 public:
  BlockedWorker(WaitFor wait, const Deadline& deadline);

  /// For a wait without a deadline that cannot be refused: whoever closes a knot with it later is.
  explicit BlockedWorker(WaitFor wait) noexcept;
  ~BlockedWorker();
  BlockedWorker(const BlockedWorker&) = delete;
  BlockedWorker& operator=(const BlockedWorker&) = delete;

 private:
  friend class WaitGraph;
  const Worker* const worker_;  // null: not in the graph
  const WaitFor wait_;
  bool can_go_on_ = false;  // the rest is guarded by the lock of the graph
  BlockedWorker* next_ = nullptr;
};

}  // namespace detail
CONCURRENT_FUTURES_END
