#include <fmt/format.h>

#include <algorithm>
#include <results/exit_code.hpp>
#include <set>
#include <soak/soak_report.hpp>
#include <sstream>

namespace touchstone::tool {

namespace {

constexpr std::size_t most_evidence_lines = 12;

std::string text_in(const nlohmann::json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : "";
}

Verdict verdict_in(const nlohmann::json& line) {
  return verdict_of(text_in(line, "verdict")).value_or(Verdict::not_run);
}

/// "fail in run 3", "hung in runs 7, 12".
std::string where_seen(Verdict verdict, const std::vector<int>& runs) {
  return fmt::format("{} in {} {}", to_string(verdict), runs.size() == 1 ? "run" : "runs", fmt::join(runs, ", "));
}

/// All that is known of one test whose verdicts differ.
class DifferingTest {
 public:
  DifferingTest(const SoakFile& file, const std::string& test) : file_(file), test_(test) {
    first_ = verdict_of(file.head().verdicts.at(test)).value_or(Verdict::not_run);
    if (const auto line = file.head().lines.find(test); line != file.head().lines.end()) consider(line->second, 1);
    for (const SoakRun& run : file.runs()) {
      for (const SoakDifference& one : run.differing) {
        if (one.test != test) continue;
        runs_[verdict_in(one.line)].push_back(run.number);
        consider(one.line, run.number);
      }
    }
  }

  [[nodiscard]] std::string text(const Terminal& terminal) const {
    const auto width = static_cast<std::size_t>(terminal.width);
    std::string seen;
    for (const auto& [verdict, runs] : runs_) seen += where_seen(verdict, runs) + ", ";
    std::string text = fmt::format("\n{} {}  {}\n", text_in(worst_, "requirement"), terminal.bold(test_),
                                   wrap_indented(fmt::format("{}else {}", seen, to_string(first_)), width, 4));
    if (worst_.is_null()) return text;
    const std::string reason = text_in(worst_, "reason");
    if (!reason.empty()) text += fmt::format("    {}\n", wrap_indented(reason, width, 4));
    text += evidence(width);
    return text + fmt::format("    replay: {}\n", text_in(worst_, "replay"));
  }

 private:
  void consider(const nlohmann::json& line, int run) {
    if (!worst_.is_null() && verdict_in(worst_) <= verdict_in(line)) return;
    worst_ = line;
    run_of_worst_ = run;
  }

  [[nodiscard]] std::string evidence(std::size_t width) const {
    std::string text;
    std::size_t count = 0;
    std::istringstream lines(text_in(worst_, "evidence"));
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && ++count <= most_evidence_lines)
        text += fmt::format("    | {}\n", wrap_indented(line, width, 6));
    }
    if (count > most_evidence_lines) {
      text += fmt::format("    | {} in {}, run {}\n", counted(count - most_evidence_lines, "more line"),
                          file_.path().string(), run_of_worst_);
    }
    return text;
  }

  const SoakFile& file_;
  const std::string& test_;
  Verdict first_;
  std::map<Verdict, std::vector<int>> runs_;
  nlohmann::json worst_;
  int run_of_worst_ = 1;
};

/// How often any verdict differed, and the tests.
std::size_t count_differing(const SoakFile& file, std::set<std::string>& tests) {
  std::size_t count = 0;
  for (const SoakRun& run : file.runs()) {
    count += run.differing.size();
    for (const SoakDifference& one : run.differing) tests.insert(one.test);
  }
  return count;
}

}  // namespace

std::string soak_run_text(const SoakRun& run, int runs, const Terminal& terminal) {
  std::string counts;
  for (const auto& [verdict, count] : run.counts) counts += fmt::format("  {} {}", count, verdict);
  std::string text = fmt::format("{:>{}} of {}  {:8}{}  {:.1f} s\n", run.number, std::to_string(runs).size(), runs,
                                 run.surroundings, counts, run.seconds);
  for (const SoakDifference& one : run.differing) {
    const Verdict verdict = verdict_in(one.line);
    text += fmt::format("  {} {}\n", terminal.paint(to_string(verdict), verdict), one.test);
  }
  if (!run.problem.empty())
    text += fmt::format("  {}\n", wrap_indented(run.problem, static_cast<std::size_t>(terminal.width), 2));
  return text;
}

std::string soak_summary(const SoakFile& file, const Terminal& terminal) {
  std::map<std::string, long> totals;
  for (const SoakRun& run : file.runs()) {
    for (const auto& [verdict, count] : run.counts) totals[verdict] += count;
  }
  std::set<std::string> tests;
  const std::size_t differing = count_differing(file, tests);
  std::string text;
  for (const std::string& test : tests) text += DifferingTest(file, test).text(terminal);
  text += fmt::format("\n{}:", counted(file.runs().size(), "run"));
  for (const auto& [verdict, count] : totals) text += fmt::format("  {} {}", count, verdict);
  return text + fmt::format("\n{} {}\n", counted(differing, "verdict"), differing == 1 ? "differs" : "differ");
}

int soak_exit_code(const SoakFile& file) {
  int code = exit_expected;
  for (const SoakRun& run : file.runs()) {
    if (!run.differing.empty()) code = worse_exit_code(code, exit_unexpected);
    if (!run.problem.empty()) code = worse_exit_code(code, exit_harness_error);
  }
  return code;
}

}  // namespace touchstone::tool
