// MachineReport: where it was measured, and how busy it was there before and after.

#pragma once

#include <bench/machine.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace touchstone::tool {

[[nodiscard]] std::string machine_text(const Machine& machine, double load_before, double load_after);
[[nodiscard]] nlohmann::json machine_json(const Machine& machine, double load_before, double load_after);

}  // namespace touchstone::tool
