// JsonLine: writes one flat JSON object on one line.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::supervisor {

/// A JSON string with its quotes. What is not UTF-8 becomes U+FFFD, so that the line can always be read.
[[nodiscard]] std::string json_string(std::string_view text);

class JsonLine {
 public:
  JsonLine& add(std::string_view name, std::string_view value);
  JsonLine& add(std::string_view name, const char* value) { return add(name, std::string_view(value)); }
  JsonLine& add(std::string_view name, bool value);
  JsonLine& add(std::string_view name, std::uint64_t value);
  JsonLine& add(std::string_view name, int value);
  JsonLine& add(std::string_view name, std::optional<double> value);  // null where there is none
  JsonLine& add(std::string_view name, const std::vector<std::string>& values);

  /// The object, without a line break.
  [[nodiscard]] std::string text() const { return "{" + content_ + "}"; }

 private:
  JsonLine& add_raw(std::string_view name, std::string_view value);

  std::string content_;
};

}  // namespace touchstone::supervisor
