// Session: the benchmarks that were asked for, run in turn.

#pragma once

#include <CLI/CLI.hpp>
#include <bench/report.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace touchstone::tool {

/// What `touchstone bench run` and `record` are asked for.
struct BenchSettings {
  std::vector<std::string> subjects;  // names or paths; none: all
  std::string filter;
  bool quick = false;
  std::optional<int> rounds;
  std::optional<std::uint64_t> seed;
};

void add_bench_options(CLI::App& command, BenchSettings& settings);

struct BenchResult {
  BenchReport report;
  std::vector<std::string> problems;  // of the harness
  int exit_code = 0;
};

/// Shows progress on stderr. Ends the command with a usage error where nothing is selected.
[[nodiscard]] BenchResult run_benchmarks(const BenchSettings& settings);

}  // namespace touchstone::tool
