// The report on a terminal: matrix, figures, what is not as expected, and choices, in 80 columns.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <report/reports.hpp>
#include <set>
#include <sstream>

namespace touchstone::tool {

namespace {

constexpr std::size_t most_details = 20;
constexpr std::size_t most_evidence_lines = 10;
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

Summary summary_of(const Assessment& assessment, const std::string& prefix) {
  Summary summary;
  for (const Cell& cell : assessment.cells) {
    if (!cell.requirement->id.starts_with(prefix)) continue;
    if (cell.verdict < summary.verdict) summary = {cell.verdict, 0, summary.tested};
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

class TerminalReport {
 public:
  TerminalReport(const Report& report, const Terminal& terminal, std::string details)
      : report_(report), terminal_(terminal), details_(std::move(details)) {}

  std::string render() {
    out_ = matrix_text(report_, terminal_);
    for (const Assessment& assessment : report_.subjects) subject(assessment);
    const RunHeader& header = report_.run->header;
    print("\n{}\n", terminal_.faint(fmt::format("seed {} · {} CPUs · {:.1f} s{}", header.seed, header.cpu_count,
                                                header.seconds, header.strict ? " · strict" : "")));
    if (!header.complete) print("{}\n", terminal_.bold("The run was interrupted: the report is incomplete."));
    if (!terminal_.unicode) ascii();
    return std::move(out_);
  }

 private:
  template <typename... Arguments>
  void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    out_ += fmt::format(format, std::forward<Arguments>(arguments)...);
  }

  std::size_t width() const { return static_cast<std::size_t>(terminal_.width); }

  void subject(const Assessment& assessment) {
    const SubjectResult& subject = *assessment.subject;
    print("\n{}", terminal_.bold(subject.name));
    std::string about = subject.subject == subject.name ? "" : subject.subject;
    for (const std::string& part : {subject.version, subject.sanitizer}) {
      if (!part.empty()) about += (about.empty() ? "" : " ") + part;
    }
    if (!about.empty()) print(" {}", terminal_.faint(about));
    out_ += '\n';
    if (!subject.problem.empty()) {
      print("  {} {}\n", terminal_.paint(terminal_.glyph(Verdict::harness_error), Verdict::harness_error),
            wrap_indented(subject.problem, width(), 4));
    }
    for (const std::string& warning : subject.warnings)
      print("  {}\n", wrap_indented("warning: " + warning, width(), 4));
    if (assessment.figures.tested > 0) figures(assessment);
    if (subject.tests.empty() && subject.problem.empty()) out_ += "  was not run\n";
    troubles(assessment);
    remarks(assessment, Verdict::deviation, "deviations");
    remarks(assessment, Verdict::inconclusive, "inconclusive");
    choices(assessment);
  }

  void figures(const Assessment& assessment) {
    const Figures& figures = assessment.figures;
    print("  MUSTs passed  {} of {} tested\n", figures.claimed_musts_passed, figures.claimed_musts_tested);
    print("  coverage      {}\n", wrap_indented(coverage_sentence(assessment), width(), 16));
    const std::string sentence = conformance_sentence(report_, assessment);
    const bool is_broken = figures.claimed_musts_broken > 0;
    print("  {}\n", figures.conformant ? terminal_.paint(sentence, Verdict::pass)
                    : is_broken        ? terminal_.paint(sentence, Verdict::fail)
                                       : sentence);
  }

  void troubles(const Assessment& assessment) {
    std::size_t shown = 0, all = 0;
    std::set<std::string> said;
    for (const TestResult& test : assessment.subject->tests) {
      if (!is_trouble(test.verdict)) continue;
      // An executable that dies takes all its other tests with it; that was said above.
      if (test.verdict == Verdict::harness_error && !said.insert(test.reason).second) continue;
      if (test.verdict == Verdict::harness_error && !assessment.subject->problem.empty()) continue;
      if (++all <= most_details) trouble(test), ++shown;
    }
    if (all > shown) print("  {} more in {}\n", all - shown, details_);
  }

  void trouble(const TestResult& test) {
    const Requirement* requirement = report_.specification->find(test.requirement);
    std::string kind(to_string(test.verdict));
    if (!test.hang_class.empty())
      kind += fmt::format(" ({}{})", test.hang_class, test.proved ? ", proved" : ", unproved");
    print("\n  {} {}  {}  {}\n", terminal_.paint(terminal_.glyph(test.verdict) + " " + kind, test.verdict),
          test.requirement, test.level, test.test);
    if (requirement) print("      {}\n", wrap_indented(requirement->text, width(), 6));
    if (!test.reason.empty()) print("      {}\n", wrap_indented(test.reason, width(), 6));
    evidence(test);
    if (!test.replay.empty()) print("      replay: {}\n", test.replay);
  }

  /// The first lines of the evidence; all of it is in the page.
  void evidence(const TestResult& test) {
    std::size_t lines = 0;
    std::istringstream text(test.evidence);
    for (std::string line; std::getline(text, line);) {
      // What the reason says need not be said again.
      const bool is_said = !test.reason.empty() && line.find(test.reason) != std::string::npos;
      if (line.empty() || is_said) continue;
      for (const std::string& piece : wrap(line, width() - 8)) {
        if (++lines > most_evidence_lines) continue;
        print("      {} {}\n", terminal_.faint("|"), columns(piece) + 8 > width() ? fit(piece, width() - 8) : piece);
      }
    }
    if (lines > most_evidence_lines) print("      {} more in {}\n", terminal_.faint("|"), details_);
  }

  void remarks(const Assessment& assessment, Verdict verdict, std::string_view title) {
    std::vector<const TestResult*> tests;
    for (const TestResult& test : assessment.subject->tests) {
      if (test.verdict == verdict) tests.push_back(&test);
    }
    if (tests.empty()) return;
    print("\n  {} {}\n", title, tests.size());
    for (const TestResult* test : tests) {
      std::string why = test->why();
      if (!test->link.empty()) why += fmt::format(" ({})", test->link);
      print("    {} {}  {}\n", terminal_.paint(terminal_.glyph(verdict), verdict), test->requirement, test->test);
      if (!why.empty()) print("              {}\n", wrap_indented(why, width(), 14));
    }
  }

  void choices(const Assessment& assessment) {
    bool any = false;
    for (const TestResult& test : assessment.subject->tests) {
      if (test.choice.empty()) continue;
      if (!any) print("\n  choices\n");
      any = true;
      print("    {}  {}\n", test.requirement, wrap_indented(test.choice, width(), 13));
    }
  }

  /// Our own sentences use one sign that is not ASCII.
  void ascii() {
    for (std::size_t at = 0; (at = out_.find("·", at)) != std::string::npos;)
      out_.replace(at, std::string("·").size(), "-");
  }

  const Report& report_;
  const Terminal& terminal_;
  std::string details_;
  std::string out_;
};

}  // namespace

std::string matrix_text(const Report& report, const Terminal& terminal) {
  std::size_t name_width = 8;
  for (const Assessment& one : report.subjects) name_width = std::max(name_width, columns(one.subject->name));
  name_width = std::min<std::size_t>(name_width, 24);
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
  text += "\nA cell shows the worst verdict of a chapter, and how many requirements have it.\n";
  std::string line;
  for (const Verdict verdict : seen) {
    const std::string entry = fmt::format("{} {}", terminal.glyph(verdict), to_string(verdict));
    if (!line.empty() && columns(line) + 3 + columns(entry) > static_cast<std::size_t>(terminal.width)) {
      text += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : "   ") + entry;
  }
  text += line + "\n";
  return text;
}

std::string report_terminal(const Report& report, const Terminal& terminal, const std::filesystem::path& details) {
  return TerminalReport(report, terminal, details.string()).render();
}

}  // namespace touchstone::tool
