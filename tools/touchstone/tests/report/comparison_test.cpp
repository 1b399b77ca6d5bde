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

TEST_F(ComparisonTest, TellsWorseFromBetterFromNeither) {
  using enum Verdict;
  const Comparison comparison = compare(report({pass, pass, fail, fail, pass, deviation, fail, pass}),
                                        report({pass, fail, pass, hung, not_applicable, pass}));
  EXPECT_EQ(comparison.not_comparable, "");
  EXPECT_EQ(comparison.count_unchanged(), 1U);
  EXPECT_EQ(comparison.unchanged.at("fake").at(pass), 1U);
  std::map<std::string, ChangeKind> kinds;
  for (const Change& change : comparison.changes) kinds[change.requirement] = change.kind;
  EXPECT_EQ(kinds, (std::map<std::string, ChangeKind>{{"FUT-002", ChangeKind::worse},
                                                      {"FUT-003", ChangeKind::better},
                                                      {"FUT-004", ChangeKind::neither},
                                                      {"FUT-005", ChangeKind::neither},
                                                      {"FUT-006", ChangeKind::better},
                                                      {"FUT-007", ChangeKind::gone_test},
                                                      {"FUT-008", ChangeKind::gone_test}}));
  EXPECT_EQ(comparison.count(ChangeKind::worse), 1U);
  EXPECT_EQ(comparison.changes.front().requirement, "FUT-004") << "the worst verdict first";
  EXPECT_EQ(comparison.changes.front().title, "Title of FUT-004");
}

TEST_F(ComparisonTest, FindsNothingInTheSame) {
  using enum Verdict;
  const Comparison comparison = compare(report({pass, fail}), report({pass, fail}));
  EXPECT_TRUE(comparison.changes.empty());
}

TEST_F(ComparisonTest, TakesNewTestsAsNews) {
  using enum Verdict;
  const Comparison comparison = compare(report({pass}), report({pass, fail}));
  ASSERT_EQ(comparison.changes.size(), 1U);
  EXPECT_EQ(comparison.changes.front().kind, ChangeKind::new_test);
}

TEST_F(ComparisonTest, KnowsWhyWhatIsSo) {
  using enum Verdict;
  const nlohmann::json older = report({pass, fail, pass});
  nlohmann::json newer = report({fail, deviation, fail});
  newer["subjects"][0]["tests"][0]["reason"] = "it did not";
  newer["subjects"][0]["tests"][1]["deviation"] = "as documented";
  newer["subjects"][0]["problem"] = "it crashed";
  newer["subjects"][0]["tests"][2]["fingerprint"] = "Expected: true";
  const Comparison comparison = compare(older, newer);
  ASSERT_EQ(comparison.changes.size(), 4U);
  EXPECT_EQ(comparison.changes[0].test, "its executable");
  EXPECT_EQ(comparison.changes[0].why, "it crashed");
  EXPECT_EQ(comparison.changes[1].why, "it did not");
  EXPECT_EQ(comparison.changes[2].why, "Expected: true");
  EXPECT_EQ(comparison.changes[3].why, "as documented");
}

TEST_F(ComparisonTest, ReadsReportsThatAreOlderThanTitles) {
  using enum Verdict;
  nlohmann::json older = report({fail}), newer = report({pass});
  for (nlohmann::json* one : {&older, &newer}) {
    for (nlohmann::json& requirement : (*one)["specification"]["requirements"]) requirement.erase("title");
  }
  EXPECT_EQ(compare(older, newer).changes.front().title, "");
}

/// The verdicts that have a standing of their own, and what each change from one to another is called.
TEST(ChangeKinds, HoldForEveryPairOfVerdicts) {
  using enum Verdict;
  const std::vector<Verdict> after = {pass, deviation, inconclusive, fail, not_applicable};
  const std::vector<std::pair<Verdict, std::string>> table = {
      {pass, "=---n"}, {deviation, "+=n-n"}, {inconclusive, "+n=-n"}, {fail, "+nn=n"}, {not_applicable, "nnn-="}};
  for (const auto& [was, row] : table) {
    for (std::size_t i = 0; i < after.size(); ++i) {
      const ChangeKind expected = row[i] == '+'   ? ChangeKind::better
                                  : row[i] == '-' ? ChangeKind::worse
                                                  : ChangeKind::neither;
      EXPECT_EQ(kind_of(was, after[i]), expected) << to_string(was) << " to " << to_string(after[i]);
    }
  }
  EXPECT_EQ(kind_of(deviation, unexpected_pass), ChangeKind::better);
  EXPECT_EQ(kind_of(pass, unexpected_pass), ChangeKind::neither);
  EXPECT_EQ(kind_of(fail, crashed), ChangeKind::neither);
  EXPECT_EQ(kind_of(pass, harness_error), ChangeKind::worse);
  EXPECT_EQ(kind_of(pass, untested), ChangeKind::neither);
  EXPECT_EQ(kind_of(not_run, hung), ChangeKind::worse);
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
