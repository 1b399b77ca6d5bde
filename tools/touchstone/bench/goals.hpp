// Goals: what pools of processes are to achieve, and whether they did in a run.
//
// A goal is a ratio, to CPython's pool in the same round, wherever there is one: that holds on other machines, too. The
// figure beside it is for orientation then. Where there is none, the figure is the goal, and is one of the machine that
// it was set for.

#pragma once

#include <bench/figures.hpp>
#include <optional>
#include <string>
#include <vector>

namespace touchstone::tool {

struct Goal {
  enum class Kind { time, longest_time, rate, memory };
  struct Place {
    std::string subject;
    std::string workload;
  };

  std::string quantity;  // "c10"
  std::string what;      // "map, chunksize 10"
  Kind kind = Kind::time;
  Place own;
  Place other;                    // what it is compared with
  std::optional<double> ratio;    // of the figure there to the own one, at least
  std::optional<double> figure;   // nanoseconds or bytes, at most
  std::optional<double> stretch;  // the same, what one would like to have
};

[[nodiscard]] const std::vector<Goal>& process_pool_goals();

/// A goal, and what was measured.
struct GoalResult {
  Goal goal;
  std::optional<Spread> figure;
  std::optional<Spread> ratio;
  std::optional<bool> is_met;  // by the median; nothing where one of both was not measured
  std::size_t rounds_met = 0;
  std::size_t rounds = 0;  // that say something
};

/// Of the goals of which the own figure was measured.
[[nodiscard]] std::vector<GoalResult> hold_against(const std::vector<Goal>& goals, const std::vector<Sample>& samples);

}  // namespace touchstone::tool
