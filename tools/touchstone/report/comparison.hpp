// Comparison: what changed between two reports.

#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <results/results.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::tool {

enum class ChangeKind {
  worse,
  better,
  neither,   // nothing was shown, before or after, that the other verdict could be held against
  new_test,  // in the newer run only
  gone_test  // in the older run only
};

struct Change {
  std::string subject;
  std::string requirement;  // empty where the executable itself is meant
  std::string title;
  std::string test;
  Verdict before = Verdict::not_run;
  Verdict after = Verdict::not_run;
  ChangeKind kind = ChangeKind::neither;
  std::string why;     // of the verdict of the newer run; of a test that is gone, of the older one
  std::string replay;  // of the newer run
};

struct Comparison {
  std::string not_comparable;  // why, or empty
  std::vector<Change> changes;
  std::vector<std::string> remarks;                                 // what else differs
  std::map<std::string, std::map<Verdict, std::size_t>> unchanged;  // tests, by subject and verdict

  [[nodiscard]] std::size_t count(ChangeKind kind) const;
  [[nodiscard]] std::size_t count_unchanged() const;
};

/// Compares test by test. A test that is new or gone says nothing about the subject.
[[nodiscard]] Comparison compare(const nlohmann::json& before, const nlohmann::json& after);

/// What a change of a test's verdict says about the subject. What became not applicable or untested, or was so, got
/// neither better nor worse, and neither did a failure by being recorded as a deviation; but what fails now, and did
/// not before, is worse, whatever it was.
[[nodiscard]] ChangeKind kind_of(Verdict before, Verdict after);

/// All kinds, in the order in which they are shown.
[[nodiscard]] const std::vector<ChangeKind>& change_kinds();

/// What the changes of a kind are called: "worse", "neither better nor worse", "new tests".
[[nodiscard]] std::string_view to_string(ChangeKind kind);

/// "412 unchanged, 3 worse, 1 better": how many tests there are of each kind.
[[nodiscard]] std::string summary_of(const Comparison& comparison);

}  // namespace touchstone::tool
