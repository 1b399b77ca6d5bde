// Workload: what an executor is asked to do while its time is taken.
//
// Each kind has a file in workloads/, a template over the adapter. What measures (Google Benchmark in main.cpp) makes
// one, calls run() as often as it wants, and divides the time by units().

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace touchstone::bench {

/// What is reported beside the time, by name.
using Counters = std::map<std::string, double>;

/// Each workload makes its executor, and lets it run some calls, in its constructor.
class Workload {
 public:
  Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  virtual ~Workload() = default;

  /// Does it once. Returns the time of what is measured, which may be a part of it. Throws where a result was wrong:
  /// that is no figure.
  virtual std::chrono::nanoseconds run() = 0;

  /// What is done each time: calls, elements, futures, whatever the figure is the time of.
  [[nodiscard]] virtual std::int64_t units() const { return 1; }

  /// How many calls the executor runs each time.
  [[nodiscard]] virtual std::int64_t calls() const { return units(); }

  /// Of all that was done until now.
  virtual void report(Counters& /*counters*/) const {}
};

/// How large the workloads are.
struct Sizes {
  std::int64_t round_trips = 100;    // whose times are summed up
  std::size_t calls = 100'000;       // that are pending at the same time
  std::size_t elements = 1'000'000;  // of a map
  std::size_t uneven = 1'000;        // calls of which some take long
  int levels = 800;                  // of calls that wait for calls
  std::int64_t pauses = 500;         // before calls that are to find the pool asleep
  std::int64_t lives = 2'000;        // of pools of which only the end is timed
  std::chrono::milliseconds idle{2'000};
};
inline constexpr Sizes quick_sizes{.calls = 1'000,
                                   .elements = 1'000,
                                   .uneven = 50,
                                   .levels = 80,
                                   .pauses = 5,
                                   .lives = 20,
                                   .idle = std::chrono::milliseconds(20)};

/// For two builds that run by turns: short, so that what else the machine does hits both.
inline constexpr Sizes paired_sizes{.round_trips = 10, .calls = 4'000, .elements = 10'000, .uneven = 20};

/// A workload that an executor can be asked for.
struct Entry {
  using Make = std::function<std::unique_ptr<Workload>()>;

  std::string name;
  Make make;
  std::int64_t pending = 1;  // how many calls are pending at the same time, as reports tell
  std::int64_t runs = 0;     // how often to run it; 0: as long as was asked for
  bool in_pairs = true;      // whether two builds can run it by turns, a millisecond each
};

inline void demand(bool right) {
  if (!right) throw std::runtime_error("a task was lost, run twice, or gave a wrong result");
}

class Stopwatch {
 public:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::chrono::nanoseconds time() const { return Clock::now() - begin_; }

 private:
  Clock::time_point begin_ = Clock::now();
};

template <typename F>
std::chrono::nanoseconds time_of(F f) {
  const Stopwatch stopwatch;
  f();
  return stopwatch.time();
}

}  // namespace touchstone::bench
