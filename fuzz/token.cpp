#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <token.hpp>

namespace touchstone::fuzz {

std::string to_string(const Token& token) {
  char seed[17];
  std::snprintf(seed, sizeof seed, "%016llx", static_cast<unsigned long long>(token.seed));
  return token.scenario + "/" + token.strategy + "/" + seed;
}

Token parse_token(std::string_view text) {
  const std::size_t first = text.find('/');
  const std::size_t second = first == std::string_view::npos ? first : text.find('/', first + 1);
  if (second == std::string_view::npos) {
    throw std::invalid_argument("'" + std::string(text) + "' is no replay token; they are SCENARIO/STRATEGY/SEED");
  }
  Token token{std::string(text.substr(0, first)), std::string(text.substr(first + 1, second - first - 1)), 0};
  const std::string_view seed = text.substr(second + 1);
  const auto [end, error] = std::from_chars(seed.data(), seed.data() + seed.size(), token.seed, 16);
  if (error != std::errc() || end != seed.data() + seed.size()) {
    throw std::invalid_argument("replay token '" + std::string(text) + "': the seed '" + std::string(seed) +
                                "' is no hexadecimal number");
  }
  return token;
}

}  // namespace touchstone::fuzz
