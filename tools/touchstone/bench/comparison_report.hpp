// ComparisonReport: what `touchstone bench compare` found, as a table and as JSON.

#pragma once

#include <bench/arms.hpp>
#include <bench/machine.hpp>
#include <bench/time_comparison.hpp>
#include <command_line/terminal.hpp>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

struct ComparedWorkload {
  std::string name;
  std::vector<PairedRun> processes;
  TimeComparison comparison;
  std::string error;  // why there is no comparison, or empty
};

struct ComparisonReport {
  ComparedArm a, b;
  std::vector<ComparedWorkload> workloads;
  std::string placement;
  double counts = 0.05;
  int rounds = 0;
  std::uint64_t seed = 0;
  bool complete = true;
  Machine machine;
  double load_before = -1, load_after = -1;
  std::string start, end;
};

[[nodiscard]] std::string comparison_table(const ComparisonReport& report, const Terminal& terminal);
[[nodiscard]] nlohmann::json comparison_json(const ComparisonReport& report);

}  // namespace touchstone::tool
