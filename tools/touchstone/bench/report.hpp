// Report: the figures of `touchstone bench run`, as a table and as JSON.

#pragma once

#include <bench/figures.hpp>
#include <bench/goals.hpp>
#include <bench/machine.hpp>
#include <command_line/terminal.hpp>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

struct BenchReport {
  Machine machine;
  double load_before = -1, load_after = -1;
  std::string start, end;
  std::uint64_t seed = 0;
  int rounds = 0;
  bool quick = false;
  bool complete = true;
  std::vector<std::string> workloads;
  std::vector<std::string> subjects;
  std::map<std::string, BenchBuild> builds;  // by subject
  std::vector<Sample> samples;
  std::vector<BenchRow> rows;
  std::vector<GoalResult> goals;
};

[[nodiscard]] std::string bench_table(const BenchReport& report, const Terminal& terminal);
[[nodiscard]] nlohmann::json bench_json(const BenchReport& report);

}  // namespace touchstone::tool
