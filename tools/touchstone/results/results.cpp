#include <fmt/chrono.h>

#include <algorithm>
#include <results/exit_code.hpp>
#include <results/results.hpp>

namespace touchstone::tool {

const std::string& TestResult::why() const {
  if (verdict == Verdict::deviation && !deviation.empty()) return deviation;
  return reason.empty() ? fingerprint : reason;
}

bool SubjectResult::claims(const std::string& profile) const {
  return profile == "core" || std::find(profiles.begin(), profiles.end(), profile) != profiles.end();
}

bool SubjectResult::has(const std::string& capability) const {
  return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
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
