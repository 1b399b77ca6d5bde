// Task: what the suite gives to an executor to run.
//
// A task is either a script, a list of closed operations that any subject in any language can
// interpret, or a closure, which only a subject in this process can run. Tests use scripts wherever
// a script can say it.

#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <touchstone/gate.hpp>
#include <touchstone/value.hpp>
#include <variant>
#include <vector>

namespace touchstone {

/// What a task of the suite throws. Subjects need not know it: any exception must come through.
class TaskError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One step of a script.
struct Pass {  // wait at a gate
  GatePointer gate;
};
struct Hit {  // hit a mark
  MarkPointer mark;
};
struct Return {  // end the task with a value
  Value value;
};
struct Throw {  // end the task with a TaskError
  std::string text;
};
using Operation = std::variant<Pass, Hit, Return, Throw>;

/// Runs its operations in order; returns an empty value where no operation ended it.
using Script = std::vector<Operation>;

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

 private:
  struct Record;

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

/// A function of one or more values, for map.
using Function = std::function<Value(const std::vector<Value>&)>;

/// An input of map: gives the next element, or nothing at its end. It may throw, and it may be endless.
using Source = std::function<std::optional<Value>()>;

}  // namespace touchstone
