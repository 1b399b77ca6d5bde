// The goals of pools of processes, with what was measured, as a table and as JSON.

#pragma once

#include <bench/goals.hpp>
#include <command_line/terminal.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// Nothing where there are none.
[[nodiscard]] std::string goals_table(const std::vector<GoalResult>& results, const Terminal& terminal);
[[nodiscard]] nlohmann::json goals_json(const std::vector<GoalResult>& results);

}  // namespace touchstone::tool
