// Explorer: runs a scenario under many schedules, until one fails.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <scenario.hpp>
#include <scheduler.hpp>
#include <string>
#include <token.hpp>
#include <vector>

namespace touchstone::fuzz {

/// A schedule that failed.
struct Finding {
  Token token;
  std::string failure;
  std::string table;  // of the interleaving
};

struct Exploration {
  std::uint64_t schedules = 0;
  std::uint64_t decisions = 0;  // how often more than one thread could go on
  std::uint64_t operations = 0;
  double seconds = 0;
  std::optional<Finding> finding;
};

/// Which schedule is running: for whoever must tell after a crash. Lies in memory that outlives the crash.
struct Progress {
  std::uint64_t seed = 0;
  char strategy[64] = {};
};

struct ExplorationOptions {
  std::string strategy = "mixed";  // random, pct, pos, mixed, or a name as make_strategy() takes it
  std::uint64_t schedules = 10000;
  std::uint64_t seed = 1;  // of the first schedule; each has the next one
  Limits limits = {};
  Progress* progress = nullptr;
};

/// Ends at the first schedule that fails. One schedule in a hundred is run twice, and fails if it was not the same
/// both times: then something decides that the scheduler does not control.
///
/// After a failure, what the scenario's threads held is lost. What is not under the scheduler's control, such as plain
/// variables of static storage, may be left inconsistent: so explore another scenario in another process.
[[nodiscard]] Exploration explore(const Scenario& scenario, const ExplorationOptions& options);

/// Runs one schedule again; returns its table and, if it fails, how. Throws std::invalid_argument for an unknown
/// strategy.
struct Replay {
  std::optional<std::string> failure;
  std::string table;
};
[[nodiscard]] Replay replay(const Scenario& scenario, const Token& token, Limits limits = {});

}  // namespace touchstone::fuzz
