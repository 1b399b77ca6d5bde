// Tasks: the interpreter of scripts, and the count of runs.

#include <atomic>
#include <src/arena.hpp>
#include <src/ledger.hpp>
#include <stdexcept>
#include <touchstone/task.hpp>

namespace touchstone {

struct Task::Record {
  using Body = std::variant<Script, Closure>;

  explicit Record(Body given_body) : body(std::move(given_body)) {
    if (Ledger* const ledger = current_ledger()) ledger->count_task_made();
  }

  [[nodiscard]] std::atomic<int>& runs() {
    return place == 0 ? own_runs : Arena::of_this_process().at<std::atomic<int>>(place);
  }

  const Body body;
  // Of scripts, which may be run by another process, the runs are counted in the arena.
  const Place place = std::holds_alternative<Script>(body) ? Arena::of_this_process().make<std::atomic<int>>() : 0;
  std::atomic<int> own_runs = 0;
};

namespace {

/// Counts the end of a task's body, however it ends.
class RunOfTask {
 public:
  RunOfTask() {
    if (Ledger* const ledger = current_ledger()) ledger->count_task_started();
  }
  ~RunOfTask() {
    if (Ledger* const ledger = current_ledger()) ledger->count_task_ended();
  }
  RunOfTask(const RunOfTask&) = delete;
  RunOfTask& operator=(const RunOfTask&) = delete;
};

/// Carries out one step; the value is set where the step ends the task.
struct Interpreter {
  std::optional<Value> operator()(const Pass& step) const {
    step.gate->pass();
    return {};
  }
  std::optional<Value> operator()(const Hit& step) const {
    step.mark->hit();
    return {};
  }
  std::optional<Value> operator()(const Return& step) const { return step.value; }
  std::optional<Value> operator()(const Throw& step) const { throw TaskError(step.text); }
};

Value interpret(const Script& script) {
  for (const Operation& step : script) {
    if (std::optional<Value> result = std::visit(Interpreter(), step)) return std::move(*result);
  }
  return {};
}

}  // namespace

Task::Task(Script script) : record_(std::make_shared<Record>(std::move(script))) {}

Task::Task(Closure closure) : record_(std::make_shared<Record>(std::move(closure))) {
  if (!*std::get_if<Closure>(&record_->body)) throw std::invalid_argument("a task needs a body: the closure is empty");
}

Value Task::operator()() const {
  // Held here, not only by this handle: an executor may destroy the task it runs from another thread.
  const std::shared_ptr<Record> record = record_;
  record->runs().fetch_add(1);
  const RunOfTask run;
  if (const Script* const steps = std::get_if<Script>(&record->body)) return interpret(*steps);
  return std::get<Closure>(record->body)();
}

int Task::runs() const { return record_->runs().load(); }

const Script* Task::script() const { return std::get_if<Script>(&record_->body); }

}  // namespace touchstone
