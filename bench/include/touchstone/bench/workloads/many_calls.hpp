// W2. One thread submits many calls, then waits for all. This is the throughput, with a queue that grows long, of
// programs that hand out a list of things to do; and what of it the thread that submits has to spend.

#pragma once

#include <cstdint>
#include <touchstone/bench/tasks.hpp>
#include <touchstone/bench/workload.hpp>
#include <utility>
#include <vector>

namespace touchstone::bench {

/// What is measured: all of it, letting the futures go included, or the calls of submit.
enum class Part { all, submit };

/// Submits a call for each argument, then waits for all.
template <typename A, typename Argument>
class Calls {
 public:
  Calls(int workers, Task::Body body, std::vector<Argument> arguments)
      : body_(body), arguments_(std::move(arguments)), client_(workers, arguments_.size()) {
    handles_.reserve(arguments_.size());
    warm_up(client_);
  }

  [[nodiscard]] const std::vector<Argument>& arguments() const { return arguments_; }

  /// Returns the sum of the results.
  std::int64_t run(std::chrono::nanoseconds& time, Part part = Part::all) {
    const Stopwatch stopwatch;
    for (const Argument& argument : arguments_) handles_.push_back(client_.submit(Task(body_, &argument)));
    time = stopwatch.time();
    std::int64_t sum = 0;
    for (auto& handle : handles_) sum += client_.result(handle);
    handles_.clear();
    if (part == Part::all) time = stopwatch.time();
    return sum;
  }

 private:
  Task::Body body_;
  std::vector<Argument> arguments_;
  Client<A> client_;
  std::vector<typename Client<A>::Handle> handles_;
};

template <typename A>
class ManyCalls final : public Workload {
 public:
  ManyCalls(int workers, const Sizes& sizes, Part part)
      : part_(part), calls_(workers, &echo, numbers(sizes.calls)), expected_(sum_of(calls_.arguments())) {}

  [[nodiscard]] std::int64_t units() const override { return static_cast<std::int64_t>(calls_.arguments().size()); }

  std::chrono::nanoseconds run() override {
    std::chrono::nanoseconds time{0};
    demand(calls_.run(time, part_) == expected_);
    return time;
  }

 private:
  Part part_;
  Calls<A, std::int64_t> calls_;
  std::int64_t expected_;
};

}  // namespace touchstone::bench
