#include <fmt/format.h>

#include <map>
#include <report/badge.hpp>
#include <report/markup.hpp>
#include <report/page_facts.hpp>
#include <set>

namespace touchstone::tool {

namespace {

/// Not for readers, who have the figures beside it.
std::string bar(const std::vector<std::pair<int, std::string_view>>& parts, int whole) {
  std::string pieces;
  for (const auto& [part, kind] : parts) {
    if (part > 0 && whole > 0) {
      pieces += fmt::format("<i class=\"{}\" style=\"width:{:.1f}%\"></i>", kind, 100.0 * part / whole);
    }
  }
  return fmt::format("<div class=\"bar\" aria-hidden=\"true\">{}</div>", pieces);
}

std::string coverage_cell(std::string_view label, int part, int whole) {
  return cell_markup(
      fmt::format("<b>{}</b> {} of {}{}", percentage(part, whole), part, whole, bar({{part, "reach"}}, whole)),
      "figure", label);
}

std::string statement_cell(const Report& report, const Assessment& assessment) {
  const SubjectResult& subject = *assessment.subject;
  const std::string_view kind = assessment.figures.conformant                 ? "yes"
                                : assessment.figures.claimed_musts_broken > 0 ? "no"
                                                                              : "";
  std::string text =
      fmt::format("<span class=\"{}\">{}</span>", kind, escape_markup(conformance_sentence(report, assessment)));
  if (!subject.problem.empty()) {
    text += fmt::format(" {}<pre>{}</pre>", verdict_markup(Verdict::harness_error), escape_markup(subject.problem));
  }
  for (const std::string& warning : subject.warnings) {
    text += fmt::format("<div class=\"line\">{}</div>", escape_markup(warning));
  }
  return cell_markup(text, "seen");
}

std::string about(const SubjectResult& subject) {
  std::string text = subject.subject == subject.name ? "" : subject.subject;
  for (const std::string& part : {subject.version, subject.sanitizer}) {
    if (!part.empty()) text += (text.empty() ? "" : " ") + part;
  }
  return escape_markup(text);
}

std::string figures_row(const Report& report, const Assessment& assessment) {
  const SubjectResult& subject = *assessment.subject;
  const Figures& figures = assessment.figures;
  const int other = figures.claimed_musts_tested - figures.claimed_musts_passed - figures.claimed_musts_broken;
  const std::string passed =
      fmt::format("<b>{}</b> of {}{}", figures.claimed_musts_passed, figures.claimed_musts_tested,
                  bar({{figures.claimed_musts_passed, "good"}, {figures.claimed_musts_broken, "bad"}, {other, "other"}},
                      figures.claimed_musts_tested));
  return row_markup(
      {fmt::format("<th scope=\"row\" role=\"rowheader\" class=\"name\" data-subject=\"{0}\"><span>{0}</span>"
                   "<small>{1}</small></th>",
                   escape_markup(subject.name), about(subject)),
       statement_cell(report, assessment),
       coverage_cell("tested MUSTs of its profiles", figures.claimed_musts_tested, figures.claimed_musts),
       coverage_cell("tested of all MUSTs", figures.claimed_musts_tested, figures.all_musts),
       cell_markup(passed, "figure", "passed of those tested")});
}

/// Of a requirement that several tests verify, the test that gave it its verdict says why.
std::string why(const Cell& cell) {
  for (const TestResult* test : cell.tests) {
    if (test->verdict == cell.verdict) return test->why();
  }
  return cell.reason;
}

std::string findings(const Report& report, std::string_view heading, bool (*wanted)(Verdict)) {
  std::string rows;
  for (const Assessment& assessment : report.subjects) {
    const SubjectResult& subject = *assessment.subject;
    for (const Cell& one : assessment.cells) {
      // An executable that died took all its other tests with it; what is seen says so.
      const bool consequence = one.verdict == Verdict::harness_error && !subject.problem.empty();
      if (!wanted(one.verdict) || consequence) continue;
      rows += row_markup({requirement_cell(one.requirement->id, one.requirement->title),
                          cell_markup(escape_markup(subject.name)), cell_markup(verdict_markup(one.verdict)),
                          cell_markup(escape_markup(why(one)), "why")});
    }
  }
  if (rows.empty()) return "";
  return fmt::format("<h2>{}</h2>\n{}", heading, table_markup({"Requirement", "Subject", "Verdict", "Why"}, rows));
}

std::string subject_card(const Report& report, const Assessment& assessment) {
  const SubjectResult& subject = *assessment.subject;
  const std::string badge = fmt::format(
      "<span class=\"badge\">{0}</span> <a href=\"{1}\" download>{1}</a><div class=\"to-copy\"><code>{2}</code></div>",
      badge_svg(report, assessment), badge_file(subject), escape_markup(badge_markdown(report, assessment)));
  return fmt::format(
      "<div><h3>{}</h3>{}</div>\n", escape_markup(subject.name),
      facts_markup({{"subject", escape_markup(fmt::format("{} {}", subject.subject, subject.version))},
                    {"home page", link_markup(subject.home)},
                    {"profiles", escape_markup(fmt::format("{}", fmt::join(subject.profiles, ", ")))},
                    {"capabilities", escape_markup(fmt::format("{}", fmt::join(subject.capabilities, ", ")))},
                    {"compiler", escape_markup(subject.compiler)},
                    {"flags", escape_markup(subject.flags)},
                    {"sanitizer", escape_markup(subject.sanitizer)},
                    {"suite", escape_markup(subject.suite_version)},
                    {"time", fmt::format("{:.1f} s", subject.seconds)},
                    {"badge", badge}}));
}

std::string selection_text(const SelectionRecord& selection) {
  if (selection.everything()) return "all tests";
  std::string text;
  const auto add = [&text](std::string_view key, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : "; ", key, value);
  };
  add("filter", selection.filter);
  add("profiles", fmt::format("{}", fmt::join(selection.profiles, ", ")));
  add("levels", fmt::format("{}", fmt::join(selection.levels, ", ")));
  add("chapters", fmt::format("{}", fmt::join(selection.chapters, ", ")));
  add("shard", selection.shard);
  return text;
}

}  // namespace

std::string banners_markup(const RunHeader& header) {
  std::string text;
  if (!header.complete) text += "<p class=\"banner\">The run was interrupted: this report is incomplete.</p>\n";
  if (!header.selection.everything()) {
    text += "<p class=\"banner\">Only a part of the tests was run; the rest is marked as not run or untested.</p>\n";
  }
  return text;
}

std::string figures_markup(const Report& report) {
  std::string rows;
  for (const Assessment& assessment : report.subjects) rows += figures_row(report, assessment);
  return table_markup(
      {"Subject", "What was seen", "Tested MUSTs of its profiles", "Tested of all MUSTs", "Passed of those tested"},
      rows);
}

std::string legend_markup(const Report& report) {
  std::set<Verdict> verdicts;
  for (const Assessment& assessment : report.subjects) {
    for (const Cell& cell : assessment.cells) verdicts.insert(cell.verdict);
  }
  std::string signs, ids;
  for (const Verdict verdict : verdicts) signs += verdict_markup(verdict);
  for (const Chapter& chapter : report.specification->chapters) {
    ids += fmt::format("<span><b>{}</b> {}</span> ", fmt::join(chapter.prefixes, ", "), escape_markup(chapter.title));
  }
  return fmt::format("<dl class=\"legend\"><dt>Signs</dt><dd>{}</dd><dt>Ids</dt><dd>{}</dd></dl>\n", signs, ids);
}

std::string findings_markup(const Report& report) {
  std::string text = findings(report, "Not as expected", is_trouble);
  if (text.empty()) text = "<h2>Not as expected</h2>\n<p>Nothing.</p>\n";
  text += findings(report, "Deviations", [](Verdict verdict) { return verdict == Verdict::deviation; });
  text += findings(report, "Undecided",
                   [](Verdict verdict) { return verdict == Verdict::inconclusive || verdict == Verdict::disputed; });
  return text +
         "<p class=\"hint\">The table of all requirements, its filters and the evidence need JavaScript; report.json "
         "has "
         "it all.</p>\n";
}

std::string choices_markup(const Report& report) {
  std::string differing, same;
  for (std::size_t i = 0; i < report.specification->requirements.size(); ++i) {
    std::map<std::string, std::set<std::string>> subjects;  // by what they do
    for (const Assessment& assessment : report.subjects) {
      for (const TestResult* test : assessment.cells[i].tests) {
        if (!test->choice.empty()) subjects[test->choice].insert(assessment.subject->name);
      }
    }
    if (subjects.empty()) continue;
    std::string lines;
    for (const auto& [choice, names] : subjects) {
      const std::string who = report.subjects.size() == 1 ? "" : fmt::format(": {}", fmt::join(names, ", "));
      lines += fmt::format("<div class=\"line\">{}<span class=\"soft\">{}</span></div>", escape_markup(choice),
                           escape_markup(who));
    }
    const Requirement& requirement = report.specification->requirements[i];
    (subjects.size() > 1 ? differing : same) +=
        row_markup({requirement_cell(requirement.id, requirement.title), cell_markup(lines)});
  }
  const std::string rows = differing + same;
  if (rows.empty()) return "";
  return fmt::format(
      "<section aria-labelledby=\"choices-heading\"><h2 id=\"choices-heading\">Choices</h2>\n<p class=\"soft\">Where "
      "the "
      "specification leaves a choice: what each subject was seen to do.</p>\n{}</section>\n",
      table_markup({"Requirement", "Does"}, rows, " data-roving=\"a\""));
}

std::string run_markup(const Report& report) {
  const RunHeader& header = report.run->header;
  const std::string commit =
      header.commit.empty() ? "unknown" : header.commit + (header.dirty ? " and changes that are not committed" : "");
  std::string cards;
  for (const Assessment& assessment : report.subjects) cards += subject_card(report, assessment);
  return fmt::format(
      "<section aria-labelledby=\"run-heading\"><h2 id=\"run-heading\">Run</h2>\n{}<div "
      "class=\"cards\">{}</div></section>\n",
      facts_markup({{"suite", escape_markup(header.suite_version)},
                    {"commit", escape_markup(commit)},
                    {"complete", header.complete ? "yes" : "no"},
                    {"selection", escape_markup(selection_text(header.selection))},
                    {"seed", fmt::format("{}", header.seed)},
                    {"repeat", header.repeat > 1 ? fmt::format("{}", header.repeat) : ""},
                    {"time scale", header.time_scale != 1 ? fmt::format("{}", header.time_scale) : ""},
                    {"strict", header.strict ? "yes" : ""},
                    {"machine", escape_markup(fmt::format("{}, {} CPUs", header.system, header.cpu_count))},
                    {"start", escape_markup(header.start)},
                    {"end", escape_markup(header.end)}}),
      cards);
}

}  // namespace touchstone::tool
