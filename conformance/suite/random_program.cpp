// Runs random programs beside their model: see random_program.hpp.

#include <algorithm>
#include <atomic>
#include <fixtures.hpp>
#include <memory>
#include <optional>
#include <random_program.hpp>

namespace touchstone {
namespace {

const char* name_of(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::submit:
      return "submit";
    case Step::Kind::submit_failing:
      return "submit failing";
    case Step::Kind::cancel:
      return "cancel";
    case Step::Kind::add_callback:
      return "add callback to";
    case Step::Kind::ask:
      return "ask";
    case Step::Kind::let_work:
      return "let work";
    case Step::Kind::shut_down:
      return "shut down";
    case Step::Kind::shut_down_cancelling:
      return "shut down cancelling";
  }
  return "?";
}

bool is_about_a_future(Step::Kind kind) {
  return kind == Step::Kind::cancel || kind == Step::Kind::add_callback || kind == Step::Kind::ask;
}

// An executor may bound its queue, and block submit when it is full: the worker is let work in time.
constexpr std::ptrdiff_t longest_backlog = 6;

/// One call: what the executor made of it, and what the model says.
struct Call {
  enum class State { pending, cancelled, finished };

  Task task;
  FuturePointer future;
  bool fails = false;
  State state = State::pending;
  int callbacks_added = 0;
  std::shared_ptr<std::atomic<int>> callbacks_run = std::make_shared<std::atomic<int>>(0);
};

const char* name_of(Call::State state) {
  return state == Call::State::pending ? "pending" : state == Call::State::cancelled ? "cancelled" : "finished";
}

class Run {
 public:
  explicit Run(World& world) : world_(world), executor_(world.make({.max_workers = 1})) { hold_worker(); }
  ~Run() {
    gate_->open();
    world_.destroy(executor_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  std::string take(const Step& step) {
    if (is_about_a_future(step.kind)) {
      if (calls_.empty()) return {};
      const std::size_t index = step.future % calls_.size();
      return name(index, on_a_future(step.kind, calls_[index]));
    }
    switch (step.kind) {
      case Step::Kind::submit:
        return submit(false);
      case Step::Kind::submit_failing:
        return submit(true);
      case Step::Kind::let_work:
        let_work();
        return {};
      default:
        shut_down(step.kind == Step::Kind::shut_down_cancelling);
        return {};
    }
  }

  /// What is left to judge when all work is done and all callbacks have returned.
  std::string judge_the_end() {
    gate_->open();
    executor_.shutdown();
    for (std::size_t index = 0; index < calls_.size(); ++index) {
      Call& call = calls_[index];
      if (call.state == Call::State::pending) call.state = Call::State::finished;
      std::string difference = judge_answer(call, static_cast<int>(index));
      if (difference.empty()) difference = judge_state(call);
      if (!difference.empty()) return name(index, difference);
    }
    return {};
  }

 private:
  static std::string name(std::size_t index, const std::string& difference) {
    return difference.empty() ? difference : "future " + std::to_string(index) + " " + difference;
  }

  void hold_worker() {
    gate_ = world_.gate("the only worker");
    (void)executor_.submit(held_at(gate_));
    gate_->await_arrivals(1);
  }

  std::string submit(bool fails) {
    if (pending() == longest_backlog) let_work();
    const auto number = static_cast<int>(calls_.size());
    Task task = fails ? throws("call " + std::to_string(number)) : returns(number);
    FuturePointer future;
    const std::optional<Refusal> refusal = refusal_of([&] { future = executor_.submit(task); });
    if (refusal.has_value() != shut_down_) {
      return refusal ? std::string("submit threw: ") + refusal->what() : "submit accepted a call after shutdown";
    }
    if (!refusal) calls_.push_back({.task = task, .future = future, .fails = fails});
    return {};
  }

  std::string on_a_future(Step::Kind kind, Call& call) {
    if (kind == Step::Kind::cancel) return cancel(call);
    if (kind == Step::Kind::ask) return judge_state(call);
    ++call.callbacks_added;
    call.future->add_done_callback([run = call.callbacks_run](const FuturePointer&) { ++*run; });
    return {};
  }

  std::string cancel(Call& call) {
    const bool expected = call.state != Call::State::finished;
    const bool answer = call.future->cancel();
    if (answer != expected && !is_handed_out(call)) {
      return std::string("is ") + name_of(call.state) + ", and cancel answered " + (answer ? "yes" : "no");
    }
    if (answer) call.state = Call::State::cancelled;
    return {};
  }

  /// A pool of processes may hand out calls before they can begin, which are running from then on (PPE-058).
  [[nodiscard]] bool is_handed_out(const Call& call) {
    return call.state == Call::State::pending && world_.has("processes") && ask(*call.future) == running_state;
  }

  [[nodiscard]] std::ptrdiff_t pending() const {
    return std::count_if(calls_.begin(), calls_.end(),
                         [](const Call& call) { return call.state == Call::State::pending; });
  }

  void let_work() {
    gate_->open();
    for (Call& call : calls_) {
      if (call.state != Call::State::pending) continue;
      (void)call.future->result();
      call.state = Call::State::finished;
    }
    if (!shut_down_) hold_worker();
  }

  void shut_down(bool cancelling) {
    executor_.shutdown({.wait = false, .cancel_futures = cancelling});
    shut_down_ = true;
    for (Call& call : calls_) {
      const bool is_cancelled = cancelling && call.state == Call::State::pending && !is_handed_out(call);
      if (is_cancelled) call.state = Call::State::cancelled;
    }
  }

  std::string judge_state(const Call& call) {
    const SeenState expected = call.state == Call::State::pending     ? pending_state
                               : call.state == Call::State::cancelled ? cancelled_state
                                                                      : finished_state;
    const SeenState answers = ask(*call.future);
    if (answers == expected || is_handed_out(call)) return {};
    return std::string("should be ") + name_of(call.state) + ", and answers: " + testing::PrintToString(answers);
  }

  static std::string judge_answer(const Call& call, int number) {
    const Answer answer = call.future->result();
    const bool ran = call.state == Call::State::finished;
    const testing::AssertionResult right = !ran         ? is_fault(answer, Fault::cancelled)
                                           : call.fails ? fails_with(answer, "call " + std::to_string(number))
                                                        : gives(answer, number);
    if (!right) return right.message();
    if (call.task.runs() != (ran ? 1 : 0)) {
      return std::string("is ") + name_of(call.state) + ", and its call ran " + std::to_string(call.task.runs()) +
             " times";
    }
    if (*call.callbacks_run == call.callbacks_added) return {};
    return "has " + std::to_string(call.callbacks_added) + " callbacks, and " + std::to_string(*call.callbacks_run) +
           " calls of them";
  }

  World& world_;
  Executor& executor_;
  GatePointer gate_;
  std::vector<Call> calls_;
  bool shut_down_ = false;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Step& step) {
  out << name_of(step.kind);
  if (is_about_a_future(step.kind)) out << ' ' << step.future;
  return out;
}

std::string first_difference(World& world, const Program& program) {
  Run run(world);
  for (std::size_t place = 0; place < program.size(); ++place) {
    const std::string difference = run.take(program[place]);
    if (!difference.empty()) return "step " + std::to_string(place + 1) + ": " + difference;
  }
  const std::string difference = run.judge_the_end();
  return difference.empty() ? difference : "at the end: " + difference;
}

}  // namespace touchstone
