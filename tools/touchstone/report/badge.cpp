#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <report/badge.hpp>
#include <report/markup.hpp>

namespace touchstone::tool {

namespace {

constexpr std::size_t longest_statement = 90;

std::string statement_of(const Report& report, const Assessment& assessment) {
  const std::string sentence = conformance_sentence(report, assessment);
  return columns(sentence) > longest_statement ? fit(sentence, longest_statement) : sentence;
}

/// In Verdana, about. Which fonts are there, nobody knows: the text is spaced to this width, whatever it would take.
std::size_t width_of(std::string_view text) {
  std::size_t tenths = 0;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;  // a character of several bytes
    const bool narrow = std::string_view(" ,.:;'()[]fijlrt").find(c) != std::string_view::npos;
    const bool wide = std::string_view("mwMW%").find(c) != std::string_view::npos;
    tenths += continues ? 0 : narrow ? 38 : wide ? 100 : 67;
  }
  return tenths / 10;
}

std::string text_at(std::size_t left, std::string_view text) {
  return fmt::format("<text x=\"{}\" y=\"14\" textLength=\"{}\">{}</text>", left, width_of(text), escape_markup(text));
}

/// Dark enough for white text, each at least 4.5 to it.
std::string_view color_of(const Assessment& assessment) {
  if (assessment.figures.conformant) return "#2a6547";
  const bool breaks = assessment.figures.claimed_musts_broken + assessment.figures.claimed_musts_deviating > 0;
  return breaks || !assessment.subject->problem.empty() ? "#98231b" : "#2c5270";
}

}  // namespace

std::string badge_file(const SubjectResult& subject) {
  std::string name = subject.name;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_' && c != '.') c = '_';
  }
  return fmt::format("badge-{}.svg", name);
}

std::string badge_svg(const Report& report, const Assessment& assessment) {
  constexpr std::string_view label = "touchstone";
  constexpr std::size_t margin = 7;
  const std::string statement = statement_of(report, assessment);
  const std::size_t left = width_of(label) + 2 * margin, right = width_of(statement) + 2 * margin;
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"20\" viewBox=\"0 0 {0} 20\" role=\"img\" "
      "aria-label=\"Touchstone: {1}\"><title>Touchstone: {1}</title><rect width=\"{0}\" height=\"20\" rx=\"3\" "
      "fill=\"{2}\"/><path d=\"M3 0h{3}v20h-{3}a3 3 0 0 1-3-3v-14a3 3 0 0 1 3-3z\" fill=\"#43474b\"/><g fill=\"#fff\" "
      "font-family=\"Verdana, 'DejaVu Sans', sans-serif\" font-size=\"11\">{4}{5}</g></svg>\n",
      left + right, escape_markup(statement), color_of(assessment), left - 3, text_at(margin, label),
      text_at(left + margin, statement));
}

std::string badge_markdown(const Report& report, const Assessment& assessment) {
  std::string text;
  for (const char c : statement_of(report, assessment)) {
    if (std::string_view("\\[]`<").find(c) != std::string_view::npos) text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return fmt::format("![Touchstone: {}]({})", text, badge_file(*assessment.subject));
}

}  // namespace touchstone::tool
