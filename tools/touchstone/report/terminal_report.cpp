// The report on a terminal, in 80 columns: the matrix, a line of figures for each subject, and what is not as expected,
// a line a requirement and one for the cause. With `verbose` also all that is known of it, and the choices.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <report/reports.hpp>
#include <set>
#include <sstream>
#include <utility>

namespace touchstone::tool {

namespace {

constexpr std::size_t most_evidence_lines = 40;
constexpr std::size_t most_requirements_of_a_cause = 12;
constexpr std::size_t most_causes = 20;

/// Faults of one subject that have one cause.
struct Cause {
  Verdict verdict;
  std::string text;
  std::vector<const TestResult*> tests;
};

std::string cause_text(const TestResult& test) {
  std::string kind = test.hang_class.empty() ? "" : test.hang_class + (test.proved ? ", proved: " : ", unproved: ");
  return kind + (test.why().empty() ? test.fingerprint : test.why());
}

/// In the order of their weight; those of a requirement together.
std::vector<Cause> causes_of(const SubjectResult& subject, bool (*wanted)(Verdict)) {
  std::vector<Cause> causes;
  for (const TestResult& test : subject.tests) {
    if (!wanted(test.verdict)) continue;
    // An executable that dies takes all its other tests with it; that is said once.
    if (test.verdict == Verdict::harness_error && !subject.problem.empty()) continue;
    const std::string text = cause_text(test);
    const auto found = std::find_if(causes.begin(), causes.end(), [&](const Cause& other) {
      return other.verdict == test.verdict && other.text == text;
    });
    Cause& cause = found == causes.end() ? causes.emplace_back(Cause{test.verdict, text, {}}) : *found;
    cause.tests.push_back(&test);
  }
  std::stable_sort(causes.begin(), causes.end(), [](const Cause& a, const Cause& b) { return a.verdict < b.verdict; });
  return causes;
}

class TerminalReport {
 public:
  TerminalReport(const Report& report, const Terminal& terminal, std::string details, bool verbose)
      : report_(report), terminal_(terminal), details_(std::move(details)), verbose_(verbose) {}

  std::string render() {
    out_ = matrix_text(report_, terminal_);
    figures();
    for (const Assessment& assessment : report_.subjects) subject(*assessment.subject);
    deviations();
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

  /// A line for each subject. Coverage stands beside what was kept: one says little without the other.
  void figures() {
    std::size_t name_width = 7;
    for (const Assessment& one : report_.subjects) name_width = std::max(name_width, columns(one.subject->name));
    name_width = std::min<std::size_t>(name_width, 24);
    print("\n{}{:>9} {:>8}  {}\n", std::string(name_width, ' '), "kept", "coverage", "of the MUSTs of its profiles");
    for (const Assessment& one : report_.subjects) {
      const Figures& figures = one.figures;
      const std::string kept = fmt::format("{}/{}", figures.claimed_musts_passed, figures.claimed_musts_tested);
      const std::size_t indent = name_width + 20;
      const std::string sentence = wrap_indented(conformance_sentence(report_, one), width() - 1, indent);
      const Verdict look = figures.claimed_musts_broken > 0 ? Verdict::fail : Verdict::pass;
      const bool is_painted = figures.conformant || figures.claimed_musts_broken > 0;
      print("{}{:>9} {:>8}  {}\n", fit(one.subject->name, name_width), kept,
            percentage(figures.claimed_musts_tested, figures.claimed_musts),
            is_painted ? terminal_.paint(sentence, look) : sentence);
    }
  }

  void subject(const SubjectResult& subject) {
    const std::vector<Cause> troubles = causes_of(subject, is_trouble);
    const std::vector<Cause> open =
        causes_of(subject, [](Verdict verdict) { return verdict == Verdict::inconclusive; });
    const bool says_nothing = troubles.empty() && open.empty() && subject.problem.empty() && subject.warnings.empty();
    if (says_nothing && !verbose_) return;
    heading(subject);
    std::size_t shown = 0;
    for (const auto* causes : {&troubles, &open}) {
      for (const Cause& one : *causes) {
        if (verbose_ || ++shown <= most_causes) cause(one);
      }
    }
    if (shown > most_causes) print("  {} more causes in {}\n", shown - most_causes, details_);
    if (verbose_) choices(subject);
  }

  void heading(const SubjectResult& subject) {
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
    if (subject.tests.empty() && subject.problem.empty()) out_ += "  was not run\n";
  }

  /// Where several requirements fail of one cause, the cause is the heading.
  void cause(const Cause& cause) {
    const std::string kind =
        terminal_.paint(fmt::format("{} {}", terminal_.glyph(cause.verdict), to_string(cause.verdict)), cause.verdict);
    std::map<std::string, std::vector<const TestResult*>> by_requirement;
    for (const TestResult* test : cause.tests) by_requirement[test->requirement].push_back(test);
    const bool is_alone = by_requirement.size() == 1;
    if (is_alone) {
      print("  {}  {}\n", kind, name_of(by_requirement.begin()->first));
      print("      {}\n", wrap_indented(cause.text, width(), 6));
    } else {
      print("  {}  {}\n", kind, wrap_indented(cause.text, width(), 6));
    }
    std::size_t shown = 0;
    for (const auto& [requirement, tests] : by_requirement) {
      if (!is_alone && ++shown <= most_requirements_of_a_cause) print("      {}\n", name_of(requirement));
    }
    if (shown > most_requirements_of_a_cause) {
      print("      {} more\n", counted(shown - most_requirements_of_a_cause, "requirement"));
    }
    if (verbose_) {
      for (const TestResult* test : cause.tests) details(*test);
    } else if (!cause.tests.front()->replay.empty()) {
      print("      replay: {}\n", cause.tests.front()->replay);
    }
  }

  std::string name_of(const std::string& id) const {
    const Requirement* const requirement = report_.specification->find(id);
    return requirement ? fmt::format("{}  {}  {}", id, requirement->level, requirement->title) : id;
  }

  void details(const TestResult& test) {
    print("\n      {}{}\n", test.test, test.source.empty() ? "" : terminal_.faint("  " + test.source));
    if (const Requirement* requirement = report_.specification->find(test.requirement))
      print("      {}\n", wrap_indented(requirement->text, width(), 6));
    if (!test.own_requirement.empty()) {
      print("      of the test's own requirement, {}: {}\n", test.own_requirement, to_string(test.own_verdict));
    }
    if (!test.witness.empty()) print("      {}\n", wrap_indented("its situation: " + test.witness, width(), 6));
    evidence(test);
    if (!test.fingerprint.empty()) print("      {}\n", wrap_indented("fingerprint: " + test.fingerprint, width(), 6));
    if (!test.replay.empty()) print("      replay: {}\n", test.replay);
  }

  void evidence(const TestResult& test) {
    std::size_t lines = 0;
    std::istringstream text(test.evidence);
    for (std::string line; std::getline(text, line);) {
      if (line.empty()) continue;
      for (const std::string& piece : wrap(line, width() - 8)) {
        if (++lines > most_evidence_lines) continue;
        print("      {} {}\n", terminal_.faint("|"), columns(piece) + 8 > width() ? fit(piece, width() - 8) : piece);
      }
    }
    if (lines > most_evidence_lines) print("      {} more in {}\n", terminal_.faint("|"), details_);
  }

  void choices(const SubjectResult& subject) {
    bool any = false;
    for (const TestResult& test : subject.tests) {
      if (test.choice.empty()) continue;
      if (!any) print("\n  choices\n");
      any = true;
      print("    {}  {}\n", test.requirement, wrap_indented(test.choice, width(), 13));
    }
  }

  /// Which promises the subjects are known not to keep: of each the ids, with `verbose` the reasons.
  void deviations() {
    bool any = false;
    for (const Assessment& one : report_.subjects) {
      const auto causes = causes_of(*one.subject, [](Verdict verdict) { return verdict == Verdict::deviation; });
      if (causes.empty()) continue;
      if (!std::exchange(any, true)) print("\n{}\n", terminal_.bold("deviations that are recorded"));
      if (verbose_) {
        print("{}\n", one.subject->name);
        for (const Cause& one_cause : causes) cause(one_cause);
        continue;
      }
      std::set<std::string> ids;
      for (const Cause& one_cause : causes) {
        for (const TestResult* test : one_cause.tests) ids.insert(test->requirement);
      }
      print("  {}\n", wrap_indented(fmt::format("{}: {}", one.subject->name, fmt::join(ids, ", ")), width() - 2, 4));
    }
    if (any && !verbose_) print("  {}\n", terminal_.faint("reasons: --verbose, or " + details_));
  }

  /// Our own sentences use one sign that is not ASCII.
  void ascii() {
    for (std::size_t at = 0; (at = out_.find("·", at)) != std::string::npos;)
      out_.replace(at, std::string("·").size(), "-");
  }

  const Report& report_;
  const Terminal& terminal_;
  std::string details_;
  bool verbose_;
  std::string out_;
};

}  // namespace

std::string report_terminal(const Report& report, const Terminal& terminal, const std::filesystem::path& details,
                            bool verbose) {
  return TerminalReport(report, terminal, details.string(), verbose).render();
}

}  // namespace touchstone::tool
