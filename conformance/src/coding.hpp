// Coding: values and scripts as text, and back, as touchstone/task.hpp describes it.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <touchstone/task.hpp>
#include <touchstone/value.hpp>

namespace touchstone {

/// Writes words with a space between them.
class Writer {
 public:
  void word(std::string_view text);
  void number(std::int64_t number) { word(std::to_string(number)); }
  void place(Place place) { word(std::to_string(place)); }
  void text(std::string_view text);
  void value(const Value& value);
  void script(const Script& script);

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// Reads what a Writer wrote. Throws std::runtime_error, which names the place, where it is something else.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  /// To be called where there should be nothing more.
  void end() const;
  [[nodiscard]] std::string_view word();
  [[nodiscard]] std::int64_t number();
  [[nodiscard]] Place place() { return static_cast<Place>(number()); }
  [[nodiscard]] std::string text();
  [[nodiscard]] Value value();
  /// As far as the text goes, or to the bracket that closes it.
  [[nodiscard]] Script script();

 private:
  [[noreturn]] void fail(const char* wanted) const;
  [[nodiscard]] Trap::Does what_a_trap_does(std::string_view word) const;
  [[nodiscard]] Trap trap();
  [[nodiscard]] Script script_in_brackets();
  [[nodiscard]] Operation operation(std::string_view word);
  void skip_space();

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace touchstone
