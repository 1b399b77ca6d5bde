// Task and Function: what the suite gives to an executor to run, and to its map.
//
// Both are either a script, a list of closed operations that any subject in any language can
// interpret, or a closure, which only a subject in this process can run. Tests use scripts wherever
// a script can say it.
//
// How they travel. An executor of other processes sends them as it sends any function object: they can be serialized,
// by the convention of cereal, and so can the values that they take and return. Whoever has another way to travel takes
// what encode() gives, and gives it to decode() in the worker. It is text: words with a space between them.
//
//     value     -        nothing
//               42       a number
//               5:hello  a text of so many bytes
//               !error 3 a trap that springs when it is read, and throws an error, or `!number 3` or `!signal 3`
//     script    the operations below, one after the other: a word, and what belongs to it
//     task      the place where its runs are counted, and its script
//     function  its script
//
// Gates, marks and notes are told by their place in the memory that the test shares with its workers: src/arena.hpp
// says how a worker finds it. Closures do not travel, nor do objects: to encode them throws std::logic_error. But a
// worker that is a copy of the process that made a closure has it as well, and can be told to call it.

#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <touchstone/gate.hpp>
#include <touchstone/value.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace touchstone {

/// What a task of the suite throws. Subjects need not know it: any exception must come through.
class TaskError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a task of the suite throws with data attached, of which its text tells nothing.
///
/// As it can be serialized, by the convention of cereal, an executor of other processes can rebuild it.
class DataError : public TaskError {
 public:
  DataError() : TaskError("an error with data attached") {}
  explicit DataError(Value data) : DataError() { data_ = std::move(data); }

  [[nodiscard]] const Value& data() const { return data_; }

  template <typename Archive>
  void serialize(Archive& archive) {
    archive(data_);
  }

 private:
  Value data_;
};

struct Operation;

/// Runs its operations in order; returns an empty value where no operation ended it.
using Script = std::vector<Operation>;

// What ends a task.
struct Return {  // ret VALUE
  Value value;
};
struct ReturnArgument {};   // echo: returns the first argument
struct ReturnArguments {};  // all: returns all arguments in one text, each as it travels, with a space between
struct ReturnSum {          // sum NUMBER: returns the sum of all arguments, and of this
  std::int64_t more = 0;
};
struct ReturnIncreased {  // increased NUMBER: adds one to a number that the task has as an argument, and returns it
  std::shared_ptr<std::int64_t> number;
};
struct CallInherited {  // inherited NUMBER: returns what a closure returns that was made in this process, or in one
                        // that this is a copy of, before it was copied; in others it throws
  explicit CallInherited(std::function<Value()> closure);
  explicit CallInherited(std::int64_t known) : number(known) {}
  std::int64_t number;  // in the list of all that were made
};
struct ReturnProcess {};  // pid: returns the id of the process that runs the task
struct ReturnStart {};    // started: returns the id that the process had in which this program was started: its own, or
                          // that of the one whose copy it is
struct ReturnCount {};    // counted: returns how often this process has counted
struct ReturnHits {  // written as `ret NUMBER`: returns how often the mark had been hit when the script was written
                     // down; in this process, how often it has been hit
  MarkPointer mark;
};
struct Throw {  // throw TEXT: throws a TaskError
  std::string text;
};
struct ThrowNumber {  // throw_number NUMBER: throws a number, which is no std::exception
  int number = 0;
};
struct ThrowUnknown {  // throw_unknown TEXT: throws an error of a type that only this suite knows, and that is told
                       // nobody
  std::string text;
};
struct ThrowData {  // throw_data VALUE: throws a DataError
  Value data;
};
struct ThrowCode {  // throw_code NUMBER: throws a std::system_error with that code of the generic category
  int code = 0;
};
struct ThrowFrom {  // throw_from TEXT [ SCRIPT ]: throws a TaskError with what the script throws nested in it
  std::string text;
  Script cause;
};
struct ReturnObject {};  // object: returns what has no encoding
struct ReturnTrap {      // trap encoded|decoded error|number|signal NUMBER: returns a trap
  Trap trap;
};
struct Exit {  // exit STATUS: ends the process that runs the task at once
  int status = 0;
};
struct Kill {  // kill SIGNAL: sends a signal to the process that runs the task
  int signal = 0;
};

// What goes on.
struct Pass {  // gate PLACE: waits at a gate
  GatePointer gate;
};
struct Hit {  // mark PLACE: hits a mark
  MarkPointer mark;
};
struct Note {  // note PLACE VALUE: notes the number, or where there is none the first argument
  NotesPointer notes;
  std::optional<std::int64_t> number = {};
};
struct Ignore {  // ignore SIGNAL: lets the process ignore a signal from now on
  int signal = 0;
};
struct Count {};  // count: adds one to a count that each process has of its own
struct Print {    // print TEXT: to the standard output, and flushes it
  std::string text;
};

// What happens when the script is read by a worker, or let go of, and not when it is run; in this process nothing does.
struct FailToDecode {};   // undecodable
struct ExitWhenDecoded {  // exit_when_decoded STATUS
  int status = 0;
};
struct KillWhenDecoded {  // kill_when_decoded SIGNAL
  int signal = 0;
};
struct HitWhenReleased {  // hit_when_released PLACE: hits a mark when the worker has let go of what it has read
  MarkPointer mark;
  std::shared_ptr<void> end = {};  // tells of it
};

// What is done under a condition.
struct For {  // for VALUE [ SCRIPT ]: where the first argument is this
  Value argument;
  Script steps;
};
struct Unless {  // unless VALUE [ SCRIPT ]: where the first argument is another
  Value argument;
  Script steps;
};
struct OnHit {  // on_hit PLACE COUNT [ SCRIPT ]: hits a mark, and goes on with the script if it was hit so often then
  MarkPointer mark;
  int count = 1;
  Script steps;
};

/// One step of a script.
struct Operation {
  using Step =
      std::variant<Return, ReturnArgument, ReturnArguments, ReturnSum, ReturnIncreased, CallInherited, ReturnProcess,
                   ReturnStart, ReturnCount, ReturnHits, ReturnObject, ReturnTrap, Throw, ThrowUnknown, ThrowNumber,
                   ThrowData, ThrowCode, ThrowFrom, Exit, Kill, Pass, Hit, Note, Count, Print, Ignore, FailToDecode,
                   ExitWhenDecoded, KillWhenDecoded, HitWhenReleased, For, Unless, OnHit>;

  template <typename T>
  requires(!std::same_as<T, Operation>)  // NOLINTNEXTLINE(google-explicit-constructor): a step is an operation
      Operation(T given)
      : step(std::move(given)) {}

  Step step;
};

class Task;

/// What can be the body of a task without being a task, a closure or a script already.
template <typename F>
concept TaskFunction = !std::same_as<F, Task> && !std::same_as<F, std::function<Value()>> && std::invocable<F&>;

/// A copyable handle to a body that the suite owns.
///
/// It is small, and its call operator is const, so that executors which store a std::function, or
/// want a const call operator, can take it. The suite keeps count of its calls by itself: it needs no help
/// of the subject to see that a task ran twice, or was dropped.
///
/// Thread safety: as const std::shared_ptr. A body is called at most once by a conforming executor.
class Task {
 public:
  using Closure = std::function<Value()>;

  Task() = default;  // to be decoded; it has no body
  Task(Script script);
  Task(Closure closure);
  template <TaskFunction F>
  Task(F function) : Task(closure_of(std::move(function))) {}

  /// Runs the body: what it returns or throws is the outcome of the task.
  Value operator()() const;

  /// How often the body was started, in all copies together.
  [[nodiscard]] int runs() const;

  /// The script, or null for a closure.
  [[nodiscard]] const Script* script() const;

  /// For a worker in another process: what it runs is counted in this one.
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Task decode(std::string_view text);

  template <typename Archive>
  void save(Archive& archive) const {
    archive(encode());
  }
  template <typename Archive>
  void load(Archive& archive) {
    std::string text;
    archive(text);
    *this = decode(text);
  }

 private:
  struct Record;

  explicit Task(std::shared_ptr<Record> record) : record_(std::move(record)) {}

  template <typename F>
  static Closure closure_of(F function) {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      return [function = std::move(function)]() mutable { return function(), Value(); };
    } else {
      return [function = std::move(function)]() mutable { return Value(function()); };
    }
  }

  std::shared_ptr<Record> record_;
};

/// What can be a function without being one, or a script.
template <typename F>
concept ArgumentsFunction = std::invocable < F&,
        const std::vector<Value>
& > ;

/// A function of one or more values, for map: a copyable handle to a script or a closure.
///
/// Thread safety: as const std::shared_ptr; it is called from several threads at the same time.
class Function {
 public:
  using Closure = std::function<Value(const std::vector<Value>&)>;

  Function() = default;  // to be decoded; it has no body
  Function(Script script);
  template <ArgumentsFunction F>
  requires(!std::same_as<F, Function>)  // NOLINTNEXTLINE(google-explicit-constructor): as std::function's
      Function(F function)
      : Function(Body(std::in_place_type<Closure>, std::move(function))) {}

  Value operator()(const std::vector<Value>& arguments) const;

  /// The script, or null for a closure.
  [[nodiscard]] const Script* script() const;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Function decode(std::string_view text);

  template <typename Archive>
  void save(Archive& archive) const {
    archive(encode());
  }
  template <typename Archive>
  void load(Archive& archive) {
    std::string text;
    archive(text);
    *this = decode(text);
  }

 private:
  using Body = std::variant<Script, Closure>;

  explicit Function(Body body);

  std::shared_ptr<const Body> body_;
};

/// What is run in each worker before its first task, or nothing.
class Initializer {
 public:
  Initializer() = default;
  Initializer(Script script) : function_(std::move(script)) {}
  template <std::invocable F>
  requires(!std::same_as<F, Initializer>)  // NOLINTNEXTLINE(google-explicit-constructor): as std::function's
      Initializer(F closure)
      : function_([closure = std::move(closure)](const std::vector<Value>&) mutable { return closure(), Value(); }) {}

  explicit operator bool() const { return function_.has_value(); }

  /// For executors of this process; empty where there is none.
  operator std::function<void()>() const {  // NOLINT(google-explicit-constructor): executors take it as it is
    if (!function_) return {};
    return [function = *function_] { function({}); };
  }

  /// For executors of other processes: to be called without arguments.
  [[nodiscard]] const std::optional<Function>& function() const { return function_; }

 private:
  std::optional<Function> function_;
};

/// An input of map: gives the next element, or nothing at its end. It may throw, and it may be endless.
using Source = std::function<std::optional<Value>()>;

}  // namespace touchstone
