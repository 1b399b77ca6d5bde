// Subject: what the suite sees of an executor under test.
//
// This header is the specification for whoever makes a subject. Most never write against it: a
// C++ executor is plugged in with the ten lines that touchstone/adapter.hpp describes, and what is
// below is built from them. Subjects in other processes and languages implement it directly.
//
// What a subject cannot do it leaves out of its capabilities (spec/capabilities.toml), and the suite
// never calls it: the functions that are not pure below throw std::logic_error. Waiting functions
// block without a limit of their own: deadlines belong to the supervisor, in another process.
//
// Thread safety: unless said otherwise, functions may be called from any thread, concurrently.

#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <touchstone/task.hpp>
#include <touchstone/value.hpp>
#include <vector>

namespace touchstone {

/// How long a call may block: nothing = for ever, zero or less = not at all.
using Timeout = std::optional<std::chrono::nanoseconds>;

/// The kinds of errors that requirements speak of. An adapter maps its executor's own types to them.
enum class Fault {
  task,              // what the task itself threw
  cancelled,         // Python's CancelledError
  timeout,           // TimeoutError
  broken,            // BrokenExecutor
  shut_down,         // "cannot schedule new futures after shutdown"
  invalid_state,     // InvalidStateError
  invalid_argument,  // ValueError
  deadlock,          // DeadlockError (chapter DLK)
  other,             // any other exception
};

[[nodiscard]] const char* to_string(Fault fault);

/// How asking for a result ended: with the outcome of the task, or without it, as at the end of a timeout.
struct Answer {
  std::optional<Fault> fault;  // nothing: there is a value
  Value value;                 // what the task returned
  std::string text;            // what() of the exception, or its type's name
  std::exception_ptr error;    // the exception itself, in subjects of this process

  [[nodiscard]] bool has_value() const { return !fault; }
  [[nodiscard]] std::string to_string() const;
};

void PrintTo(const Answer& answer, std::ostream* out);

/// Thrown by the functions below where the executor refused what was asked.
class Refusal : public std::runtime_error {
 public:
  Refusal(Fault kind, const std::string& text, std::exception_ptr thrown = nullptr)
      : std::runtime_error(text), fault(kind), error(std::move(thrown)) {}

  const Fault fault;
  const std::exception_ptr error;  // what the executor threw, in subjects of this process
};

/// What a user may choose when an executor is made. A subject ignores what it has no capability for.
struct Configuration {
  std::optional<int> max_workers = 1;  // nothing: the executor's own default
  std::string thread_name_prefix = {};
  Initializer initializer = {};
  std::optional<int> max_tasks_per_child = {};  // `workers.retirement`
  bool choose_start_method = true;              // `workers.start_method`: whether to say how workers are started
  bool detect_deadlocks = true;                 // `deadlock.detection`: whether to
};

class Future;
using FuturePointer = std::shared_ptr<Future>;

/// The handle that submit gave out.
class Future {
 public:
  using Callback = std::function<void(FuturePointer)>;

  virtual ~Future() = default;

  /// Blocks until the task is done or the time is up, then tells how it ended. Never throws.
  /// A limit needs `future.timeout`; without `future.shared` it delivers an outcome once only.
  virtual Answer result(Timeout timeout = {}) = 0;

  /// As result(), but a task's exception is an answer (`error` and `text` set, fault `task` or what
  /// kind it is), and a task without one gives an answer without fault. Needs `future.exception`.
  virtual Answer exception(Timeout timeout = {});

  virtual bool done();       // `future.done`
  virtual bool running();    // `future.running`
  virtual bool cancel();     // `future.cancel`
  virtual bool cancelled();  // `future.cancel`

  /// Calls `callback` with a handle to the same task. What it throws must reach the executor.
  virtual void add_done_callback(Callback callback);  // `future.callbacks`

  /// Another handle to the same task, as a copy in the executor's own language. `future.shared`
  virtual FuturePointer copy();

  virtual bool same_as(const Future& other);  // `future.identity`
  virtual std::size_t hash();                 // `future.identity`
  virtual std::string text();                 // `future.text`
};

/// The producing side of a future that belongs to no executor. Needs `promise`.
/// Where a transition is not allowed the functions throw Refusal.
class Promise {
 public:
  virtual ~Promise() = default;
  virtual FuturePointer future() = 0;
  virtual bool set_running_or_notify_cancel() = 0;
  virtual void set_result(Value value) = 0;
  virtual void set_exception(std::exception_ptr error) = 0;
};

struct MapOptions {
  Timeout timeout = {};
  std::optional<int> chunksize = {};   // nothing: not given
  std::optional<int> buffersize = {};  // nothing: not given
};

/// What map returned. Not thread-safe. Destroying it is abandoning it.
class MapIterator {
 public:
  virtual ~MapIterator() = default;
  /// Waits for the next result in input order; nothing at the end. A call's exception, a timeout or
  /// a refusal comes as an answer with that fault.
  virtual std::optional<Answer> next() = 0;
};

enum class ReturnWhen { first_completed, first_exception, all_completed };

struct WaitResult {
  std::vector<FuturePointer> done, not_done;  // the handles that were given in, duplicates once
};

/// What as_completed returned. Not thread-safe. Destroying it is abandoning it.
class CompletionIterator {
 public:
  virtual ~CompletionIterator() = default;
  /// Waits for the next future to complete; nothing at the end; throws Refusal with Fault::timeout.
  virtual FuturePointer next() = 0;
};

struct ShutdownOptions {
  bool wait = true;             // false needs `shutdown.no_wait`
  bool cancel_futures = false;  // true needs `shutdown.cancel_futures`
};

/// One executor under test. Destroying it destroys the executor (not to be called from its tasks).
class Executor {
 public:
  virtual ~Executor() = default;

  /// Hands a task to the executor, and returns its handle. Throws Refusal if it is not accepted.
  /// Without the capability `future` the handle is the suite's own and says nothing of the subject.
  virtual FuturePointer submit(Task task) = 0;

  virtual void shutdown(ShutdownOptions options = {});                                         // `shutdown`
  virtual std::unique_ptr<MapIterator> map(MapOptions, Function, std::vector<Source> inputs);  // `map`
  virtual void terminate_workers();                                                            // `workers.termination`
  virtual void kill_workers();                                                                 // same
  virtual int max_workers();                                                                   // `workers.default`
};

struct LogRecord {
  std::string severity;  // "warning", "error" or "critical"
  std::string text;
  std::exception_ptr error;
};

/// Everything about a kind of executor. One object a process, made before the tests and outliving them.
class Subject {
 public:
  virtual ~Subject() = default;

  [[nodiscard]] virtual std::string name() const = 0;                    // "oneTBB task_arena"
  [[nodiscard]] virtual std::string version() const = 0;                 // "2021.8", or empty
  [[nodiscard]] virtual std::string home() const { return {}; }          // the address of its page, or empty
  [[nodiscard]] virtual std::set<std::string> capabilities() const = 0;  // spec/capabilities.toml
  [[nodiscard]] virtual std::set<std::string> profiles() const = 0;      // beyond core; spec/profiles.toml

  /// Called in the process of a test, before all else: starts the processes that the program keeps whichever executors
  /// there are, such as a fork server. What is there then is no executor's.
  virtual void before_test() {}

  /// Makes an executor. Throws Refusal if it does not accept the configuration.
  virtual std::unique_ptr<Executor> make(const Configuration& configuration) = 0;

  virtual std::unique_ptr<Promise> make_promise();                                                    // `promise`
  virtual WaitResult wait(std::span<const FuturePointer>, Timeout, ReturnWhen);                       // `wait`
  virtual std::unique_ptr<CompletionIterator> as_completed(std::span<const FuturePointer>, Timeout);  // same

  /// Throws the executor's own error of that kind, for tasks that throw it themselves.
  /// Without such an error it throws std::logic_error. Kinds: cancelled, timeout.
  [[noreturn]] virtual void raise(Fault fault);

  /// From now on sends what the executor logs to `observer`, from whichever thread. `log`
  virtual void observe_log(std::function<void(LogRecord)> observer);
};

}  // namespace touchstone
