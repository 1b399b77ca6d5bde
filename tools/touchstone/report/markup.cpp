#include <fmt/format.h>

#include <cctype>
#include <nlohmann/json.hpp>
#include <report/markup.hpp>
#include <stdexcept>

namespace touchstone::tool {

namespace {

/// With U+FFFD for what is not UTF-8.
std::string valid_utf8(std::string_view text) {
  using Json = nlohmann::json;
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string escaped;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      default:
        escaped += static_cast<unsigned char>(c) < 32 && c != '\t' ? '?' : c;
    }
  }
  return escaped;
}

std::string verdict_markup(Verdict verdict) {
  const VerdictLook& look = look_of(verdict);
  std::string word(look.name);
  for (char& c : word) c = c == '-' ? ' ' : c;
  return fmt::format(
      "<span class=\"verdict v-{}\"><span class=\"sign\" aria-hidden=\"true\">{}</span><span class=\"word\">{}</span>"
      "</span>",
      look.name, look.glyph, word);
}

std::string link_markup(std::string_view address) {
  const std::string text = escape_markup(address);
  const bool is_web = address.starts_with("https://") || address.starts_with("http://");
  return is_web ? fmt::format("<a href=\"{0}\">{0}</a>", text) : text;
}

std::string facts_markup(const std::vector<std::pair<std::string_view, std::string>>& facts) {
  std::string rows;
  for (const auto& [key, value] : facts) {
    if (!value.empty()) rows += fmt::format("<dt>{}</dt><dd>{}</dd>", key, value);
  }
  return fmt::format("<dl class=\"facts\">{}</dl>\n", rows);
}

std::string table_markup(const std::vector<std::string_view>& columns, std::string_view rows,
                         std::string_view attributes) {
  std::string heads;
  for (const std::string_view column : columns) {
    heads += fmt::format("<th scope=\"col\" role=\"columnheader\">{}</th>", column);
  }
  return fmt::format(
      "<table class=\"plain\" role=\"table\"{}><thead role=\"rowgroup\"><tr role=\"row\">{}</tr></thead>\n"
      "<tbody role=\"rowgroup\">{}</tbody></table>\n",
      attributes, heads, rows);
}

std::string row_markup(const std::vector<std::string>& cells) {
  return fmt::format("<tr role=\"row\">{}</tr>\n", fmt::join(cells, ""));
}

std::string cell_markup(std::string_view content, std::string_view style, std::string_view label) {
  std::string attributes;
  if (!style.empty()) attributes += fmt::format(" class=\"{}\"", style);
  if (!label.empty()) attributes += fmt::format(" data-label=\"{}\"", label);
  return fmt::format("<td role=\"cell\"{}>{}</td>", attributes, content);
}

std::string requirement_cell(std::string_view id, std::string_view title) {
  return fmt::format(
      "<th scope=\"row\" role=\"rowheader\"><span class=\"id\">{}</span> <span class=\"title\">{}</span></th>",
      escape_markup(id), escape_markup(title));
}

std::string address_of(std::string_view path) {
  std::string address;
  for (const char c : path) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("/._-~").find(c) != std::string_view::npos;
    address += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return address;
}

std::string fill(std::string_view page, const std::map<std::string, std::string, std::less<>>& texts) {
  std::string filled;
  for (;;) {
    const std::size_t begin = page.find("{{"), end = page.find("}}", begin);
    if (end == std::string_view::npos) return filled.append(page);
    const auto text = texts.find(page.substr(begin + 2, end - begin - 2));
    if (text == texts.end()) {
      throw std::logic_error(fmt::format("nothing to put into {}", page.substr(begin, end + 2 - begin)));
    }
    filled.append(page.substr(0, begin)).append(text->second);
    page.remove_prefix(end + 2);
  }
}

}  // namespace touchstone::tool
