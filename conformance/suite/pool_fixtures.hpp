// What the tests of executors share beyond fixtures.hpp: pools with every worker held, inputs and
// functions for map, objects and threads that tell when they end, and whole programs that end.

#pragma once

#include <atomic>
#include <fixtures.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace touchstone {

// ---------------------------------------------------------------------------------------- Pools

/// A pool with each of its workers at one gate: what is submitted next stays pending until the gate
/// opens. Needs `workers.limit` and `workers.threads`.
struct HeldWorkers {
  HeldWorkers(World& world, int count);

  Executor& executor;
  const GatePointer gate;
  std::vector<FuturePointer> running;
};

/// Submits the task so many times. Copies of a task share their count of runs.
[[nodiscard]] std::vector<FuturePointer> submit_all(Executor& executor, const Task& task, int count);

/// Calls shutdown, without waiting for it, in a thread of the test's own.
[[nodiscard]] Background<bool> shut_down_in_background(World& world, Executor& executor, ShutdownOptions options = {});

// ------------------------------------------------------------------------------------------ map

/// An input of map: the numbers from 0 on, `count` of them or without end. It counts what is taken.
class Numbers {
 public:
  Numbers() = default;
  explicit Numbers(std::int64_t count) : count_(count) {}

  [[nodiscard]] Source source() const;
  [[nodiscard]] std::int64_t taken() const { return taken_->load(); }

 private:
  std::optional<std::int64_t> count_;
  std::shared_ptr<std::atomic<std::int64_t>> taken_ = std::make_shared<std::atomic<std::int64_t>>(0);
};

/// An input of map that gives these values.
[[nodiscard]] Source values(std::vector<Value> values);

/// What map of the identity gives over so many numbers.
[[nodiscard]] std::vector<Value> numbers_below(std::int64_t count);

/// Functions for map, of one input: the input itself, the input after a mark was hit, and after a gate was passed.
inline const Function identity = Script{ReturnArgument{}};
[[nodiscard]] Function counted(MarkPointer calls);
[[nodiscard]] Function gated(GatePointer gate);

/// The sum of all inputs.
inline const Function sum = Script{ReturnSum{}};

/// Advances the iterator to its end, or to the first answer that is no value.
[[nodiscard]] std::vector<Answer> results_of(MapIterator& results);
[[nodiscard]] std::vector<Value> values_of(const std::vector<Answer>& answers);

// ---------------------------------------------------------------------------------------- Ends

/// An object that hits the mark when it is destroyed.
[[nodiscard]] std::shared_ptr<void> tells_its_end(MarkPointer mark);

/// Makes the calling thread do something when it ends. Whoever has joined it knows that it was done.
void when_this_thread_ends(std::function<void()> action);
void tell_when_this_thread_ends(const MarkPointer& mark);  // hits the mark

/// What the system tells of a thread of this process, which may be a worker.
enum class ThreadState { awake, asleep, gone };
[[nodiscard]] ThreadState state_of(std::int64_t thread);

/// How a program ended, and what it wrote.
struct Ending {
  bool exited;  // by itself, not by a signal
  int status;   // its exit status, or the signal
  std::string output;
};

/// Writes for a program that runs in a child process; safe in tasks and exit handlers.
class Pen {
 public:
  explicit Pen(int descriptor) : descriptor_(descriptor) {}
  void write(const std::string& text) const;

  /// For a program that is outlived by children, who have the pen as well: nobody waits for them then.
  void close() const;

 private:
  int descriptor_;
};

/// Runs the function in a child process, which then ends as if main had returned, and waits for its end.
[[nodiscard]] Ending run_program(const std::function<void(Pen)>& program);

}  // namespace touchstone
