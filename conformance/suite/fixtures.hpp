// What the tests of several topics share: tasks in a line, states by construction, threads that
// wait, what a test observes, and races that come ever closer.
//
// A state is reached in one of two ways. HeldPool keeps the only worker of a pool at a gate, so that
// every call behind it stays pending: that needs the capabilities `workers.limit` and
// `workers.threads`. A promise is moved by the test itself: that needs `promise`. Neither knows
// in which order an executor starts its tasks.

#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <touchstone/test.hpp>
#include <typeinfo>
#include <vector>

namespace touchstone {

// ---------------------------------------------------------------------------------------- Tasks

[[nodiscard]] Task returns(Value value);
[[nodiscard]] Task throws(std::string text);

/// Waits at the gate, and then returns the value, or throws a TaskError.
[[nodiscard]] Task held_at(GatePointer gate, Value value = {});
[[nodiscard]] Task throws_behind(GatePointer gate, std::string text);

[[nodiscard]] Task hits(MarkPointer mark, Value value = {});

/// A TaskError for Promise::set_exception.
[[nodiscard]] std::exception_ptr task_error(const std::string& text);

// --------------------------------------------------------------------------------------- States

/// A pool whose only worker stands at a gate. What is submitted after that stays pending until the
/// gate opens. Keep the backlog short: an executor may bound its queue, and block submit when it is full.
struct HeldPool {
  explicit HeldPool(World& world, Value value = 42);

  /// States as witness that the task has not begun, because the worker is still at the gate.
  void witness_pending(const Task& task) const;

  World& world;
  Executor& executor;
  const GatePointer gate;
  const FuturePointer running;  // returns `value` once the gate is open
};

using PromisePointer = std::shared_ptr<Promise>;

/// A future without an executor, which the test moves through its states.
struct Producer {
  explicit Producer(World& world) : promise(world.subject().make_promise()), future(promise->future()) {}

  /// Cancels, and takes note of it as a worker does: the cancellation is then reported.
  void cancel_and_report() const;

  PromisePointer promise;
  FuturePointer future;
};

[[nodiscard]] std::vector<Producer> producers(World& world, std::size_t count);
[[nodiscard]] std::vector<FuturePointer> futures_of(const std::vector<Producer>& producers);

/// What a future says of its state; it is asked three times, one after the other.
struct SeenState {
  bool done, running, cancelled;
  friend bool operator==(const SeenState&, const SeenState&) = default;
};
inline constexpr SeenState pending_state{false, false, false};
inline constexpr SeenState running_state{false, true, false};
inline constexpr SeenState cancelled_state{true, false, true};
inline constexpr SeenState finished_state{true, false, false};

[[nodiscard]] SeenState ask(Future& future);  // `future.done`, `future.running`, `future.cancel`
void PrintTo(const SeenState& answers, std::ostream* out);

// -------------------------------------------------------------------------------------- Answers

[[nodiscard]] testing::AssertionResult gives(const Answer& answer, const Value& value);
[[nodiscard]] testing::AssertionResult fails_with(const Answer& answer, const std::string& text);
[[nodiscard]] testing::AssertionResult is_fault(const Answer& answer, Fault fault);

/// How the executor refused the action; nothing if it did not.
[[nodiscard]] std::optional<Refusal> refusal_of(const std::function<void()>& action);
[[nodiscard]] testing::AssertionResult refused_as(const std::optional<Refusal>& refusal, Fault fault);

/// The type of an exception, whatever it is derived from; null where there is none.
[[nodiscard]] const std::type_info* type_of(const std::exception_ptr& error);
[[nodiscard]] std::string name_of(const std::type_info& type);

/// Whether two handles stand for one future. Subjects without `future.identity` give back the handle
/// that they were given.
[[nodiscard]] bool same_future(World& world, const FuturePointer& one, const FuturePointer& other);
[[nodiscard]] bool contains(World& world, const std::vector<FuturePointer>& futures, const FuturePointer& future);

// ------------------------------------------------------------------------------------- Watching

/// A time limit that leads to before the beginning of every clock, however long the machine has been running.
inline constexpr std::chrono::nanoseconds before_every_clock = -std::chrono::hours(100 * 365 * 24);

/// A function that runs in a thread of the test's own and most likely blocks there.
template <typename T>
class Background {
 public:
  Background(World& world, std::function<T()> function)
      : world_(world), state_(std::make_shared<State>()), thread_(world.thread([state = state_, function] {
          try {
            state->value = function();
          } catch (...) {
            state->error = std::current_exception();
          }
          state->returned.hit();
        })) {}

  [[nodiscard]] std::jthread& thread() { return thread_; }

  /// Blocks until the thread waits in the kernel; false if it was not seen to.
  [[nodiscard]] bool blocked() { return world_.await_blocked(thread_); }

  [[nodiscard]] bool returned() const { return state_->returned.count() > 0; }

  /// Blocks until the function has returned, and gives what it returned.
  [[nodiscard]] const T& value() {
    state_->returned.await();
    if (state_->error) std::rethrow_exception(state_->error);
    return *state_->value;
  }

 private:
  struct State {
    Mark returned{"a thread of the test has returned"};
    std::optional<T> value;
    std::exception_ptr error;
  };

  World& world_;
  std::shared_ptr<State> state_;
  std::jthread& thread_;
};

/// A thread that asks for the future's outcome, without a limit.
[[nodiscard]] Background<Answer> await_result(World& world, FuturePointer future);

/// All that the subject logs from now on.
class LogBook {
 public:
  explicit LogBook(World& world);
  [[nodiscard]] std::vector<LogRecord> records() const;

 private:
  struct Pages;
  std::shared_ptr<Pages> pages_;
};

/// A list that callbacks write and the test reads, in the order of the entries.
class Diary {
 public:
  void write(const std::string& entry);
  [[nodiscard]] std::vector<std::string> entries() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> entries_;
};

using DiaryPointer = std::shared_ptr<Diary>;

/// Callbacks that write an entry, and that hit a mark.
[[nodiscard]] Future::Callback writes(DiaryPointer diary, std::string entry);
[[nodiscard]] Future::Callback calls_hit(MarkPointer mark);

[[nodiscard]] std::chrono::nanoseconds time_of(const std::function<void()>& action);

/// How many bytes this process has allocated and not freed; nothing where the system does not tell.
[[nodiscard]] std::optional<std::size_t> allocated_bytes();

// ---------------------------------------------------------------------------------------- Races

/// Lets two actions meet again and again. The test says each time which of them came first, and the
/// one that did starts a little later in the next round: so both orders occur, and many rounds are
/// close, on any machine. Not thread-safe.
class Race {
 public:
  explicit Race(World& world);
  ~Race();
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  /// Whether there is to be one more round: 100 at least, more as long as they are quick.
  [[nodiscard]] bool goes_on() const;

  /// The same where each round takes its time: 25 when both orders were seen, else 200, or as many as it takes to see
  /// that even the longest delay does not turn the order.
  [[nodiscard]] bool goes_on_with_slow_rounds() const;

  /// Runs `other` on a second thread and `own` on this one, at about the same time. Returns when both have.
  void round(const std::function<void()>& other, const std::function<void()>& own);

  /// Which came first in the last round.
  void own_was_first(bool first);

  /// Whether each of the two came first at least once.
  [[nodiscard]] bool both_orders_seen() const { return own_first_ > 0 && other_first_ > 0; }
  [[nodiscard]] std::string tally() const;

 private:
  struct Lane;

  std::shared_ptr<Lane> lane_;
  std::mt19937_64 random_;
  const std::chrono::steady_clock::time_point start_;
  int rounds_ = 0;
  std::int64_t delay_ = 0;  // how many steps `own` starts later; negative: `other` does
  std::int64_t step_ = 16;  // by how much the delay changes after the next round
  bool own_was_first_ = false;
  int own_first_ = 0;
  int other_first_ = 0;
  int rounds_at_the_limit_ = 0;  // of the delay
};

/// Lets time pass without sleeping: about a nanosecond a step, and a yield now and then.
void dawdle(std::int64_t steps);

}  // namespace touchstone
