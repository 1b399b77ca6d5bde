// touchstone diff: what is a regression, and what cannot be compared.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <report/comparison.hpp>
#include <report/reports.hpp>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

class ComparisonTest : public testing::Test {
 protected:
  ComparisonTest() : specification_(load_specification(write_specification(folder_))) {}

  nlohmann::json report(const std::vector<Verdict>& verdicts) {
    run_ = run_with(subject_with(verdicts));
    return report_json(make_report(specification_, run_));
  }

  TemporaryFolder folder_;
  Specification specification_;
  RunResult run_;
};

TEST_F(ComparisonTest, FindsRegressionsAndImprovements) {
  using enum Verdict;
  const Comparison comparison = compare(report({pass, pass, fail, fail, pass, deviation, fail}),
                                        report({pass, fail, pass, hung, not_applicable, pass}));
  EXPECT_EQ(comparison.not_comparable, "");
  EXPECT_EQ(comparison.unchanged, 1U);
  std::map<std::string, ChangeKind> kinds;
  for (const Change& change : comparison.changes) kinds[change.requirement] = change.kind;
  EXPECT_EQ(kinds, (std::map<std::string, ChangeKind>{{"FUT-002", ChangeKind::regression},
                                                      {"FUT-003", ChangeKind::improvement},
                                                      {"FUT-004", ChangeKind::other},
                                                      {"FUT-005", ChangeKind::regression},
                                                      {"FUT-006", ChangeKind::improvement},
                                                      {"FUT-007", ChangeKind::improvement}}));
  EXPECT_TRUE(comparison.has_regressions());
}

TEST_F(ComparisonTest, FindsNothingInTheSame) {
  using enum Verdict;
  const Comparison comparison = compare(report({pass, fail}), report({pass, fail}));
  EXPECT_TRUE(comparison.changes.empty());
  EXPECT_FALSE(comparison.has_regressions());
}

TEST_F(ComparisonTest, TakesNewTestsAsNews) {
  using enum Verdict;
  const Comparison comparison = compare(report({pass}), report({pass, fail}));
  ASSERT_EQ(comparison.changes.size(), 1U);
  EXPECT_FALSE(comparison.has_regressions());
}

TEST_F(ComparisonTest, SaysWhatDiffersBesideTheVerdicts) {
  using enum Verdict;
  nlohmann::json newer = report({pass});
  newer["subjects"][0]["compiler"] = "clang";
  EXPECT_EQ(compare(report({pass}), newer).remarks,
            (std::vector<std::string>{"fake: compiler was \"\" and is \"clang\""}));
}

TEST_F(ComparisonTest, RefusesWhatIsNotComparable) {
  using enum Verdict;
  const nlohmann::json whole = report({pass});
  nlohmann::json other = whole;
  other["touchstone_report"] = 99;
  EXPECT_NE(compare(whole, other).not_comparable, "");
  other = whole;
  other["run"]["complete"] = false;
  EXPECT_EQ(compare(other, whole).not_comparable, "the older run was interrupted; run it again");
  other = whole;
  other["run"]["selection"]["filter"] = "x";
  EXPECT_NE(compare(whole, other).not_comparable, "");
  other = whole;
  other["subjects"][0]["name"] = "another";
  EXPECT_NE(compare(whole, other).not_comparable, "");
}

}  // namespace
}  // namespace touchstone::tool
