// Who waits for whom: finds out, before a worker blocks, whether it would block for ever.
//
// The nodes of the graph are workers of our pools inside an untimed wait of this library. Whatever
// else a thread may be doing, waiting for a lock of the user's included, it counts as able to go on.
// So does the producer of a bare Promise. Then "can finish" is a fixed point: a running call can
// finish if its worker can go on; a pending one if any thread of its pool can, or may still be
// created; a waiting worker can go on if what it waits for can finish.
//
// The worker that is about to close a knot, and it alone, is refused with DeadlockError. So between any two events all
// workers can go on, and only an event that takes a way out from somebody can close a knot:
//
// * A worker blocks. It is refused.
// * What a worker waits for is done, and was not what it needed (ReturnWhen::first_exception): it wakes, looks again,
//   and is refused. Which of its outcomes it relies on is known (Waiter::rely_on), so that it need not wake for others.
// * A worker blocks in a destructor, which cannot be refused, or no further thread is to be had for a pool: a wait of
//   the knot is refused that blocked earlier; its thread wakes and throws. That is logged. Where all of the knot are in
//   destructors, that of a pool does not wait, as where a pool is destroyed by a call of its own. That of a task group
//   waits for ever, and whatever waits for it, or will, is refused.
//
// detail/wait_graph.hpp tells how a knot is found.

#pragma once

#include <concurrent/futures/detail/fork.hpp>
#include <concurrent/futures/detail/waiter.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

CONCURRENT_FUTURES_BEGIN
namespace detail {

class BlockedWorker;
class Crew;

/// What a search in the graph comes to: a blocked worker, or a pool all whose threads are blocked.
/// Guarded by the lock of the graph, and of the search that came there last.
struct Vertex {
  enum class Kind : std::uint8_t { worker, crew };

  explicit Vertex(Kind vertex_kind) : kind(vertex_kind) {}

  const Kind kind;
  bool settled = false;  // it can go on; of a crew: somebody can start its calls
  bool stacked = false;
  std::uint64_t search = 0;
  Vertex* below = nullptr;           // on the stack of the search
  WaiterLink* dependants = nullptr;  // links that have to know when it is settled
};

/// The blocked workers of a pool, and who waits for the pool; guarded by the lock of the graph.
struct CrewVertex : Vertex {
  explicit CrewVertex(const Crew& its_crew) : Vertex(Kind::crew), crew(its_crew) {}

  const Crew& crew;
  BlockedWorker* newest = nullptr;  // the one that blocked last; each knows the one before it
  std::size_t blocked = 0;
  std::size_t ends_awaited = 0;        // blocked workers that wait for the end of the pool
  BlockedWorker* canceller = nullptr;  // the blocked worker that is cancelling the pool's calls

  CrewVertex* next_crew = nullptr;  // in the list of those that have blocked workers
  CrewVertex* previous_crew = nullptr;

  // Of the search.
  BlockedWorker* next_member = nullptr;
  std::size_t settled_members = 0;
  BlockedWorker* end_awaiters = nullptr;  // those of ends_awaited that it came to
};

/// The threads of one pool, as far as the graph needs to know them. It must outlive the pool's pending calls.
class Crew {
 public:
  /// `runs_elsewhere`: its calls are run by other processes, of which its threads only take note.
  Crew(std::size_t limit, bool detects_deadlocks, bool runs_elsewhere = false);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// What no other crew of the program ever has. Its address is none: another one may get it later.
  [[nodiscard]] std::uint64_t number() const { return number_; }

  /// How many threads there may be.
  [[nodiscard]] std::size_t limit() const { return limit_; }

  /// As limit(), or less while the system refuses to give more threads. Who makes it less must look for knots then.
  [[nodiscard]] std::size_t attainable() const { return attainable_.load(); }
  void set_attainable(std::size_t threads) { attainable_.store(threads); }
  void look_for_knots() const noexcept;

  [[nodiscard]] bool detects_deadlocks() const { return detects_deadlocks_; }
  [[nodiscard]] bool runs_elsewhere() const { return runs_elsewhere_; }

  /// The process that has the threads: the first one that uses the pool.
  [[nodiscard]] Home& home() { return home_; }
  [[nodiscard]] const Home& home() const { return home_; }

  /// What stands for it in the graph, of which only the graph knows more.
  [[nodiscard]] Vertex* vertex() const { return &vertex_; }

 private:
  friend class WaitGraph;
  const std::uint64_t number_;  // from 1
  const std::size_t limit_;
  const bool detects_deadlocks_;
  const bool runs_elsewhere_;
  sync::Atomic<std::size_t> attainable_;
  Home home_;
  mutable CrewVertex vertex_{*this};
};

/// What the current thread is inside of: a call, or the cancelling of all calls that a pool had queued. They nest.
struct Duty {
  const Outcome* call;
  const Crew* cancelled;
  const Duty* outer;
  mutable Vertex* producer = nullptr;  // of the call, while the blocked thread stands in its place
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
  [[nodiscard]] const Duty* duties() const { return duties_; }

 private:
  friend class Running;
  const Crew& crew_;
  const std::string name_;
  const Duty* duties_ = nullptr;
};

/// While it lives, the calling thread runs this call, or cancels the calls of this pool.
class Running {
 public:
  explicit Running(const Outcome& call) : Running(&call, nullptr) {}
  explicit Running(const Crew& cancelled) : Running(nullptr, &cancelled) {}
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Running(const Outcome* call, const Crew* cancelled);
  Worker* const worker_;
  const Duty duty_;
};

/// What a thread is about to wait for.
struct WaitFor {
  enum class Need : std::uint8_t {
    all,
    first,            // any one of them
    first_exception,  // one that throws, or all of them
    end,              // that all threads of a pool have ended, and its calls are cancelled
  };

  Need need;
  std::span<WaiterLink> links;
  const Crew* crew;

  static WaitFor all(std::span<WaiterLink> links) { return {Need::all, links, nullptr}; }
  static WaitFor first(std::span<WaiterLink> links) { return {Need::first, links, nullptr}; }
  static WaitFor first_exception(std::span<WaiterLink> links) { return {Need::first_exception, links, nullptr}; }
  static WaitFor end_of(const Crew& crew) { return {Need::end, {}, &crew}; }
};

/// A worker that blocks without a deadline, from its first look until it leaves. What it waits for must live as long.
///
/// Does nothing where the thread is no worker, or its pool does not want deadlocks detected. But in a forked child no
/// thread may wait without a deadline for what only the parent's threads could finish.
class BlockedWorker : private Vertex {
 public:
  /// A waiter can be woken and refused later, when somebody else closes a knot.
  explicit BlockedWorker(const WaitFor& wait, Waiter* waiter = nullptr, const Worker* worker = Worker::current());
  ~BlockedWorker();
  BlockedWorker(const BlockedWorker&) = delete;
  BlockedWorker& operator=(const BlockedWorker&) = delete;

  /// To be called before the thread blocks, and when what it relied on is done, and was not enough.
  /// Throws DeadlockError where that wait could never end.
  void look();

  /// The same for a wait that cannot be refused: others are, so that it can end. Returns false where nobody could be.
  [[nodiscard]] bool insist() noexcept;

  /// Ends the wait. Throws DeadlockError if it was refused meanwhile.
  void leave();

 private:
  friend class WaitGraph;
  // Under the lock of the graph.
  void enter() noexcept;
  void remove() noexcept;

  /// In a forked child any thread: the graph tells it what is left to the parent.
  [[nodiscard]] bool is_concerned() const { return worker_ != nullptr || forks() != 0; }

  const Worker* const worker_;  // null: no worker whose pool wants to know
  const WaitFor wait_;
  Waiter* const waiter_;  // null: cannot be woken

  // The rest is guarded by the lock of the graph.
  bool in_graph_ = false;
  bool insists_ = false;  // cannot be refused
  bool refused_ = false;
  bool given_up_ = false;  // can never go on
  std::string refusal_;
  BlockedWorker* older_ = nullptr;  // in the list of its crew
  BlockedWorker* newer_ = nullptr;

  // Of the search that came here last.
  bool counted_ = false;       // by its crew, as settled
  std::size_t looked_at_ = 0;  // links, or 1 for the crew
  std::size_t open_ = 0;       // those of them whose outcome is not known to be able to finish
  BlockedWorker* next_finished_ = nullptr;
  BlockedWorker* next_settled_ = nullptr;
  BlockedWorker* next_end_awaiter_ = nullptr;
};

/// Blocks until the waiter is satisfied, or the time is up; returns whether it is satisfied.
/// Throws DeadlockError instead of waiting for ever where that is certain.
bool block(Waiter& waiter, const WaitFor& wait, const Deadline& deadline);

/// How often the detector has looked at something: what it costs, for tests.
[[nodiscard]] std::uint64_t detection_steps();

}  // namespace detail
CONCURRENT_FUTURES_END
