#include <fmt/format.h>

#include <map>
#include <report/assessment.hpp>

namespace touchstone::tool {

namespace {

/// Of a requirement that no test of the run verifies.
void judge_without_tests(Cell& cell, const SubjectResult& subject, bool everything_selected) {
  cell.reason = why_not_applicable(*cell.requirement, subject);
  if (!cell.reason.empty()) {
    cell.verdict = Verdict::not_applicable;
  } else if (everything_selected) {
    cell.verdict = Verdict::untested;
    cell.reason = cell.requirement->untestable_because;
  }
}

void judge(Cell& cell) {
  for (const TestResult* test : cell.tests) {
    const bool is_own = test->own_requirement == cell.requirement->id;
    const Verdict verdict = is_own ? test->own_verdict : test->verdict;
    if (!is_own && (verdict < cell.verdict || cell.reason.empty())) cell.reason = test->reason;
    cell.verdict = worse_of(cell.verdict, verdict);
  }
}

void count(Figures& figures, const Cell& cell, const SubjectResult& subject) {
  const bool tested = is_tested(cell.verdict);
  figures.tested += tested ? 1 : 0;
  if (!cell.requirement->is_must()) return;
  ++figures.all_musts;
  if (!subject.claims(cell.requirement->profile)) return;
  ++figures.claimed_musts;
  figures.claimed_musts_tested += tested ? 1 : 0;
  figures.claimed_musts_untestable += !tested && !cell.requirement->untestable_because.empty() ? 1 : 0;
  const bool stale = cell.verdict == Verdict::unexpected_pass;
  const bool undecided = cell.verdict == Verdict::inconclusive || cell.verdict == Verdict::disputed;
  figures.claimed_musts_passed += cell.verdict == Verdict::pass || stale ? 1 : 0;
  figures.claimed_musts_deviating += cell.verdict == Verdict::deviation ? 1 : 0;
  figures.claimed_musts_broken += tested && cell.verdict < Verdict::unexpected_pass ? 1 : 0;
  figures.claimed_musts_undecided += undecided || cell.verdict == Verdict::harness_error ? 1 : 0;
  figures.stale_deviations += stale ? 1 : 0;
}

/// A run that left something out, or did not end, says nothing about conformance.
bool may_be_called_conformant(const Figures& figures, const RunHeader& header, const SubjectResult& subject) {
  return header.complete && header.selection.everything() && subject.problem.empty() && figures.claimed_musts > 0 &&
         figures.claimed_musts_passed + figures.claimed_musts_untestable == figures.claimed_musts &&
         figures.stale_deviations == 0;
}

}  // namespace

std::string why_not_applicable(const Requirement& requirement, const SubjectResult& subject) {
  if (!subject.claims(requirement.profile)) return fmt::format("profile {} not claimed", requirement.profile);
  const bool runs_processes = subject.has("processes");
  if (requirement.applies == "process" && !runs_processes) return "process pools only";
  if (requirement.applies == "thread" && runs_processes) return "thread pools only";
  for (const std::string& need : requirement.needs) {
    if (!subject.has(need)) return fmt::format("needs {}", need);
  }
  return "";
}

Assessment assess(const Specification& specification, const RunResult& run, const SubjectResult& subject) {
  Assessment assessment;
  assessment.subject = &subject;
  std::map<std::string, std::vector<const TestResult*>> tests;
  for (const TestResult& test : subject.tests) {
    tests[test.requirement].push_back(&test);
    if (!test.own_requirement.empty()) tests[test.own_requirement].push_back(&test);
  }
  // Where the executable never said which tests it has, nothing can be said of any requirement.
  const bool unknown = subject.tests.empty() && (!subject.problem.empty() || !run.header.complete);
  for (const Requirement& requirement : specification.requirements) {
    Cell cell;
    cell.requirement = &requirement;
    cell.tests = tests[requirement.id];
    if (!cell.tests.empty()) {
      judge(cell);
    } else if (!unknown) {
      judge_without_tests(cell, subject, run.header.selection.everything());
    }
    count(assessment.figures, cell, subject);
    assessment.cells.push_back(std::move(cell));
  }
  assessment.figures.conformant = may_be_called_conformant(assessment.figures, run.header, subject);
  return assessment;
}

}  // namespace touchstone::tool
