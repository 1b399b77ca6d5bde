// Plan: in which order benchmark executables are run.
//
// All subjects of a workload run directly one after the other, in a random order; the next round runs them in
// the reverse of it (ABBA), so that a load that grows or falls steadily is nobody's advantage. Each step
// is a process of its own.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace touchstone::tool {

struct BenchStep {
  int round = 0;
  std::string workload;
  std::string subject;

  friend bool operator==(const BenchStep&, const BenchStep&) = default;
};

/// A workload, and the subjects that have it.
struct BenchWorkload {
  std::string name;
  std::vector<std::string> subjects;
};

[[nodiscard]] std::vector<BenchStep> make_plan(const std::vector<BenchWorkload>& workloads, int rounds,
                                               std::uint64_t seed);

}  // namespace touchstone::tool
