#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <command_line/validators.hpp>
#include <limits>
#include <regex>
#include <string>

namespace touchstone::tool {

namespace {

template <typename Number>
bool parse(const std::string& text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end;
}

}  // namespace

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  const auto check = [least, most](const std::string& text) -> std::string {
    std::uint64_t number = 0;
    if (parse(text, number) && number >= least && number <= most) return {};
    return fmt::format("{} is no whole number from {} to {}", text, least, most);
  };
  return CLI::Validator(check, "");
}

CLI::Validator number_of_times() { return whole_number(1, std::numeric_limits<int>::max()); }

CLI::Validator regular_expression() {
  const auto check = [](const std::string& text) -> std::string {
    try {
      static_cast<void>(std::regex(text));
      return {};
    } catch (const std::regex_error& error) {
      return fmt::format("'{}' is no regular expression: {}", text, error.what());
    }
  };
  return CLI::Validator(check, "");
}

CLI::Validator positive_number() {
  const auto check = [](const std::string& text) -> std::string {
    double number = 0;
    if (parse(text, number) && std::isfinite(number) && number > 0) return {};
    return fmt::format("{} is no positive number", text);
  };
  return CLI::Validator(check, "");
}

}  // namespace touchstone::tool
