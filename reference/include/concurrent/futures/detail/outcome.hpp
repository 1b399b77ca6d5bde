// Outcome: the state machine of one submitted call, free of the type of its result.
//
//     pending --start()--> running --publish()--> returned | threw
//        |                            ^
//        |  (a Promise may skip running)
//        +--------------publish()-----+
//        |
//        +--cancel()--> cancelled --start()--> cancelled_and_notified
//
// Who cancels a call claims it first, then lets go of its callable, and only then is it seen to be cancelled.
//
// Every arrow is taken at most once. returned, threw and both cancelled states are final: done.
//
// The whole state is one word, so that a call which nobody waits for is completed with one exchange.
// Whoever wants to be told of completion adds an Observer: this takes a lock that many outcomes
// share, and sets a bit in the word that sends the completing thread to the same lock.
//
// Who may touch what, beside the word itself, which anybody may look at:
//
//                     pending            running, or claimed       done
//     callable        nobody             who started, claimed      nobody
//                                        or cancels it
//     result, error   nobody             who started or claimed it all may read; a sole handle may move it away
//     observers_      anybody, under the lock of the outcome, in every state
//     the entry       the queue that it is in                      the same: a cancelled call stays in the queue
//     producer        the detector of deadlocks, under its lock    nobody
//     next_deferred   nobody             nobody                    the thread that completed it

#pragma once

#include <concurrent/futures/detail/nesting.hpp>
#include <concurrent/futures/detail/queue_entry.hpp>
#include <concurrent/futures/detail/sync.hpp>
#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

class Outcome;
struct ResultKind;
class Traveller;
struct Vertex;

enum class State : std::uint32_t { pending, running, cancelled, cancelled_and_notified, returned, threw };

[[nodiscard]] constexpr bool is_done(State state) { return state >= State::cancelled; }
[[nodiscard]] constexpr bool is_cancelled(State state) {
  return state == State::cancelled || state == State::cancelled_and_notified;
}

/// Someone who is told, once, that an outcome is done.
///
/// Waiters are told before callbacks, and callbacks in the order in which they were added (FUT-057, CBK-006).
class Observer : public Deferred {
 public:
  enum class Kind : std::uint8_t {
    waiter,     // told under the outcome's lock: it may only wake a thread
    callback,   // told without any lock held: it may do anything, and destroys itself; it is given a handle
    coroutine,  // as callback, but it has a handle already
  };

  explicit Observer(Kind kind) : kind_(kind) {}

  /// A callback takes over a handle: see Handle::adopt().
  virtual void completed(Outcome& outcome) = 0;

 private:
  friend class Outcome;
  void run_deferred() final;
  [[nodiscard]] Deferred* next_deferred() const final { return next_deferred_; }
  void set_next_deferred(Deferred* next) final { next_deferred_ = next; }

  // A ring, from the one that was added last to the first, and on; guarded by the outcome's lock. Null: in none.
  Observer* next_ = nullptr;
  Observer* previous_ = nullptr;
  Outcome* late_for_ = nullptr;  // a callback that was added when all was over, and must wait (Outcome::tell_late)
  Deferred* next_deferred_ = nullptr;
  const Kind kind_;
};

/// What start() found.
enum class Start {
  started,    // it was pending, and is running now: the caller must publish()
  cancelled,  // it was cancelled: there is nothing to run
  refused,    // it is running or done already
};

/// Thread safety: all members may be called concurrently, except as their comments say.
/// Memory order: sequentially consistent throughout. What the publishing thread did before publish()
/// is visible to whoever sees a done state, or is told of it (FUT-043).
class Outcome : public Deferred, public QueueEntry {
 public:
  /// `producer`: of the pool that is to run it; null where it belongs to none.
  explicit Outcome(Vertex* producer, bool has_callable = true)
      : QueueEntry(Kind::call),
        word_(word(State::pending) | (has_callable ? 0 : without_callable)),
        producer_or_next_(producer) {}

  // References keep the block alive. Handles are the references that users hold; the executor's own is not among them.

  void retain() { counts_.fetch_add(1); }
  void retain_handle() { counts_.fetch_add(one_handle + 1); }
  void release_handle() { released(counts_.fetch_sub(one_handle + 1)); }
  void release() { released(counts_.fetch_sub(1)); }

  /// As release(), but if this was the last reference, it returns true, and destroy() is left to the caller.
  [[nodiscard]] bool drop() { return counts_.fetch_sub(1) % one_handle == 1; }
  virtual void destroy() noexcept { delete this; }

  /// Whether the caller's handle is the only one, and there will be no other: no callback is still to be handed one,
  /// and no promise can make one.
  [[nodiscard]] bool sole_handle() const { return counts_.load() / one_handle == 1; }

  /// For results that cannot be copied: if the caller's handle is the only one, marks the result as taken, and returns
  /// true. A handle that a promise makes later finds the mark, and no value that was moved from.
  [[nodiscard]] bool take();
  [[nodiscard]] bool is_taken() const { return (counts_.load() & taken) != 0; }

  /// A promise holds a reference, which is no handle but can make some.
  void retain_promise() { counts_.fetch_add(promise + 1); }
  void release_promise() { released(counts_.fetch_sub(promise + 1)); }

  // Asking.

  [[nodiscard]] State state() const { return static_cast<State>(word_.load() & state_mask); }
  [[nodiscard]] bool done() const { return is_done(state()); }

  /// Where the detector of deadlocks finds who can finish it: the threads of a pool, or in their stead the worker that
  /// runs it, while that is blocked. Null: it belongs to no pool. What it gives is only valid if the state, asked for
  /// afterwards, is none of those that are done; and all this under the lock of the detector.
  [[nodiscard]] Vertex* producer() const { return static_cast<Vertex*>(producer_or_next_.load()); }
  void set_producer(Vertex* producer) const { producer_or_next_.store(producer); }

  /// What the call threw. Only once the state is `threw`.
  [[nodiscard]] virtual std::exception_ptr error() const = 0;

  /// The type of the result.
  [[nodiscard]] virtual const ResultKind& result_kind() const = 0;

  /// The type of what was submitted, for messages; empty where it was a promise that made this.
  [[nodiscard]] virtual std::string_view callable() const { return {}; }

  /// What it needs to be run in another process; null where it cannot.
  [[nodiscard]] virtual Traveller* traveller() { return nullptr; }

  /// Whether destroying what the call returned or threw runs no code. Only once it is done.
  [[nodiscard]] virtual bool result_is_trivial() const = 0;

  // Producing.

  [[nodiscard]] Start start();

  /// Runs the callable, destroys it with its arguments, and stores what it returned or threw.
  /// Between a successful start() and publish(); only for calls that were submitted.
  ///
  /// If the thread is ended inside the callable (pthread_exit, pthread_cancel), its stack is unwound through here, an
  /// error is stored, and the caller must still publish State::threw.
  [[nodiscard]] virtual State execute() = 0;

  /// Destroys the callable and its arguments unexecuted, and gives back their memory where that is much. For the one
  /// who started it and does not execute it, or who cancelled it.
  virtual void discard() noexcept = 0;

  /// Stores an exception. Between a successful start() or claim() and publish(State::threw).
  virtual void store_error(std::exception_ptr error) noexcept = 0;

  /// Makes the caller the only one who may publish, where nobody is yet and it is not done.
  /// For promises, whose producers may compete.
  [[nodiscard]] bool claim();
  void unclaim();

  /// Moves to `end`, which is returned or threw, and wakes whoever waits. Returns whether there are
  /// callbacks, which the caller must then run. For the one thread that started or claimed the call, and that
  /// has a reference of its own until it is through: whoever is woken or called may drop all others.
  [[nodiscard]] bool publish(State end);

  /// Runs the callbacks, in order: at once, or if completions are nested too deep on this thread, later (Nesting).
  void run_callbacks();

  /// Publishes and runs the callbacks. Needs no reference of the caller's own.
  void finish(State end);

  /// Executes and finishes. After a successful start().
  void run();

  /// What cancel() comes to.
  enum class Cancelled {
    yes,        // it is cancelled now
    under_way,  // it will be, by a thread that is letting go of its callable
    no,         // it is too late
  };

  /// Cancels a pending call: lets go of its callable, makes it cancelled, and runs its callbacks. As finish().
  Cancelled cancel();

  // The same in steps, for who ends several calls, each step for all of them: so that no code of users runs while some
  // can still be started, and none but destructors of callables before all are seen to be cancelled. All steps but the
  // first do nothing where that did not succeed.

  void begin_quiet_cancel();
  void let_go_quietly();
  void publish_quiet_cancel();
  void end_quiet();

  /// As publish(), but the callbacks run in end_quiet().
  void publish_quietly(State end);

  /// Whether a thread is about to make it cancelled.
  [[nodiscard]] bool is_being_cancelled() const { return (word_.load() & (state_mask | cancelling)) == cancelling; }

  // Being told.

  /// Adds an observer; returns false, and adds nothing, if the outcome is done already.
  [[nodiscard]] bool add(Observer& observer);

  /// Runs a callback that add() did not take, for it is over: at once, or later as run_callbacks() does.
  void tell_late(Observer& callback);

  /// Takes a waiter or a coroutine out if it is still in. When this returns, nobody is telling a waiter any more.
  void remove(Observer& observer);

  /// Says that a worker may be about to wait for it without a limit. Asks whether one ever did, unless it is done.
  void set_awaited() { word_.fetch_or(awaited); }
  [[nodiscard]] bool awaited_by_worker() const { return (word_.load() & awaited) != 0; }

  /// How many observers are in the list: for tests (WAI-022).
  [[nodiscard]] std::size_t observers() const;

 protected:
  ~Outcome() override = default;

  // Of the derived classes, whose objects they would make larger. As callable and result in the table above.
  bool discarded_ = false;
  bool result_dropped_ = false;

 private:
  // What counts_ consists of: references in the lower half, handles above them, and at the top two flags.
  static constexpr std::uint64_t one_handle = std::uint64_t{1} << 32;
  static constexpr std::uint64_t promise = std::uint64_t{1} << 62;
  static constexpr std::uint64_t taken = std::uint64_t{1} << 63;

  static constexpr std::uint32_t state_mask = 7;
  static constexpr std::uint32_t observed = 8;            // there may be observers
  static constexpr std::uint32_t claimed = 16;            // someone is about to publish
  static constexpr std::uint32_t quiet = 32;              // who ends it together with others is not through
  static constexpr std::uint32_t awaited = 64;            // set_awaited()
  static constexpr std::uint32_t cancelling = 128;        // it is claimed by who cancels it
  static constexpr std::uint32_t met = 256;               // and start() has met it meanwhile
  static constexpr std::uint32_t without_callable = 512;  // there is nothing to let go of

  static std::uint32_t word(State state) { return static_cast<std::uint32_t>(state); }
  void released(std::uint64_t before) {
    if (before % one_handle == 1) destroy();
  }
  /// Whether it is not pending any more, or somebody is about to end it.
  [[nodiscard]] static bool is_closed(std::uint32_t word) { return (word & (state_mask | claimed)) != 0; }
  [[nodiscard]] bool cancel_at_once();
  [[nodiscard]] bool claim_to_cancel(std::uint32_t flags);
  void publish_cancel();
  void run_callbacks_now();
  void run_deferred() final;
  [[nodiscard]] Deferred* next_deferred() const final { return static_cast<Deferred*>(producer_or_next_.load()); }
  void set_next_deferred(Deferred* next) final { producer_or_next_.store(next); }

  void wake_if_observed(std::uint32_t before);

  // Under the lock of this outcome.
  [[nodiscard]] bool wake_waiters();
  void link(Observer& observer);
  void unlink(Observer& observer);

  // Of pending calls there are many: each eight bytes more make submitting many of them some per cent slower. So the
  // small members lie where the entry leaves room, and one word has two uses: it is no longer the producer's when the
  // outcome is done, and only then is it Nesting's.
  sync::Atomic<std::uint32_t> word_;
  sync::Atomic<std::uint64_t> counts_{1};
  Observer* observers_ = nullptr;  // the last of the ring
  mutable sync::Atomic<void*> producer_or_next_;
};

}  // namespace detail
CONCURRENT_FUTURES_END
