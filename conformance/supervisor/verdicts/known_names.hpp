// The names of capabilities and profiles that exist: a misspelt one would switch tests off unseen.

#pragma once

#include <string_view>
#include <vector>

namespace touchstone::supervisor {

[[nodiscard]] const std::vector<std::string_view>& known_capabilities();
[[nodiscard]] const std::vector<std::string_view>& known_profiles();

[[nodiscard]] bool is_known_capability(std::string_view name);
[[nodiscard]] bool is_known_profile(std::string_view name);

}  // namespace touchstone::supervisor
