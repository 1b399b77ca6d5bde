// Measurement: what a benchmark executable printed, in Google Benchmark's JSON.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace touchstone::tool {

/// Says what cannot be read in a benchmark's output, and what to do.
class BenchOutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a benchmark executable says about itself.
struct BenchBuild {
  std::string subject;  // "oneTBB task_arena::enqueue"
  std::string version;
  std::string compiler;
  std::string flags;
  bool optimized = false;
  bool gives_future = true;
  bool has_map = false;

  friend bool operator==(const BenchBuild&, const BenchBuild&) = default;
};

enum class Unit { nanoseconds, bytes };

/// What only some workloads have, by name, in the units of quantity_names.
using Quantities = std::map<std::string, double>;

/// p50 ... p99.9, longest: nanoseconds of single calls. detection: time with detection of deadlocks / without.
/// efficiency: of all workers, 1 is all of their time. switches: how often a thread went to sleep in a second. blocks:
/// of memory, a call.
inline constexpr std::array quantity_names = {"p50",       "p90",        "p99",      "p99.9", "longest",
                                              "detection", "efficiency", "switches", "blocks"};

/// One workload in one process.
struct Measurement {
  std::string workload;
  std::string error;  // why there are no figures, or empty
  Unit unit = Unit::nanoseconds;
  double figure = 0;                 // in that unit, a call
  double processor_nanoseconds = 0;  // a call, of all threads together
  double on_caller = 0;              // share of the calls that were run by the thread that waits for them
  std::int64_t calls = 1;            // pending at the same time
  Quantities quantities;
};

struct BenchOutput {
  BenchBuild build;
  std::vector<Measurement> measurements;
};

/// Reads the output of `--benchmark_format=json`; throws BenchOutputError.
[[nodiscard]] BenchOutput read_bench_output(const std::string& text);

/// The name of a workload without what Google Benchmark appends: "a/b/process_time/real_time" is "a/b".
[[nodiscard]] std::string workload_of(const std::string& benchmark_name);

}  // namespace touchstone::tool
