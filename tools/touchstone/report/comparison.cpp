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
  std::string why;
  std::string replay;
};

/// By name.
std::map<std::string, Seen> tests_of(const Json& subject) {
  std::map<std::string, Seen> tests;
  for (const Json& test : subject.at("tests")) {
    TestResult result;
    result.verdict = verdict_of(test.at("verdict").get<std::string>()).value_or(Verdict::not_run);
    result.reason = test.at("reason");
    result.deviation = test.at("deviation");
    result.fingerprint = test.at("fingerprint");
    tests[test.at("test")] = {test.at("requirement"), result.verdict, result.why(), test.at("replay")};
  }
  return tests;
}

/// By id, of both: what only one of them has, has a title, too. There is none in reports older than titles.
std::map<std::string, std::string> titles_of(const Json& before, const Json& after) {
  std::map<std::string, std::string> titles;
  for (const Json* report : {&after, &before}) {
    for (const Json& requirement : report->at("specification").at("requirements")) {
      titles.emplace(requirement.at("id"), requirement.value("title", ""));
    }
  }
  return titles;
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

void compare_tests(const std::string& name, const Json& before, const Json& after, Comparison& comparison) {
  const auto older = tests_of(before), newer = tests_of(after);
  for (const auto& [test, was] : older) {
    const auto found = newer.find(test);
    if (found == newer.end()) {
      comparison.changes.push_back(
          {name, was.requirement, "", test, was.verdict, Verdict::not_run, ChangeKind::gone_test, was.why, ""});
    } else if (const Seen& is = found->second; is.verdict == was.verdict) {
      ++comparison.unchanged[name][is.verdict];
    } else {
      comparison.changes.push_back({name, is.requirement, "", test, was.verdict, is.verdict,
                                    kind_of(was.verdict, is.verdict), is.why, is.replay});
    }
  }
  for (const auto& [test, is] : newer) {
    if (older.contains(test)) continue;
    comparison.changes.push_back(
        {name, is.requirement, "", test, Verdict::not_run, is.verdict, ChangeKind::new_test, is.why, is.replay});
  }
}

void compare_executables(const std::string& name, const Json& before, const Json& after, Comparison& comparison) {
  for (const char* key : {"version", "compiler", "flags", "sanitizer", "suite_version"}) {
    if (before.at(key) != after.at(key)) {
      comparison.remarks.push_back(fmt::format("{}: {} was \"{}\" and is \"{}\"", name, key,
                                               before.at(key).get<std::string>(), after.at(key).get<std::string>()));
    }
  }
  const std::string was_problem = before.at("problem"), is_problem = after.at("problem");
  if (was_problem.empty() && !is_problem.empty()) {
    comparison.changes.push_back(
        {name, "", "", "its executable", Verdict::pass, Verdict::harness_error, ChangeKind::worse, is_problem, ""});
  }
}

/// What a verdict says of a promise.
enum class Standing { kept, recorded, undecided, broken, not_tested };

Standing standing_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
    case Verdict::unexpected_pass:
      return Standing::kept;
    case Verdict::deviation:
      return Standing::recorded;
    case Verdict::harness_error:
    case Verdict::disputed:
    case Verdict::inconclusive:
      return Standing::undecided;
    case Verdict::crashed:
    case Verdict::hung:
    case Verdict::fail:
      return Standing::broken;
    default:
      return Standing::not_tested;
  }
}

}  // namespace

ChangeKind kind_of(Verdict before, Verdict after) {
  const Standing was = standing_of(before), is = standing_of(after);
  if (was == is) return ChangeKind::neither;
  if (is == Standing::broken) return ChangeKind::worse;
  if (was == Standing::not_tested || is == Standing::not_tested) return ChangeKind::neither;
  if (is == Standing::kept) return ChangeKind::better;
  return was == Standing::kept ? ChangeKind::worse : ChangeKind::neither;
}

const std::vector<ChangeKind>& change_kinds() {
  using enum ChangeKind;
  static const std::vector<ChangeKind> kinds = {worse, better, neither, new_test, gone_test};
  return kinds;
}

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::worse:
      return "worse";
    case ChangeKind::better:
      return "better";
    case ChangeKind::new_test:
      return "new tests";
    case ChangeKind::gone_test:
      return "tests that are gone";
    default:
      return "neither better nor worse";
  }
}

std::size_t Comparison::count(ChangeKind kind) const {
  return static_cast<std::size_t>(
      std::count_if(changes.begin(), changes.end(), [kind](const Change& change) { return change.kind == kind; }));
}

std::size_t Comparison::count_unchanged() const {
  std::size_t count = 0;
  for (const auto& [subject, verdicts] : unchanged) {
    for (const auto& [verdict, tests] : verdicts) count += tests;
  }
  return count;
}

std::string summary_of(const Comparison& comparison) {
  std::string text = fmt::format("{} unchanged", comparison.count_unchanged());
  for (const ChangeKind kind : change_kinds()) {
    const std::size_t count = comparison.count(kind);
    if (count > 0) text += fmt::format(", {} {}", count, to_string(kind));
  }
  return text;
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
      compare_tests(name, *found->second, *subject, comparison);
      compare_executables(name, *found->second, *subject, comparison);
    }
  }
  const auto titles = titles_of(before, after);
  for (Change& change : comparison.changes) {
    if (const auto title = titles.find(change.requirement); title != titles.end()) change.title = title->second;
  }
  std::stable_sort(comparison.changes.begin(), comparison.changes.end(),
                   [](const Change& one, const Change& other) { return one.after < other.after; });
  return comparison;
}

}  // namespace touchstone::tool
