#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <command_line/terminal.hpp>
#include <cstdlib>

namespace touchstone::tool {

namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value && *value != '\0' && std::string_view(value) != "0";
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (!value || *value == '\0') continue;
    std::string locale = value;
    std::transform(locale.begin(), locale.end(), locale.begin(), [](unsigned char c) { return std::toupper(c); });
    return locale.find("UTF-8") != std::string::npos || locale.find("UTF8") != std::string::npos;
  }
  return false;
}

fmt::text_style style_of(Verdict verdict) {
  using fmt::terminal_color;
  switch (verdict) {
    case Verdict::pass:
      return fmt::fg(terminal_color::green);
    case Verdict::fail:
    case Verdict::crashed:
    case Verdict::hung:
    case Verdict::unexpected_pass:
      return fmt::fg(terminal_color::red);
    case Verdict::harness_error:
      return fmt::fg(terminal_color::magenta);
    case Verdict::deviation:
    case Verdict::inconclusive:
    case Verdict::disputed:
      return fmt::fg(terminal_color::yellow);
    default:
      return fmt::emphasis::faint;
  }
}

/// Keeps the indentation of the line, also where it is broken.
void wrap_line(std::string_view text, std::size_t width, std::vector<std::string>& lines) {
  const std::size_t first = std::min(text.find_first_not_of(' '), text.size());
  const std::string indent(std::min(first, width / 2), ' ');
  std::string line;
  for (std::size_t at = first; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (!line.empty() && columns(line) + 1 + columns(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!word.empty()) line += line.empty() ? indent + std::string(word) : " " + std::string(word);
    at = end + 1;
  }
  lines.push_back(std::move(line));
}

}  // namespace

Terminal Terminal::of(std::FILE* stream, ColorChoice choice) {
  Terminal terminal;
  const int descriptor = fileno(stream);
  const char* kind = std::getenv("TERM");
  terminal.live = isatty(descriptor) == 1 && !(kind && std::string_view(kind) == "dumb");
  terminal.color = terminal.live || is_set("CLICOLOR_FORCE");
  // NO_COLOR counts whatever its value is, as long as it is not empty.
  if (const char* none = std::getenv("NO_COLOR"); none && *none != '\0') terminal.color = false;
  if (choice != ColorChoice::automatic) terminal.color = choice == ColorChoice::always;
  terminal.unicode = locale_is_utf8();
  winsize size{};
  if (const char* given = std::getenv("COLUMNS"); given && std::atoi(given) > 0) {
    terminal.width = std::atoi(given);
  } else if (terminal.live && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = size.ws_col;
  }
  terminal.width = std::clamp(terminal.width, 60, 120);
  return terminal;
}

std::string Terminal::paint(std::string_view text, fmt::text_style style) const {
  return color ? fmt::format(style, "{}", text) : std::string(text);
}

std::string Terminal::paint(std::string_view text, Verdict verdict) const { return paint(text, style_of(verdict)); }

std::string Terminal::glyph(Verdict verdict) const {
  const VerdictLook& look = look_of(verdict);
  return unicode ? std::string(look.glyph) : std::string(1, look.letter);
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string fit(std::string_view text, std::size_t width) {
  std::string fitted(text);
  if (columns(fitted) <= width) return fitted + std::string(width - columns(fitted), ' ');
  while (columns(fitted) + 2 > width && !fitted.empty()) {
    while (!fitted.empty() && (static_cast<unsigned char>(fitted.back()) & 0xC0) == 0x80) fitted.pop_back();
    if (!fitted.empty()) fitted.pop_back();
  }
  return fitted + std::string(width - columns(fitted), '.');
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    wrap_line(text.substr(begin, end - begin), width, lines);
    begin = end + 1;
  }
  // A newline at the end of a text is no further line.
  while (lines.size() > 1 && lines.back().empty()) lines.pop_back();
  return lines;
}

std::string wrap_indented(std::string_view text, std::size_t width, std::size_t indent) {
  std::string joined;
  for (const std::string& line : wrap(text, width - std::min(indent, width / 2))) {
    if (!joined.empty()) joined += "\n" + std::string(indent, ' ');
    joined += line;
  }
  return joined;
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace touchstone::tool
