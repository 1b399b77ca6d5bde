// Markup: how text gets into pages, pictures and XML.

#pragma once

#include <map>
#include <results/verdict.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace touchstone::tool {

/// For text and quoted attributes of HTML, SVG and XML, whatever a subject printed: without the characters that XML 1.0
/// cannot hold at all, and valid UTF-8.
[[nodiscard]] std::string escape_markup(std::string_view text);

/// The sign and the word of a verdict.
[[nodiscard]] std::string verdict_markup(Verdict verdict);

/// A link, if the address is one of the web; nothing else is followed from a report.
[[nodiscard]] std::string link_markup(std::string_view address);

/// A description list of what is there: keys, and values as markup; those without a value are left out.
[[nodiscard]] std::string facts_markup(const std::vector<std::pair<std::string_view, std::string>>& facts);

/// A table of rows of row_markup(). Its roles are told explicitly: they keep it a table where narrow pages lay it out
/// otherwise.
[[nodiscard]] std::string table_markup(const std::vector<std::string_view>& columns, std::string_view rows,
                                       std::string_view attributes = "");
[[nodiscard]] std::string row_markup(const std::vector<std::string>& cells);

/// A cell; narrow pages show the label before it.
[[nodiscard]] std::string cell_markup(std::string_view content, std::string_view style = "",
                                      std::string_view label = "");

/// The cell at the beginning of a requirement's row.
[[nodiscard]] std::string requirement_cell(std::string_view id, std::string_view title);

/// A path as the address of a link relative to the page: with everything escaped that has a meaning there.
[[nodiscard]] std::string address_of(std::string_view path);

/// The page with a text in each place {{NAME}}. What is in the texts is no place. Throws std::logic_error for a place
/// without a text.
[[nodiscard]] std::string fill(std::string_view page, const std::map<std::string, std::string, std::less<>>& texts);

}  // namespace touchstone::tool
