// Tasks and functions: the interpreter of scripts, and the count of runs.

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <deque>
#include <src/arena.hpp>
#include <src/coding.hpp>
#include <src/ledger.hpp>
#include <stdexcept>
#include <system_error>
#include <touchstone/task.hpp>

namespace touchstone {

struct Task::Record {
  using Body = std::variant<Script, Closure>;

  Record(Body given_body, Place given_place) : body(std::move(given_body)), place(given_place) {}

  [[nodiscard]] std::atomic<int>& runs() {
    return place == 0 ? own_runs : Arena::of_this_process().at<std::atomic<int>>(place);
  }

  const Body body;
  const Place place;  // where the runs are counted, if another process may run it
  std::atomic<int> own_runs = 0;
};

namespace {

void count_task_made() {
  if (Ledger* const ledger = current_ledger()) ledger->count_task_made();
}

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

using Arguments = std::vector<Value>;
using Result = std::optional<Value>;  // set where a step ends the script

Result interpret(const Script& script, const Arguments& arguments);

std::atomic<int> count_of_this_process = 0;

const pid_t start_of_program = getpid();

/// Those that this process has made, and those that it has inherited.
std::deque<std::function<Value()>>& inherited() {
  static std::deque<std::function<Value()>> closures;
  return closures;
}

struct UnknownError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Carries out one step.
struct Interpreter {
  const Arguments& arguments;

  Result operator()(const Return& step) const { return step.value; }
  Result operator()(const ReturnArgument&) const { return arguments.at(0); }
  Result operator()(const ReturnArguments&) const {
    Writer writer;
    for (const Value& argument : arguments) writer.value(argument);
    return Value(writer.take());
  }
  Result operator()(const ReturnSum& step) const {
    std::int64_t sum = step.more;
    for (const Value& argument : arguments) sum += argument.number();
    return Value(sum);
  }
  Result operator()(const ReturnIncreased& step) const { return Value(++*step.number); }
  Result operator()(const CallInherited& step) const {
    if (step.number < 0 || step.number >= std::ssize(inherited())) {
      throw std::runtime_error("this process has not inherited the closure " + std::to_string(step.number) +
                               ": the test needs the capability workers.forked");
    }
    return inherited()[static_cast<std::size_t>(step.number)]();
  }
  Result operator()(const ReturnProcess&) const { return Value(std::int64_t{getpid()}); }
  Result operator()(const ReturnStart&) const { return Value(std::int64_t{start_of_program}); }
  Result operator()(const ReturnHits& step) const { return Value(step.mark->count()); }
  Result operator()(const ReturnCount&) const { return Value(count_of_this_process.load()); }
  Result operator()(const Throw& step) const { throw TaskError(step.text); }
  Result operator()(const ThrowNumber& step) const { throw step.number; }
  Result operator()(const ThrowData& step) const { throw DataError(step.data); }
  Result operator()(const ThrowCode& step) const { throw std::system_error(step.code, std::generic_category()); }
  Result operator()(const ThrowFrom& step) const {
    try {
      (void)interpret(step.cause, arguments);
    } catch (...) {
      std::throw_with_nested(TaskError(step.text));
    }
    return {};
  }
  Result operator()(const ReturnObject&) const { return Value(std::make_shared<int>(0)); }
  Result operator()(const ReturnTrap& step) const { return Value(step.trap); }
  Result operator()(const ThrowUnknown& step) const { throw UnknownError(step.text); }
  Result operator()(const Exit& step) const { _exit(step.status); }
  Result operator()(const Kill& step) const {
    kill(getpid(), step.signal);
    return {};
  }
  Result operator()(const Pass& step) const {
    step.gate->pass();
    return {};
  }
  Result operator()(const Hit& step) const {
    step.mark->hit();
    return {};
  }
  Result operator()(const Note& step) const {
    step.notes->add(step.number ? *step.number : arguments.at(0).number());
    return {};
  }
  Result operator()(const Count&) const {
    count_of_this_process.fetch_add(1);
    return {};
  }
  Result operator()(const Print& step) const {
    std::fputs(step.text.c_str(), stdout);
    std::fflush(stdout);
    return {};
  }
  Result operator()(const Ignore& step) const {
    signal(step.signal, SIG_IGN);
    return {};
  }
  Result operator()(const FailToDecode&) const { return {}; }
  Result operator()(const ExitWhenDecoded&) const { return {}; }
  Result operator()(const KillWhenDecoded&) const { return {}; }
  Result operator()(const HitWhenReleased&) const { return {}; }
  Result operator()(const For& step) const {
    return arguments.at(0) == step.argument ? interpret(step.steps, arguments) : Result();
  }
  Result operator()(const Unless& step) const {
    return arguments.at(0) == step.argument ? Result() : interpret(step.steps, arguments);
  }
  Result operator()(const OnHit& step) const {
    return step.mark->hit() == step.count ? interpret(step.steps, arguments) : Result();
  }
};

Result interpret(const Script& script, const Arguments& arguments) {
  for (const Operation& operation : script) {
    if (Result result = std::visit(Interpreter{arguments}, operation.step)) return result;
  }
  return {};
}

Value run(const Script& script, const Arguments& arguments) { return interpret(script, arguments).value_or(Value()); }

[[noreturn]] void refuse_to_travel() {
  throw std::logic_error("a closure cannot travel to another process: the test needs the capability closures");
}

}  // namespace

CallInherited::CallInherited(std::function<Value()> closure) : number(std::ssize(inherited())) {
  inherited().push_back(std::move(closure));
}

Task::Task(Script script)
    : record_(std::make_shared<Record>(std::move(script), Arena::of_this_process().make<std::atomic<int>>())) {
  count_task_made();
}

Task::Task(Closure closure) {
  if (!closure) throw std::invalid_argument("a task needs a body: the closure is empty");
  record_ = std::make_shared<Record>(std::move(closure), 0);
  count_task_made();
}

Value Task::operator()() const {
  // Held here, not only by this handle: an executor may destroy the task it runs from another thread.
  const std::shared_ptr<Record> record = record_;
  if (record == nullptr) throw std::logic_error("this task has no body");
  record->runs().fetch_add(1);
  const RunOfTask counted;
  try {
    if (const Script* const script = std::get_if<Script>(&record->body)) return run(*script, {});
    return std::get<Closure>(record->body)();
  } catch (...) {
    // An executor that has no handler for it ends the program here and now.
    record_event(a_task_throws);
    throw;
  }
}

int Task::runs() const { return record_->runs().load(); }

const Script* Task::script() const { return std::get_if<Script>(&record_->body); }

std::string Task::encode() const {
  if (script() == nullptr) refuse_to_travel();
  Writer writer;
  writer.place(record_->place);
  writer.script(*script());
  return writer.take();
}

Task Task::decode(std::string_view text) {
  Reader reader(text);
  const Place place = reader.place();
  Script script = reader.script();
  reader.end();
  return Task(std::make_shared<Record>(std::move(script), place));
}

Function::Function(Script script) : Function(Body(std::move(script))) {}

Function::Function(Body body) : body_(std::make_shared<const Body>(std::move(body))) {}

Value Function::operator()(const std::vector<Value>& arguments) const {
  if (body_ == nullptr) throw std::logic_error("this function has no body");
  if (const Script* const steps = script()) return run(*steps, arguments);
  return std::get<Closure>(*body_)(arguments);
}

const Script* Function::script() const { return std::get_if<Script>(body_.get()); }

std::string Function::encode() const {
  if (script() == nullptr) refuse_to_travel();
  Writer writer;
  writer.script(*script());
  return writer.take();
}

Function Function::decode(std::string_view text) {
  Reader reader(text);
  Script script = reader.script();
  reader.end();
  return script;
}

}  // namespace touchstone
