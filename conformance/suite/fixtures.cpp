#include <cxxabi.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fixtures.hpp>
#include <ostream>

// Present only in programs that a sanitizer instruments; they allocate elsewhere than malloc.h tells.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the sanitizers' name
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();

namespace touchstone {

Task returns(Value value) { return Script{Return{std::move(value)}}; }

Task throws(std::string text) { return Script{Throw{std::move(text)}}; }

Task held_at(GatePointer gate, Value value) { return Script{Pass{std::move(gate)}, Return{std::move(value)}}; }

Task throws_behind(GatePointer gate, std::string text) { return Script{Pass{std::move(gate)}, Throw{std::move(text)}}; }

Task hits(MarkPointer mark, Value value) { return Script{Hit{std::move(mark)}, Return{std::move(value)}}; }

std::exception_ptr task_error(const std::string& text) { return std::make_exception_ptr(TaskError(text)); }

HeldPool::HeldPool(World& surroundings, Value value)
    : world(surroundings),
      executor(world.make({.max_workers = 1})),
      gate(world.gate("the only worker")),
      running(executor.submit(held_at(gate, std::move(value)))) {
  gate->await_arrivals(1);
}

void HeldPool::witness_pending(const Task& task) const {
  world.witness(task.runs() == 0, "the task had not begun: the only worker stood at a gate");
}

void Producer::cancel_and_report() const {
  if (!future->cancel()) throw std::logic_error("a pending future could not be cancelled");
  if (promise->set_running_or_notify_cancel()) throw std::logic_error("a cancelled future was set running");
}

std::vector<Producer> producers(World& world, std::size_t count) {
  std::vector<Producer> made;
  while (made.size() < count) made.emplace_back(world);
  return made;
}

std::vector<FuturePointer> futures_of(const std::vector<Producer>& producers) {
  std::vector<FuturePointer> futures;
  for (const Producer& producer : producers) futures.push_back(producer.future);
  return futures;
}

SeenState ask(Future& future) {
  return {.done = future.done(), .running = future.running(), .cancelled = future.cancelled()};
}

void PrintTo(const SeenState& answers, std::ostream* out) {
  *out << (answers.done ? "done" : "not done") << (answers.running ? ", running" : ", not running")
       << (answers.cancelled ? ", cancelled" : ", not cancelled");
}

testing::AssertionResult gives(const Answer& answer, const Value& value) {
  if (answer.has_value() && answer.value == value) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "expected the value " << value.to_string() << ", got " << answer.to_string();
}

testing::AssertionResult fails_with(const Answer& answer, const std::string& text) {
  // Whether it still has its type is the matter of FUT-027 alone.
  const bool threw = answer.fault == Fault::task || answer.fault == Fault::other;
  if (threw && answer.text.find(text) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "expected the task's exception \"" << text << "\", got " << answer.to_string();
}

testing::AssertionResult is_fault(const Answer& answer, Fault fault) {
  if (answer.fault == fault) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "expected "
                                     << (fault == Fault::task ? "the task's own exception"
                                                              : std::string("the fault ") + to_string(fault))
                                     << ", got " << answer.to_string();
}

std::optional<Refusal> refusal_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Refusal& refusal) {
    return refusal;
  }
  return {};
}

testing::AssertionResult refused_as(const std::optional<Refusal>& refusal, Fault fault) {
  if (refusal && refusal->fault == fault) return testing::AssertionSuccess();
  testing::AssertionResult failure = testing::AssertionFailure();
  failure << "expected to be refused with the fault " << to_string(fault) << ", ";
  if (!refusal) return failure << "but it was accepted";
  return failure << "got " << to_string(refusal->fault) << ": " << refusal->what();
}

const std::type_info* type_of(const std::exception_ptr& error) {
  if (error == nullptr) return nullptr;
  try {
    std::rethrow_exception(error);
  } catch (...) {
    return abi::__cxa_current_exception_type();
  }
}

std::string name_of(const std::type_info& type) {
  int status = 0;
  char* const name = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string text = name == nullptr ? type.name() : name;
  std::free(name);
  return text;
}

bool same_future(World& world, const FuturePointer& one, const FuturePointer& other) {
  if (one == other || !one || !other) return one == other;
  return world.has("future.identity") && one->same_as(*other);
}

bool contains(World& world, const std::vector<FuturePointer>& futures, const FuturePointer& future) {
  return std::any_of(futures.begin(), futures.end(),
                     [&](const FuturePointer& member) { return same_future(world, member, future); });
}

Background<Answer> await_result(World& world, FuturePointer future) {
  return Background<Answer>(world, [future = std::move(future)] { return future->result(); });
}

struct LogBook::Pages {
  std::mutex mutex;
  std::vector<LogRecord> records;
};

LogBook::LogBook(World& world) : pages_(std::make_shared<Pages>()) {
  world.subject().observe_log([pages = pages_](LogRecord record) {
    const std::lock_guard lock(pages->mutex);
    pages->records.push_back(std::move(record));
  });
}

std::vector<LogRecord> LogBook::records() const {
  const std::lock_guard lock(pages_->mutex);
  return pages_->records;
}

void Diary::write(const std::string& entry) {
  const std::lock_guard lock(mutex_);
  entries_.push_back(entry);
}

std::vector<std::string> Diary::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

Future::Callback writes(DiaryPointer diary, std::string entry) {
  return [diary = std::move(diary), entry = std::move(entry)](const FuturePointer&) { diary->write(entry); };
}

Future::Callback calls_hit(MarkPointer mark) {
  return [mark = std::move(mark)](const FuturePointer&) { mark->hit(); };
}

std::chrono::nanoseconds time_of(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::steady_clock::now() - start;
}

std::optional<std::size_t> allocated_bytes() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
#if defined(__GLIBC__)
  return mallinfo2().uordblks;
#else
  return {};
#endif
}

// Between rounds, and before each, both threads spin for a moment before they block or yield: a thread
// that has to be woken is late by much more than the moments that matter, and often on the same processor.
// One that is blocked in the end is blocked for good reason, and can be proved to be.
struct Race::Lane {
  static constexpr int patience = 20'000;

  const std::function<void()>* work = nullptr;  // written before `begun`, null to end
  std::int64_t delay = 0;                       // likewise
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  std::atomic<int> at_the_line = 0;

  static void await(const std::atomic<int>& rounds, int count) {
    for (int turn = 0; turn < patience; ++turn) {
      if (rounds.load() >= count) return;
    }
    for (int seen = rounds.load(); seen < count; seen = rounds.load()) rounds.wait(seen);
  }

  static void announce(std::atomic<int>& rounds, int count) {
    rounds.store(count);
    rounds.notify_all();
  }

  void meet(std::int64_t steps) {
    at_the_line.fetch_add(1);
    for (int turn = 0; at_the_line.load() < 2; ++turn) {
      if (turn > patience) std::this_thread::yield();
    }
    dawdle(steps);
  }

  void run() {
    for (int round = 1;; ++round) {
      await(begun, round);
      if (work == nullptr) return;
      meet(delay);
      (*work)();
      announce(ended, round);
    }
  }
};

Race::Race(World& world)
    : lane_(std::make_shared<Lane>()), random_(world.seed()), start_(std::chrono::steady_clock::now()) {
  world.thread([lane = lane_] { lane->run(); });
}

Race::~Race() {
  lane_->work = nullptr;
  Lane::announce(lane_->begun, rounds_ + 1);
}

// How long to go on searching is all that the clock decides here.
bool Race::goes_on() const {
  constexpr auto time_to_search = std::chrono::milliseconds(150);
  return rounds_ < 100 || (rounds_ < 5000 && std::chrono::steady_clock::now() - start_ < time_to_search);
}

bool Race::goes_on_with_slow_rounds() const {
  const bool turns_never = rounds_at_the_limit_ >= 10;
  return rounds_ < (both_orders_seen() || turns_never ? 25 : 200);
}

void Race::round(const std::function<void()>& other, const std::function<void()>& own) {
  ++rounds_;
  lane_->work = &other;
  lane_->delay = std::max<std::int64_t>(0, -delay_);
  lane_->at_the_line = 0;
  Lane::announce(lane_->begun, rounds_);
  lane_->meet(std::max<std::int64_t>(0, delay_));
  own();
  Lane::await(lane_->ended, rounds_);
}

void Race::own_was_first(bool first) {
  ++(first ? own_first_ : other_first_);
  constexpr std::int64_t shortest = 16;
  constexpr std::int64_t longest = 1'000'000;
  step_ = first == own_was_first_ ? std::min(step_ * 2, longest) : std::max(step_ / 4, shortest);
  own_was_first_ = first;
  const auto change = static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(step_)) + step_ / 2;
  constexpr std::int64_t limit = 10 * longest;
  delay_ = std::clamp(delay_ + (first ? change : -change), -limit, limit);
  if (std::abs(delay_) == limit) ++rounds_at_the_limit_;
}

std::string Race::tally() const { return std::to_string(own_first_) + " to " + std::to_string(other_first_); }

void dawdle(std::int64_t steps) {
  static std::atomic<std::int64_t> sink = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    sink.store(step, std::memory_order_relaxed);
    if (step % 4096 == 4095) std::this_thread::yield();
  }
}

}  // namespace touchstone
