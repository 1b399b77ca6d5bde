// The matrix of chapters and subjects on a terminal, in blocks of its width.

#include <fmt/format.h>

#include <algorithm>
#include <report/reports.hpp>
#include <set>

namespace touchstone::tool {

namespace {

constexpr std::size_t cell_width = 7;

/// One chapter of one subject: its worst verdict, and how many of the tested requirements have it.
struct Summary {
  Verdict verdict = Verdict::not_run;
  int count = 0, tested = 0;

  [[nodiscard]] std::string figure() const {
    if (count == 0 || verdict > Verdict::pass) return "";
    return verdict == Verdict::pass ? std::to_string(count) : fmt::format("{}/{}", count, std::max(count, tested));
  }
};

/// What was left out and might have been tested is not the same as what does not apply.
bool weighs_more(Verdict one, Verdict other) {
  if (one == Verdict::not_run && !is_tested(other)) return one != other;
  if (other == Verdict::not_run) return is_tested(one) || one == Verdict::harness_error;
  return one < other;
}

Summary summary_of(const Assessment& assessment, const std::string& prefix) {
  Summary summary;
  bool is_first = true;
  for (const Cell& cell : assessment.cells) {
    if (!cell.requirement->id.starts_with(prefix)) continue;
    if (is_first || weighs_more(cell.verdict, summary.verdict)) summary = {cell.verdict, 0, summary.tested};
    is_first = false;
    summary.tested += is_tested(cell.verdict) ? 1 : 0;
    if (cell.verdict == summary.verdict) ++summary.count;
  }
  return summary;
}

std::vector<std::string> prefixes_of(const Specification& specification) {
  std::vector<std::string> prefixes;
  for (const Chapter& chapter : specification.chapters) {
    prefixes.insert(prefixes.end(), chapter.prefixes.begin(), chapter.prefixes.end());
  }
  return prefixes;
}

std::size_t width_of_names(const Report& report) {
  std::size_t width = 8;
  for (const Assessment& one : report.subjects) width = std::max(width, columns(one.subject->name));
  return std::min<std::size_t>(width, 24);
}

/// Entries on as few lines as they fit on, never broken.
std::string joined(const std::vector<std::string>& entries, std::size_t width) {
  std::string text, line;
  for (const std::string& entry : entries) {
    if (!line.empty() && columns(line) + 3 + columns(entry) > width) {
      text += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : "   ") + entry;
  }
  return text + line + "\n";
}

std::string legend(const Report& report, const Terminal& terminal, const std::set<Verdict>& seen) {
  const auto width = static_cast<std::size_t>(terminal.width);
  std::vector<std::string> chapters, verdicts;
  for (const Chapter& chapter : report.specification->chapters) {
    chapters.push_back(fmt::format("{} {}", fmt::join(chapter.prefixes, ", "), chapter.title));
  }
  for (const Verdict verdict : seen) {
    verdicts.push_back(fmt::format("{} {}", terminal.glyph(verdict), to_string(verdict)));
  }
  return "\n" + joined(chapters, width) +
         "A cell shows the worst verdict of a chapter, and how many requirements have it.\n" + joined(verdicts, width);
}

}  // namespace

std::string matrix_text(const Report& report, const Terminal& terminal) {
  const std::size_t name_width = width_of_names(report);
  const std::vector<std::string> prefixes = prefixes_of(*report.specification);
  const std::size_t a_block =
      std::max<std::size_t>(1, (static_cast<std::size_t>(terminal.width) - name_width) / cell_width);
  std::string text;
  std::set<Verdict> seen;
  for (std::size_t begin = 0; begin < prefixes.size(); begin += a_block) {
    const std::size_t end = std::min(begin + a_block, prefixes.size());
    text += "\n" + std::string(name_width, ' ');
    for (std::size_t i = begin; i < end; ++i) text += fmt::format("{:>{}}", prefixes[i], cell_width);
    text += '\n';
    for (const Assessment& one : report.subjects) {
      text += fit(one.subject->name, name_width);
      for (std::size_t i = begin; i < end; ++i) {
        const Summary summary = summary_of(one, prefixes[i]);
        seen.insert(summary.verdict);
        const std::string cell = terminal.glyph(summary.verdict) + summary.figure();
        text +=
            std::string(cell_width - std::min(cell_width, columns(cell)), ' ') + terminal.paint(cell, summary.verdict);
      }
      text += '\n';
    }
  }
  return text + legend(report, terminal, seen);
}

}  // namespace touchstone::tool
