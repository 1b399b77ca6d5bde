// summary.md: what a reviewer wants to read below a change.

#include <fmt/format.h>

#include <report/badge.hpp>
#include <report/reports.hpp>

namespace touchstone::tool {

namespace {

constexpr std::size_t most_rows = 50;

/// For a cell of a table.
std::string cell(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|' || c == '<') safe += '\\';
    safe += c == '\n' ? ' ' : c;
  }
  return safe;
}

std::string figures_table(const Report& report) {
  std::string text =
      "| subject | MUSTs passed | coverage of its profiles | of all profiles | |\n|---|--:|--:|--:|---|\n";
  for (const Assessment& one : report.subjects) {
    const Figures& figures = one.figures;
    text += fmt::format("| {} {} | {} of {} tested | {} of {} ({}) | {} of {} ({}) | {} |\n", cell(one.subject->name),
                        cell(one.subject->version), figures.claimed_musts_passed, figures.claimed_musts_tested,
                        figures.claimed_musts_tested, figures.claimed_musts,
                        percentage(figures.claimed_musts_tested, figures.claimed_musts), figures.claimed_musts_tested,
                        figures.all_musts, percentage(figures.claimed_musts_tested, figures.all_musts),
                        cell(conformance_sentence(report, one)));
  }
  return text;
}

std::string rows(const Report& report, std::string_view title, bool (*wanted)(const TestResult&)) {
  std::string text;
  std::size_t count = 0;
  for (const SubjectResult& subject : report.run->subjects) {
    for (const TestResult& test : subject.tests) {
      if (!wanted(test) || ++count > most_rows) continue;
      std::string why = test.why();
      if (!test.link.empty()) why += fmt::format(" ([link]({}))", test.link);
      text += fmt::format("| {} | {} | {} | {} | {} | `{}` |\n", cell(subject.name), test.requirement,
                          to_string(test.verdict), cell(test.test), cell(why), cell(test.replay));
    }
  }
  if (count == 0) return "";
  if (count > most_rows) text += fmt::format("\n{} more are in index.html.\n", count - most_rows);
  return fmt::format(
      "\n## {}\n\n| subject | requirement | verdict | test | why | replay |\n|---|---|---|---|---|---|\n{}", title,
      text);
}

std::string choices(const Report& report) {
  std::string text;
  for (const SubjectResult& subject : report.run->subjects) {
    for (const TestResult& test : subject.tests) {
      if (!test.choice.empty()) {
        text += fmt::format("| {} | {} | {} |\n", cell(subject.name), test.requirement, cell(test.choice));
      }
    }
  }
  return text.empty() ? "" : "\n## Choices\n\n| subject | requirement | does |\n|---|---|---|\n" + text;
}

/// The lines that show them, to be copied.
std::string badges(const Report& report) {
  std::string text = "\n## Badges\n\nFor a README with the file beside it:\n\n```markdown\n";
  for (const Assessment& one : report.subjects) text += badge_markdown(report, one) + "\n";
  return text + "```\n";
}

}  // namespace

std::string report_markdown(const Report& report) {
  const RunHeader& header = report.run->header;
  std::string text = fmt::format("# Touchstone {}\n\n", header.suite_version);
  if (!header.complete) text += "**The run was interrupted: this report is incomplete.**\n\n";
  if (!header.selection.everything()) text += "**Only a part of the tests was run.**\n\n";
  text += figures_table(report);
  for (const SubjectResult& subject : report.run->subjects) {
    if (!subject.problem.empty()) text += fmt::format("\n**{}**: {}\n", subject.name, cell(subject.problem));
  }
  text += rows(report, "Not as expected", [](const TestResult& test) { return is_trouble(test.verdict); });
  text += rows(report, "Deviations", [](const TestResult& test) { return test.verdict == Verdict::deviation; });
  text += rows(report, "Inconclusive", [](const TestResult& test) { return test.verdict == Verdict::inconclusive; });
  text += choices(report) + badges(report);
  text += fmt::format("\n<sub>commit {}{}, seed {}, {}, {} CPUs, {} to {}</sub>\n", header.commit,
                      header.dirty ? " (changed since)" : "", header.seed, header.system, header.cpu_count,
                      header.start, header.end);
  return text;
}

}  // namespace touchstone::tool
