// HistoryReport: what became of the figures, as text and as JSON.

#pragma once

#include <bench/history.hpp>
#include <command_line/terminal.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

[[nodiscard]] std::string history_text(const History& history, const std::vector<Series>& series,
                                       const Terminal& terminal);
[[nodiscard]] nlohmann::json history_json(const History& history, const std::vector<Series>& series);

}  // namespace touchstone::tool
