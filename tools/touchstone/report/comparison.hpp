// Comparison: what changed between two reports.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <results/verdict.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

enum class ChangeKind { regression, improvement, other };

struct Change {
  std::string subject;
  std::string requirement;
  std::string test;
  Verdict before = Verdict::not_run;
  Verdict after = Verdict::not_run;
  ChangeKind kind = ChangeKind::other;
  std::string replay;  // of the newer run
};

struct Comparison {
  std::string not_comparable;  // why, or empty
  std::vector<Change> changes;
  std::vector<std::string> remarks;  // what else differs
  std::size_t unchanged = 0;

  [[nodiscard]] bool has_regressions() const;
};

/// Compares test by test. Anything that passed and does not pass any more is a regression, "not applicable" and
/// "gone" included: who drops a capability does not get better by it.
[[nodiscard]] Comparison compare(const nlohmann::json& before, const nlohmann::json& after);

/// Whether going from one verdict to the other is for the worse.
[[nodiscard]] ChangeKind kind_of(Verdict before, Verdict after);

}  // namespace touchstone::tool
