// Token: one line that names one schedule: SCENARIO/STRATEGY/SEED, such as cancelled_shutdown/random/00000000000004d2.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace touchstone::fuzz {

struct Token {
  std::string scenario;
  std::string strategy;  // for make_strategy()
  std::uint64_t seed = 0;

  friend bool operator==(const Token&, const Token&) = default;
};

[[nodiscard]] std::string to_string(const Token& token);

/// Throws std::invalid_argument for what is no token.
[[nodiscard]] Token parse_token(std::string_view text);

}  // namespace touchstone::fuzz
