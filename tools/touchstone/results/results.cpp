#include <fmt/chrono.h>

#include <algorithm>
#include <results/exit_code.hpp>
#include <results/results.hpp>
#include <utility>

namespace touchstone::tool {

const std::string& TestResult::why() const {
  if (verdict == Verdict::deviation && !deviation.empty()) return deviation;
  return reason.empty() ? fingerprint : reason;
}

void TestResult::add_repetition(TestResult other) {
  if (other.verdict == Verdict::not_run) return;
  if (verdict == Verdict::not_run) {
    *this = std::move(other);
    return;
  }
  const int all_times = times + other.times;
  const double all_seconds = seconds + other.seconds;
  if (other.verdict < verdict) *this = std::move(other);
  times = all_times;
  seconds = all_seconds;
}

bool SubjectResult::claims(const std::string& profile) const {
  return profile == "core" || std::find(profiles.begin(), profiles.end(), profile) != profiles.end();
}

bool SubjectResult::has(const std::string& capability) const {
  return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
}

void SubjectResult::add_repetition(SubjectResult other) {
  seconds += other.seconds;
  if (problem.empty()) problem = std::move(other.problem);
  for (std::string& warning : other.warnings) {
    if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) warnings.push_back(std::move(warning));
  }
  for (TestResult& test : other.tests) {
    const auto known =
        std::find_if(tests.begin(), tests.end(), [&](const TestResult& one) { return one.test == test.test; });
    if (known != tests.end()) known->add_repetition(std::move(test));
  }
}

std::string utc_text(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

int exit_code_of(const RunResult& run) {
  int code = exit_expected;
  for (const SubjectResult& subject : run.subjects) {
    if (!subject.problem.empty()) code = worse_exit_code(code, exit_harness_error);
    for (const TestResult& test : subject.tests) {
      code = worse_exit_code(code, exit_code_of(test.verdict, run.header.strict));
    }
  }
  return code;
}

}  // namespace touchstone::tool
