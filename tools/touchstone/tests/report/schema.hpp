// As much of JSON Schema as spec/report.schema.json uses.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// Where and how a value is not as the schema says; empty if it is.
[[nodiscard]] std::vector<std::string> violations(const nlohmann::json& value, const nlohmann::json& schema,
                                                  const std::string& place = "$");

}  // namespace touchstone::tool
