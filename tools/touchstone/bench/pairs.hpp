// Pairs: what measure_pairs prints.

#pragma once

#include <string>
#include <vector>

namespace touchstone::tool {

/// What a module says of itself.
struct BenchModule {
  std::string name;     // "oneTBB task_arena::enqueue"
  std::string version;  // may be empty
  std::string compiler;
  std::string flags;
  bool optimized = false;
  std::vector<std::string> workloads;
};

/// The times of A, of B, and of A once more, one after the other in some order; nanoseconds a unit.
struct PairedRound {
  double a = 0, b = 0, again = 0;
};

/// One process.
struct PairedRun {
  std::vector<PairedRound> rounds;
  double processor = 0, wall = 0;  // seconds
  double displaced = 0;            // how often the kernel took a core away from one of its threads
};

/// Both throw BenchOutputError (measurement.hpp) where they find something else.
[[nodiscard]] BenchModule read_module(const std::vector<std::string>& lines);
[[nodiscard]] PairedRun read_pairs(const std::vector<std::string>& lines);

}  // namespace touchstone::tool
