// How values are written in messages, and what traps do.

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <ostream>
#include <stdexcept>
#include <touchstone/value.hpp>

namespace touchstone {

namespace {

std::atomic<int> traps_sprung = 0;

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
  return std::holds_alternative<Trap>(content_) ? "trap" : "nothing";
}

void Trap::spring() const {
  traps_sprung.fetch_add(1);
  if (does == Does::throws_error) throw std::runtime_error("a trap has sprung: " + std::to_string(number));
  if (does == Does::throws_number) throw number;
  kill(getpid(), number);
}

int Trap::sprung() { return traps_sprung.load(); }

void PrintTo(const Value& value, std::ostream* out) { *out << value.to_string(); }

}  // namespace touchstone
