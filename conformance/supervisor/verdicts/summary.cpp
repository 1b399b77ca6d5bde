// Counts verdicts and requirements.

#include <algorithm>
#include <supervisor/verdicts/summary.hpp>

namespace touchstone::supervisor {

Summary::Summary(const Description& description) : description_(description) {}

void Summary::add(const Verdict& verdict) {
  ++counts_[verdict.kind];
  const auto [entry, first] = worst_of_requirement_.emplace(verdict.about(), verdict.kind);
  if (!first) entry->second = std::max(entry->second, verdict.kind);
  if (verdict.accuses_another()) worst_of_requirement_.emplace(verdict.test->requirement, verdict.own_kind);
  if (verdict.kind != VerdictKind::deviation) return;
  deviations_.insert(std::string(verdict.about()) + ": " + verdict.deviation +
                     (verdict.link.empty() ? "" : " (" + verdict.link + ")"));
}

std::string Summary::text(bool whole) const {
  std::string text = "\n" + description_.name + (description_.version.empty() ? "" : " " + description_.version) + ": ";
  bool first = true;
  for (const auto& [kind, count] : counts_) {
    text += (first ? "" : ", ") + std::to_string(count) + " " + to_string(kind);
    first = false;
  }
  text += "\n";
  if (whole) text += figures();
  for (const std::string& deviation : deviations_) text += "deviates from " + deviation + "\n";
  return text;
}

std::string Summary::figures() const {
  std::set<std::string, std::less<>> profiles(description_.profiles.begin(), description_.profiles.end());
  profiles.insert("core");
  int all = 0;
  int tested = 0;
  int passed = 0;
  for (const Requirement& requirement : all_requirements()) {
    if (requirement.level != "MUST" || !profiles.contains(requirement.profile)) continue;
    ++all;
    const auto worst = worst_of_requirement_.find(requirement.id);
    if (worst == worst_of_requirement_.end() || worst->second == VerdictKind::not_applicable) continue;
    ++tested;
    if (worst->second == VerdictKind::pass) ++passed;
  }
  std::string names;
  for (const std::string& profile : profiles) names += (names.empty() ? "" : ", ") + profile;
  return std::to_string(passed) + " of " + std::to_string(tested) + " applicable and tested MUSTs pass; these are " +
         std::to_string(tested) + " of the " + std::to_string(all) + " MUSTs of the profiles " + names + "\n";
}

}  // namespace touchstone::supervisor
