// Acts: the times of things that are done one at a time, such as a round trip or the start of a pool.

#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace touchstone::bench {

/// The median of the acts is the figure: one that the system interrupts for milliseconds is one act among many, and not
/// half of the sum. The longest is reported beside it.
class Acts {
 public:
  template <typename Act>
  void time(Act act) {
    const auto begin = std::chrono::steady_clock::now();
    act();
    nanoseconds_.push_back(std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count());
  }

  void report(benchmark::State& state) {
    if (nanoseconds_.empty()) return;
    std::sort(nanoseconds_.begin(), nanoseconds_.end());
    state.counters["median"] = nanoseconds_[nanoseconds_.size() / 2];
    state.counters["longest"] = nanoseconds_.back();
  }

 private:
  std::vector<double> nanoseconds_;
};

}  // namespace touchstone::bench
