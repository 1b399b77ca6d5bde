// Finds the tests that were asked for, and sorts out those that need not run.

#include <algorithm>
#include <cctype>
#include <cstring>
#include <sstream>
#include <supervisor/child/build.hpp>
#include <supervisor/child/child.hpp>
#include <supervisor/selection.hpp>
#include <utility>

namespace touchstone::supervisor {

std::vector<const TestCase*> select_tests(const Options& options) {
  std::vector<const TestCase*> selected;
  if (!options.selected) {
    for (const TestCase& test : all_tests()) selected.push_back(&test);
  }
  for (const std::string& name : options.tests) {
    const TestCase* const test = find_test(name);
    if (test == nullptr) throw UsageError("there is no test named " + name + "; --list names them all");
    selected.push_back(test);
  }
  if (selected.empty()) throw UsageError("no test is selected; name some by --run or --tests, or leave both out");
  return selected;
}

PrinterOptions printer_options(const Options& options, std::size_t tests) {
  return {.lines = options.lines,
          .strict = options.strict,
          .selected = options.selected,
          .verbose = options.verbose || tests == 1 || options.here,
          .program = shell_quote(options.program),
          .tests = tests};
}

std::optional<Verdict> verdict_without_run(const TestCase& test, const Claims& claims) {
  if (std::string fault = find_fault(test); !fault.empty()) return blame_harness(test, std::move(fault));
  std::string reason = claims.why_not_applicable(test);
  if (reason.empty()) return {};
  Verdict verdict = blame_harness(test, std::move(reason));
  verdict.kind = VerdictKind::not_applicable;
  return verdict;
}

Verdict blame_harness(const TestCase& test, std::string reason) {
  Verdict verdict;
  verdict.test = &test;
  verdict.requirement = find_requirement(test.requirement);
  verdict.reason = std::move(reason);
  return verdict;
}

std::string shell_quote(const std::string& text) {
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || std::strchr("_@%+=:,./-", c) != nullptr; };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

void identify(Verdict& verdict, const std::string& subject, const Options& options) {
  verdict.subject = subject.empty() ? options.program.substr(options.program.rfind('/') + 1) : subject;
  verdict.seed = options.seed;
  verdict.replay = shell_quote(options.program) + " --run " + std::string(verdict.test->name) + " --seed " +
                   std::to_string(options.seed);
  if (options.time_scale) {
    std::ostringstream scale;
    scale << *options.time_scale;
    verdict.replay += " --time-scale " + scale.str();
  }
  for (const std::string& capability : options.assumed) verdict.replay += " --assume " + shell_quote(capability);
  if (!options.deviations.empty() && !verdict.deviation.empty()) {
    verdict.replay += " --deviations " + shell_quote(options.deviations);
  }
}

double time_scale_of(const Options& options) { return options.time_scale.value_or(natural_time_scale()); }

}  // namespace touchstone::supervisor
