#include <CLI/CLI.hpp>
#include <algorithm>
#include <doctor/examined_subject.hpp>
#include <report/assessment.hpp>
#include <results/exit_code.hpp>
#include <set>

namespace touchstone::tool {

namespace {

// An executable that says nothing for so long will not say anything.
constexpr std::chrono::seconds patience{60};

}  // namespace

bool KnownTest::needs(const std::string& capability) const {
  const auto has = [&](const std::vector<std::string>& needs) {
    return std::find(needs.begin(), needs.end(), capability) != needs.end();
  };
  return has(requirement->needs) || has(listed.needs);
}

Printed ExaminedSubject::ask(const std::string& option) {
  Command command;
  command.arguments = {option};
  return run_executable(std::move(command));
}

Printed ExaminedSubject::run_executable(Command command) {
  command.program = executable_;
  command.silence = patience;
  Printed printed = run_program(processes_, std::move(command));
  if (processes_.interrupted()) throw CLI::RuntimeError(exit_interrupted);
  return printed;
}

KnownTests ExaminedSubject::first_of_different_requirements(KnownTests tests, std::size_t most) {
  std::stable_sort(tests.begin(), tests.end(), [](const KnownTest* one, const KnownTest* other) {
    return one->need_count() < other->need_count();
  });
  std::set<std::string> seen;
  std::erase_if(tests, [&](const KnownTest* test) { return !seen.insert(test->requirement->id).second; });
  if (tests.size() > most) tests.resize(most);
  return tests;
}

KnownTests ExaminedSubject::switched_on_by(const std::string& capability) const {
  KnownTests found;
  for (const KnownTest& test : tests_) {
    if (!test.listed.applicable && test.listed.reason == "needs " + capability) found.push_back(&test);
  }
  return found;
}

std::string ExaminedSubject::why_not_applicable_if_claimed(const Requirement& requirement) const {
  SubjectResult claiming = description_;
  claiming.profiles.push_back(requirement.profile);
  return why_not_applicable(requirement, claiming);
}

std::vector<TestResult> ExaminedSubject::run(const KnownTests& tests, std::vector<std::string> options) {
  Command command;
  command.arguments = {"--lines", "--tests", "-"};
  command.arguments.insert(command.arguments.end(), options.begin(), options.end());
  for (const KnownTest* test : tests) command.input += test->listed.test + "\n";
  command.runner_pipe = true;
  const Printed printed = run_executable(std::move(command));
  ending_ = printed.ending;
  std::vector<TestResult> results;
  for (const std::string& line : printed.lines) {
    if (std::optional<TestResult> result = parse_verdict_line(line)) results.push_back(std::move(*result));
  }
  return results;
}

}  // namespace touchstone::tool
