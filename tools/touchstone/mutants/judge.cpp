#include <algorithm>
#include <mutants/judge.hpp>
#include <set>
#include <sstream>

namespace touchstone::tool {

namespace {

bool is_about_memory(const Requirement& requirement) {
  // The chapters on visibility and on the C++ binding (lifetimes), and what other chapters say about letting go.
  static const std::set<std::string> others = {"SUB-018", "CBK-022", "MAP-016", "ASC-015"};
  return requirement.chapter == "visibility" || requirement.chapter == "cpp_binding" || others.contains(requirement.id);
}

bool is_sanitizer_report(const TestResult& result) {
  return (result.verdict == Verdict::crashed || result.verdict == Verdict::fail) &&
         (result.evidence.find("Sanitizer:") != std::string::npos ||
          result.fingerprint.find("anitizer") != std::string::npos);
}

}  // namespace

bool is_kill(const TestResult& result, const Mutant& mutant, const Specification& specification) {
  const bool violated =
      std::find(mutant.violates.begin(), mutant.violates.end(), result.verified()) != mutant.violates.end();
  const Requirement* requirement = specification.find(result.verified());
  if (!violated || !requirement) return false;
  if (is_sanitizer_report(result)) return is_about_memory(*requirement);
  return result.verdict == Verdict::fail || (result.verdict == Verdict::hung && result.proved);
}

std::string telling_line(const TestResult& result) {
  if (!result.reason.empty()) return (result.proved ? "proved: " : "") + result.reason;
  std::istringstream lines(result.evidence);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find_first_not_of(" \t");
    const bool says_something = begin != std::string::npos && line.substr(begin) != "Failed";
    if (says_something) return line.substr(begin);
  }
  return result.fingerprint.empty() ? result.reason : result.fingerprint;
}

std::vector<Kill> kills_of(const Mutant& mutant, const std::vector<TestResult>& results,
                           const Specification& specification) {
  std::vector<Kill> kills;
  for (const TestResult& result : results) {
    if (is_kill(result, mutant, specification)) kills.push_back({result.test, result.verified(), telling_line(result)});
  }
  return kills;
}

}  // namespace touchstone::tool
