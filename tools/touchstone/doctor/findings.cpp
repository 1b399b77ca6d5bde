#include <fmt/format.h>

#include <algorithm>
#include <command_line/streams.hpp>
#include <doctor/findings.hpp>
#include <results/exit_code.hpp>
#include <specification/toml_table.hpp>

namespace touchstone::tool {

namespace {

// The doctor looks at adapters; `touchstone run` tells all that is wrong with an executor.
constexpr std::size_t faults_told = 3;

}  // namespace

std::string why_and_replay(const TestResult& result) {
  return fmt::format("{}\nreplay: {}", result.why(), result.replay);
}

void Findings::say(Verdict look, const std::string& sentence, const std::string& cure) {
  const auto width = static_cast<std::size_t>(terminal_.width);
  print_result("{} {}\n", terminal_.paint(terminal_.glyph(look), look), wrap_indented(sentence, width, 2));
  if (!cure.empty()) print_result("  {}\n", wrap_indented(cure, width, 2));
  std::fflush(stdout);
}

void Findings::good(const std::string& sentence) { say(Verdict::pass, sentence); }

void Findings::bad(const std::string& sentence, const std::string& cure) {
  ++mistakes_;
  say(Verdict::fail, sentence, cure);
}

void Findings::doubtful(const std::string& sentence, const std::string& cure) {
  ++doubts_;
  say(Verdict::inconclusive, sentence, cure);
}

void Findings::hint(const std::string& sentence, const std::string& cure) {
  say(Verdict::not_applicable, sentence, cure);
}

void Findings::faults_of_executor(const std::vector<ExecutorFault>& faults) {
  if (faults.empty()) return;
  faults_ = faults.size();
  std::string text;
  for (std::size_t i = 0; i < std::min(faults.size(), faults_told); ++i) {
    const TestResult& result = *faults[i].result;
    text += fmt::format("{}{} {}: {}\n{}", i > 0 ? "\n" : "", result.requirement, faults[i].title,
                        to_string(result.verdict), why_and_replay(result));
    if (!faults[i].unless.empty()) text += "\n" + faults[i].unless;
  }
  std::vector<std::string> others;
  for (std::size_t i = faults_told; i < faults.size(); ++i) others.push_back(faults[i].result->requirement);
  if (!others.empty()) text += fmt::format("\nand {}", list_of(others, "and"));
  say(Verdict::deviation, "what the executor itself does wrong, met on the way:", text);
}

int Findings::conclude(const std::string& name) const {
  if (mistakes_ > 0) {
    print_result("\nThe adapter needs mending: see what is marked with {}.\n", terminal_.glyph(Verdict::fail));
    return exit_unexpected;
  }
  if (doubts_ > 0) {
    print_result("\nThe adapter may need mending: see what is marked with {}.\n",
                 terminal_.glyph(Verdict::inconclusive));
    return exit_inconclusive;
  }
  print_result("\nThe adapter is well: touchstone run {}\n", name);
  if (faults_ > 0) print_result("What the executor does wrong, that run looks for; its adapter need not be mended.\n");
  return exit_expected;
}

}  // namespace touchstone::tool
