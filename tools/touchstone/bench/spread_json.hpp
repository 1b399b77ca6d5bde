// Spreads as JSON.

#pragma once

#include <bench/figures.hpp>
#include <nlohmann/json.hpp>
#include <optional>

namespace touchstone::tool {

[[nodiscard]] inline nlohmann::json spread_json(const std::optional<Spread>& spread) {
  if (!spread) return nullptr;
  return {{"median", spread->median}, {"least", spread->least}, {"most", spread->most}, {"processes", spread->count}};
}

}  // namespace touchstone::tool
