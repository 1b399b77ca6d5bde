// W8. Calls of which some take long and others do not: whether all workers are busy until the end. The figure is the
// time of a call; `efficiency` is what one thread needs for all of them, divided by what the workers together had.

#pragma once

#include <cstdint>
#include <random>
#include <touchstone/bench/workloads/many_calls.hpp>
#include <vector>

namespace touchstone::bench {

/// Computes so many steps, which take a nanosecond or two each.
inline Value compute(const void* place) {
  count_caller();
  std::uint64_t number = 1;
  for (std::int64_t step = number_at(place); step > 0; --step)
    number = number * 6364136223846793005U + 1442695040888963407U;
  return static_cast<std::int64_t>(number & 1U);
}

template <typename A>
class Uneven final : public Workload {
 public:
  Uneven(int workers, std::size_t calls) : workers_(workers), calls_(workers, &compute, steps(calls)) {}

  [[nodiscard]] std::int64_t units() const override { return static_cast<std::int64_t>(calls_.arguments().size()); }

  std::chrono::nanoseconds run() override {
    std::int64_t expected = 0;
    one_thread_ += time_of([&] {
      for (const std::int64_t& argument : calls_.arguments()) expected += compute(&argument).number();
    });
    run_on_caller -= units();
    std::chrono::nanoseconds time{0};
    demand(calls_.run(time) == expected);
    all_workers_ += time;
    return time;
  }

  void report(Counters& counters) const override {
    counters["efficiency"] =
        static_cast<double>(one_thread_.count()) / static_cast<double>(workers_ * all_workers_.count());
  }

 private:
  // The same for all executors: up to two hundred microseconds a call.
  static std::vector<std::int64_t> steps(std::size_t calls) {
    std::minstd_rand random(1);
    std::vector<std::int64_t> steps(calls);
    for (std::int64_t& each : steps) each = static_cast<std::int64_t>(random() % 100'000);
    return steps;
  }

  int workers_;
  Calls<A, std::int64_t> calls_;
  std::chrono::nanoseconds one_thread_{0}, all_workers_{0};
};

}  // namespace touchstone::bench
