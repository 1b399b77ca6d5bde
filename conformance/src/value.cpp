// How values are written in messages.

#include <ostream>
#include <touchstone/value.hpp>

namespace touchstone {

namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') result += '\\';
    if (character == '\n') {
      result += "\\n";
    } else {
      result += character;
    }
  }
  return result + '"';
}

}  // namespace

std::string Value::to_string() const {
  if (const auto* number = std::get_if<std::int64_t>(&content_)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&content_)) return quoted(*text);
  if (std::holds_alternative<Object>(content_)) return "object";
  return "nothing";
}

void PrintTo(const Value& value, std::ostream* out) { *out << value.to_string(); }

}  // namespace touchstone
