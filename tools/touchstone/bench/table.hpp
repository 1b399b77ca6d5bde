// Tables of text whose columns stand below each other.

#pragma once

#include <command_line/terminal.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::tool {

using Cells = std::vector<std::string>;
using Table = std::vector<Cells>;  // the first line is the head

/// All of the tables with the same widths, and an empty line behind each. `alignment` has a '<' or a '>' a column.
[[nodiscard]] std::string tables_text(const std::vector<Table>& tables, std::string_view alignment,
                                      const Terminal& terminal);

}  // namespace touchstone::tool
