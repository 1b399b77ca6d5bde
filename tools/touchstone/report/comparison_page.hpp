// Two runs side by side, as a page: what changed first, then the rest, counted.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <report/comparison.hpp>
#include <string>

namespace touchstone::tool {

/// One file that needs nothing else, without a script. `before` and `after` are what `comparison` is of.
[[nodiscard]] std::string comparison_page(const nlohmann::json& before, const nlohmann::json& after,
                                          const Comparison& comparison);

}  // namespace touchstone::tool
