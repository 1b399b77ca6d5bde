#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <report/comparison.hpp>
#include <report/reports.hpp>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

struct Seen {
  std::string requirement;
  Verdict verdict = Verdict::not_run;
  std::string replay;
};

/// By name.
std::map<std::string, Seen> tests_of(const Json& subject) {
  std::map<std::string, Seen> tests;
  for (const Json& test : subject.at("tests")) {
    const auto verdict = verdict_of(test.at("verdict").get<std::string>());
    tests[test.at("test")] = {test.at("requirement"), verdict.value_or(Verdict::not_run), test.at("replay")};
  }
  return tests;
}

std::map<std::string, const Json*> subjects_of(const Json& report) {
  std::map<std::string, const Json*> subjects;
  for (const Json& subject : report.at("subjects")) subjects[subject.at("name")] = &subject;
  return subjects;
}

std::string why_not_comparable(const Json& before, const Json& after) {
  for (const auto& [report, name] : {std::pair(&before, "older"), std::pair(&after, "newer")}) {
    if (report->value("touchstone_report", 0) != report_schema) {
      return fmt::format("the {} file is no report of this version (touchstone_report must be {})", name,
                         report_schema);
    }
    if (!report->at("run").at("complete").get<bool>()) {
      return fmt::format("the {} run was interrupted; run it again", name);
    }
  }
  if (before.at("run").at("selection") != after.at("run").at("selection")) {
    return "the two runs selected different tests; run both with the same options";
  }
  const auto older = subjects_of(before), newer = subjects_of(after);
  for (const auto& [name, subject] : older) {
    if (!newer.contains(name)) return fmt::format("the newer run has no subject {}; run it on the same subjects", name);
  }
  return "";
}

void compare_subject(const std::string& name, const Json& before, const Json& after, Comparison& comparison) {
  const auto older = tests_of(before), newer = tests_of(after);
  for (const auto& [test, was] : older) {
    const auto found = newer.find(test);
    const Seen is = found == newer.end() ? Seen{was.requirement, Verdict::not_run, ""} : found->second;
    if (is.verdict == was.verdict) {
      ++comparison.unchanged;
      continue;
    }
    comparison.changes.push_back(
        {name, is.requirement, test, was.verdict, is.verdict, kind_of(was.verdict, is.verdict), is.replay});
  }
  for (const auto& [test, is] : newer) {
    if (older.contains(test)) continue;
    comparison.changes.push_back(
        {name, is.requirement, test, Verdict::untested, is.verdict, kind_of(Verdict::untested, is.verdict), is.replay});
  }
  for (const char* key : {"version", "compiler", "flags", "sanitizer", "suite_version"}) {
    if (before.at(key) != after.at(key)) {
      comparison.remarks.push_back(fmt::format("{}: {} was \"{}\" and is \"{}\"", name, key,
                                               before.at(key).get<std::string>(), after.at(key).get<std::string>()));
    }
  }
  const std::string was_problem = before.at("problem"), is_problem = after.at("problem");
  if (was_problem.empty() && !is_problem.empty()) {
    comparison.changes.push_back(
        {name, "", "its executable", Verdict::pass, Verdict::harness_error, ChangeKind::regression, ""});
  }
}

}  // namespace

ChangeKind kind_of(Verdict before, Verdict after) {
  // Three ranks: passing; neither good nor bad; trouble.
  const auto rank = [](Verdict verdict) {
    if (verdict == Verdict::pass) return 0;
    return is_trouble(verdict) ? 2 : 1;
  };
  if (before == Verdict::untested || before == Verdict::not_run) return ChangeKind::other;
  if (rank(before) == rank(after)) return ChangeKind::other;
  return rank(after) > rank(before) ? ChangeKind::regression : ChangeKind::improvement;
}

bool Comparison::has_regressions() const {
  return std::any_of(changes.begin(), changes.end(),
                     [](const Change& change) { return change.kind == ChangeKind::regression; });
}

Comparison compare(const Json& before, const Json& after) {
  Comparison comparison;
  comparison.not_comparable = why_not_comparable(before, after);
  if (!comparison.not_comparable.empty()) return comparison;
  const auto older = subjects_of(before), newer = subjects_of(after);
  for (const auto& [name, subject] : newer) {
    const auto found = older.find(name);
    if (found == older.end()) {
      comparison.remarks.push_back(fmt::format("{}: is new", name));
    } else {
      compare_subject(name, *found->second, *subject, comparison);
    }
  }
  return comparison;
}

}  // namespace touchstone::tool
