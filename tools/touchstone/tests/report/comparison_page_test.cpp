// Two runs side by side: what changed comes first, and what subjects print stays text.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <report/comparison_page.hpp>
#include <report/markup.hpp>
#include <report/reports.hpp>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

class ComparisonPage : public testing::Test {
 protected:
  ComparisonPage() : specification_(load_specification(write_specification(folder_))) {}

  nlohmann::json report(const std::vector<Verdict>& verdicts) {
    run_ = run_with(subject_with(verdicts));
    return report_json(make_report(specification_, run_));
  }

  static std::string page(const nlohmann::json& before, const nlohmann::json& after) {
    return comparison_page(before, after, compare(before, after));
  }

  TemporaryFolder folder_;
  Specification specification_;
  RunResult run_;
};

TEST_F(ComparisonPage, ShowsFirstWhatChanged) {
  using enum Verdict;
  const nlohmann::json older = report({pass, fail, pass, pass, pass});
  nlohmann::json newer = report({fail, pass, not_applicable, pass});
  newer["subjects"][0]["tests"][0]["reason"] = "it did not";
  newer["subjects"][0]["tests"][2]["reason"] = "needs cancel";
  const std::string text = page(older, newer);
  std::size_t at = 0;
  for (const std::string expected :
       {"1 unchanged, 1 worse, 1 better, 1 neither better nor worse, 1 tests that are gone", "<h2>Worse: 1</h2>",
        "FUT-001</span> <span class=\"title\">Title of FUT-001", "it did not", "<code>fake --run Fake.case_1 --seed 1",
        "<h2>Better: 1</h2>", "FUT-002", "<h2>Neither better nor worse: 1</h2>", "FUT-003", "needs cancel",
        "<h2>Tests that are gone: 1</h2>", "FUT-005", "no such test", "<h2>The subjects</h2>", "16 % tested",
        "10 % tested", "<h2>The runs</h2>"}) {
    const std::size_t found = text.find(expected, at);
    ASSERT_NE(found, std::string::npos) << expected << " after\n" << text.substr(at, 2000);
    at = found;
  }
}

TEST_F(ComparisonPage, SaysThatNothingChanged) {
  const nlohmann::json same = report({Verdict::pass});
  const std::string text = page(same, same);
  EXPECT_NE(text.find("<h2>Worse: 0</h2>"), std::string::npos);
  EXPECT_NE(text.find("<h2>Better: 0</h2>"), std::string::npos);
  EXPECT_EQ(text.find("<h2>New tests"), std::string::npos);
  EXPECT_NE(text.find(verdict_markup(Verdict::pass) + " 1<br>"), std::string::npos);
}

TEST_F(ComparisonPage, NeedsNoScriptAndTakesNothingForMarkup) {
  nlohmann::json older = report({Verdict::pass}), newer = report({Verdict::fail});
  const std::string hostile = "</td><script>alert(1)</script><img src=x onerror=alert(2)>{{RUNS}}";
  for (nlohmann::json* const one : {&older, &newer}) {
    nlohmann::json& subject = (*one)["subjects"][0];
    subject["name"] = hostile;
    subject["conformance"] = hostile;
    for (const char* const key : {"test", "replay", "reason"}) subject["tests"][0][key] = hostile;
    (*one)["specification"]["requirements"][0]["title"] = hostile;
    (*one)["run"]["commit"] = hostile;
  }
  newer["subjects"][0]["compiler"] = hostile;
  const std::string text = page(older, newer);
  EXPECT_EQ(text.find("<script"), std::string::npos);
  EXPECT_EQ(text.find("<img"), std::string::npos);
  EXPECT_NE(text.find("&lt;script&gt;"), std::string::npos);
}

}  // namespace
}  // namespace touchstone::tool
