// Terminal: what the place that we print to can show.

#pragma once

#include <fmt/color.h>

#include <cstdio>
#include <results/verdict.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::tool {

enum class ColorChoice { automatic, always, never };

struct Terminal {
  bool live = false;  // a terminal, on which a line can be written again
  bool color = false;
  bool unicode = false;
  int width = 80;  // in columns

  /// Looks at the stream and at NO_COLOR, CLICOLOR_FORCE, COLUMNS and the locale.
  [[nodiscard]] static Terminal of(std::FILE* stream, ColorChoice choice = ColorChoice::automatic);

  [[nodiscard]] std::string paint(std::string_view text, fmt::text_style style) const;
  [[nodiscard]] std::string bold(std::string_view text) const { return paint(text, fmt::emphasis::bold); }
  [[nodiscard]] std::string faint(std::string_view text) const { return paint(text, fmt::emphasis::faint); }
  [[nodiscard]] std::string paint(std::string_view text, Verdict verdict) const;
  [[nodiscard]] std::string glyph(Verdict verdict) const;
};

/// Breaks a text into lines of at most `width` columns, at spaces where there are any.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// The text with every line after the first indented.
[[nodiscard]] std::string wrap_indented(std::string_view text, std::size_t width, std::size_t indent);

/// How many columns a UTF-8 text takes, all its characters being narrow.
[[nodiscard]] std::size_t columns(std::string_view text);

/// The text with blanks up to `width` columns, or cut with an ellipsis.
[[nodiscard]] std::string fit(std::string_view text, std::size_t width);

/// "1 test", "2 tests".
[[nodiscard]] std::string counted(std::size_t count, std::string_view noun);

}  // namespace touchstone::tool
