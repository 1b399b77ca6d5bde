// Scheduler: runs a program of several threads on one, and decides at every operation on a mutex,
// a condition, an atomic or a thread who goes on.
//
// Its threads are strands: fibers with a state. Only one runs at a time, and only such an operation
// can hand over to another. So the strategy's decisions determine the whole schedule.
//
// It explores sequentially consistent interleavings. Two accesses to plain data are not operations: whether they
// compete is for ThreadSanitizer to say, which is told what synchronizes (sanitizers.hpp).

#pragma once

#include <array>
#include <cstdint>
#include <fiber.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <sanitizers.hpp>
#include <strategy.hpp>
#include <string>
#include <trace.hpp>
#include <vector>

namespace touchstone::fuzz {

/// What a strand runs.
class Body {
 public:
  virtual ~Body() = default;
  virtual void run() = 0;
};

/// What can end at any operation of its strand, as a process that is killed.
class Mortal {
 public:
  virtual ~Mortal() = default;

  /// Whenever its strand goes on, and before it waits for others. May call Scheduler::end_strand().
  virtual void goes_on() = 0;
  virtual void will_wait() = 0;
};

class Strand {
 public:
  enum class State : std::uint8_t {
    runnable,
    blocked,  // until wake_all() of what it awaits
    waiting,  // for a condition: may also wake for no reason, and when its time is up
    finished,
  };

  explicit Strand(unsigned number, std::size_t stack_size) : number_(number), fiber_(stack_size) {}

  [[nodiscard]] TOUCHSTONE_UNOBSERVED unsigned number() const { return number_; }
  [[nodiscard]] TOUCHSTONE_UNOBSERVED bool finished() const { return state_ == State::finished; }

  /// Whether it was ended in the middle of something. The locks that it held were its own: those of a process.
  [[nodiscard]] TOUCHSTONE_UNOBSERVED bool died() const { return died_; }

  /// What it is part of; null if it ends by itself only.
  [[nodiscard]] TOUCHSTONE_UNOBSERVED Mortal* mortal() const { return mortal_; }

 private:
  friend class Scheduler;
  struct Slot {
    const void* key;
    void* value;
  };
  struct Operation {
    Action action = Action::note;
    bool writes = false;
    const void* object = nullptr;
    Place place;
  };

  const unsigned number_;
  Fiber fiber_;
  State state_ = State::finished;
  bool timed_out_ = false;
  bool died_ = false;
  bool is_punctual_ = false;  // its time is up only when nobody can go on
  Mortal* mortal_ = nullptr;
  Operation operation_;           // the next one, or the one that it is blocked in
  const void* awaits_ = nullptr;  // while blocked or waiting
  std::int64_t deadline_ = 0;     // while waiting; never where it has none
  Body* body_ = nullptr;          // owned, in the arena
  std::array<char, 32> name_ = {};
  std::array<Slot, 8> slots_ = {};
};

struct Limits {
  std::size_t operations = 20000;  // more of them in one schedule are called a livelock
};

/// What came of one schedule.
struct Outcome {
  std::optional<std::string> failure;
  std::uint64_t decisions = 0;  // how often more than one thread could go on
  std::uint64_t operations = 0;
  std::uint64_t fingerprint = 0;
};

/// Not thread-safe. One at a time runs a schedule.
class Scheduler {
 public:
  explicit Scheduler(Limits limits = {});
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// The one whose schedule the caller is in; null outside of all.
  [[nodiscard]] static Scheduler* active() { return active_; }

  /// Counts the schedules of the program: what bears another number was not made in this one.
  [[nodiscard]] static std::uint32_t epoch() { return epoch_; }

  /// Runs `main` as strand 0, and whatever it starts, to the end of all or to the first failure.
  /// The seed also decides whether memory is reused.
  Outcome run(const std::function<void()>& main, Strategy& strategy, std::uint64_t seed);

  // Of the last schedule.
  [[nodiscard]] const Trace& trace() const { return trace_; }
  [[nodiscard]] std::vector<std::string> thread_names() const;
  [[nodiscard]] const std::vector<std::uint8_t>& choices() const { return choices_; }

  // All that follows is for the running strand.

  /// Lets others go before the operation; when it returns, the operation takes place.
  void reach(Action action, const void* object, bool writes, Place place);
  void record(Action action, const void* object, Place place);
  void record_value(std::uint64_t value);
  void record_failed_exchange() { trace_.last().action = Action::failed_compare_exchange; }

  /// Blocks until wake_all(object). The caller must look again whether it may go on.
  void block(const void* object);
  void wake_all(const void* object);

  static constexpr std::int64_t never = INT64_MAX;
  /// Waits for a condition; returns false if the time was up first. Where it is punctual, that is only when nobody can
  /// go on.
  bool wait(const void* condition, std::int64_t deadline, bool is_punctual = false);
  void notify(const void* condition, bool all);
  [[nodiscard]] bool awaited(const void* condition) const;

  [[nodiscard]] std::size_t choose(std::size_t options);
  [[nodiscard]] bool happens(Chance chance);

  /// Nanoseconds since the schedule began, by a clock that stands still unless all wait for it, or chance wants it.
  [[nodiscard]] std::int64_t now() const { return now_; }

  Strand& start(std::unique_ptr<Body> body, Mortal* mortal = nullptr);
  [[nodiscard]] Strand& current() const { return *current_; }

  /// Lets a strand look again that is blocked or waits.
  void interrupt(Strand& strand);

  /// Ends the running strand here and now: no destructor runs any more.
  [[noreturn]] void end_strand();

  /// Waits until all other strands have ended.
  void join_all(Place place);

  /// How many strands have begun that are no part of something mortal, and have not ended.
  [[nodiscard]] std::size_t immortals() const;
  void set_name(const char* name);
  [[nodiscard]] void* slot(const void* key) const;
  void set_slot(const void* key, void* value);

  /// Ends the schedule here and now: no destructor runs any more.
  [[noreturn]] void fail(const std::string& what);

 private:
  static void strand_entry();
  static void on_terminate();
  void run_body();
  Strand& unused_strand();
  void hand_over();
  [[nodiscard]] Strand* next_strand();
  void perhaps_disturb();
  Strand* earliest_timer(bool of_punctual);
  void time_out(Strand& strand);
  void wake(Strand& strand, Action reason);
  [[noreturn]] void abandon();
  void fail_deadlocked();
  [[nodiscard]] std::string describe(const Strand& strand) const;
  [[nodiscard]] std::string name_of(const Strand& strand) const;
  void finish_strand();
  [[noreturn]] void leave_ended_strand();

  static inline Scheduler* active_ = nullptr;
  static inline std::uint32_t epoch_ = 0;

  const Limits limits_;
  Fiber main_;
  std::vector<std::unique_ptr<Strand>> strands_;  // made once, used again in each schedule
  std::size_t used_ = 0;                          // how many of them this schedule has
  Strand* current_ = nullptr;
  Strategy* strategy_ = nullptr;
  std::int64_t now_ = 0;
  std::uint64_t decisions_ = 0;
  std::size_t waiting_ = 0;  // strands that wait for conditions
  std::optional<std::string> failure_;
  Trace trace_;
  std::vector<std::uint8_t> choices_;
};

/// In a scenario: the schedule fails if `condition` does not hold.
void check(bool condition, const char* what, Place place = Place::here());

/// A row of the table, with the text.
void note(const char* text, Place place = Place::here());

/// One of `options` variants, decided by the schedule.
[[nodiscard]] std::size_t choose(std::size_t options);

}  // namespace touchstone::fuzz
