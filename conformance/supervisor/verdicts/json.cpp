// JSON without a library: strings, and one flat object a line.

#include <cmath>
#include <cstdio>
#include <supervisor/verdicts/json.hpp>

namespace touchstone::supervisor {

namespace {

/// The length of the well-formed UTF-8 character at the beginning of a text, or 0.
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t index = 1; index < length; ++index) {
    if ((byte(index) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond the last code point.
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) >= 0xA0) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) >= 0x90) return 0;
  return length;
}

void append_ascii(std::string& result, char character) {
  switch (character) {
    case '"':
      result += "\\\"";
      return;
    case '\\':
      result += "\\\\";
      return;
    case '\n':
      result += "\\n";
      return;
    case '\t':
      result += "\\t";
      return;
    case '\r':
      result += "\\r";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(character) < 0x20 || character == 0x7F) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(character));
    result += escaped;
  } else {
    result += character;
  }
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) {
      result += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    if (length == 1) {
      append_ascii(result, text[0]);
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return result + '"';
}

JsonLine& JsonLine::add_raw(std::string_view name, std::string_view value) {
  if (!content_.empty()) content_ += ',';
  content_ += json_string(name);
  content_ += ':';
  content_ += value;
  return *this;
}

JsonLine& JsonLine::add(std::string_view name, std::string_view value) { return add_raw(name, json_string(value)); }

JsonLine& JsonLine::add(std::string_view name, bool value) { return add_raw(name, value ? "true" : "false"); }

JsonLine& JsonLine::add(std::string_view name, std::uint64_t value) { return add_raw(name, std::to_string(value)); }

JsonLine& JsonLine::add(std::string_view name, int value) { return add_raw(name, std::to_string(value)); }

JsonLine& JsonLine::add(std::string_view name, std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return add_raw(name, "null");
  char text[48];
  std::snprintf(text, sizeof text, "%.6g", *value);
  return add_raw(name, text);
}

JsonLine& JsonLine::add(std::string_view name, const std::vector<std::string>& values) {
  std::string list = "[";
  for (const std::string& value : values) {
    if (list.size() > 1) list += ',';
    list += json_string(value);
  }
  return add_raw(name, list + "]");
}

}  // namespace touchstone::supervisor
