#include <algorithm>
#include <bench/table.hpp>

namespace touchstone::tool {

namespace {

std::string line_text(const Cells& cells, const std::vector<std::size_t>& widths, std::string_view alignment) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string blanks(widths[i] - columns(cells[i]), ' ');
    line += i == 0 ? "" : "  ";
    line += alignment[i] == '<' ? cells[i] + blanks : blanks + cells[i];
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string tables_text(const std::vector<Table>& tables, std::string_view alignment, const Terminal& terminal) {
  std::vector<std::size_t> widths(alignment.size());
  for (const Table& table : tables) {
    for (const Cells& cells : table) {
      for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], columns(cells[i]));
    }
  }
  std::string text;
  for (const Table& table : tables) {
    for (const Cells& cells : table) {
      const std::string line = line_text(cells, widths, alignment);
      text += (&cells == &table.front() ? terminal.bold(line) : line) + "\n";
    }
    text += table.empty() ? "" : "\n";
  }
  return text;
}

}  // namespace touchstone::tool
