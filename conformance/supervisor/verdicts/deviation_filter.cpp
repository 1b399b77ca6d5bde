// Holds verdicts back until it is known what a deviation makes of them.

#include <algorithm>
#include <iterator>
#include <supervisor/verdicts/deviation_filter.hpp>
#include <utility>

namespace touchstone::supervisor {

DeviationFilter::DeviationFilter(std::vector<Deviation> deviations, const std::vector<const TestCase*>& selected,
                                 const Claims& claims, Printer& printer)
    : deviations_(std::move(deviations)), selected_(selected), claims_(claims), printer_(printer) {}

void DeviationFilter::add(std::vector<Verdict> verdicts) {
  for (Verdict& verdict : verdicts) explain_fault(verdict, deviations_);
  const std::string requirement(verdicts.front().test->requirement);
  std::vector<Verdict>& held = held_[requirement];
  std::move(verdicts.begin(), verdicts.end(), std::back_inserter(held));
  const auto expected = std::count_if(selected_.begin(), selected_.end(), [&requirement](const TestCase* each) {
    return each->requirement == requirement;
  });
  if (has_entry_for_all(requirement) && ++tests_done_[requirement] < expected) return;
  release(requirement, held);
  held_.erase(requirement);
}

void DeviationFilter::release_all() {
  for (auto& [requirement, verdicts] : held_) {
    for (const Verdict& verdict : verdicts) printer_.print_verdict(verdict);
  }
  held_.clear();
}

bool DeviationFilter::has_entry_for_all(const std::string& requirement) const {
  return std::any_of(deviations_.begin(), deviations_.end(), [&requirement](const Deviation& entry) {
    return entry.requirement == requirement && entry.test.empty();
  });
}

bool DeviationFilter::complete(const std::string& requirement) const {
  return std::all_of(all_tests().begin(), all_tests().end(), [&](const TestCase& test) {
    return test.requirement != requirement || !claims_.why_not_applicable(test).empty() ||
           std::find(selected_.begin(), selected_.end(), &test) != selected_.end();
  });
}

void DeviationFilter::release(const std::string& requirement, std::vector<Verdict>& verdicts) {
  std::vector<Verdict*> judged;
  for (Verdict& verdict : verdicts) {
    if (verdict.kind != VerdictKind::not_applicable) judged.push_back(&verdict);
  }
  if (!deviations_.empty()) flag_unexpected_passes(judged, complete(requirement), deviations_);
  for (const Verdict& verdict : verdicts) printer_.print_verdict(verdict);
}

}  // namespace touchstone::supervisor
