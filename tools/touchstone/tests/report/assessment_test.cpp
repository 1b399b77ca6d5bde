// The figures of a subject, and the word conformant.

#include <gtest/gtest.h>

#include <report/assessment.hpp>
#include <report/reports.hpp>
#include <results/exit_code.hpp>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

class FiguresTest : public testing::Test {
 protected:
  /// 40 requirements; the last two are MUSTs of a profile that is not claimed and a SHOULD.
  FiguresTest() {
    specification_ = load_specification(write_specification(folder_, 40));
    specification_.requirements[38].profile = "futures";
    specification_.requirements[39].level = "SHOULD";
  }

  Assessment assess_verdicts(const std::vector<Verdict>& verdicts) {
    run_ = run_with(subject_with(verdicts));
    return assess(specification_, run_, run_.subjects.front());
  }

  static std::vector<Verdict> passes(std::size_t count) { return std::vector<Verdict>(count, Verdict::pass); }

  std::string sentence(const Assessment& assessment) {
    return conformance_sentence(make_report(specification_, run_), assessment);
  }

  TemporaryFolder folder_;
  Specification specification_;
  RunResult run_;
};

TEST_F(FiguresTest, AreTwoAndNeverOne) {
  std::vector<Verdict> verdicts = passes(30);
  verdicts[0] = Verdict::fail;
  verdicts[1] = Verdict::deviation;
  verdicts[2] = Verdict::inconclusive;
  verdicts[3] = Verdict::not_applicable;
  verdicts[4] = Verdict::harness_error;
  verdicts[5] = Verdict::unexpected_pass;
  const Figures figures = assess_verdicts(verdicts).figures;
  EXPECT_EQ(figures.claimed_musts, 38);
  EXPECT_EQ(figures.all_musts, 39);
  EXPECT_EQ(figures.claimed_musts_tested, 28) << "not the inapplicable one, nor what the harness lost";
  EXPECT_EQ(figures.claimed_musts_passed, 25) << "a deviation is never counted as passed";
  EXPECT_EQ(figures.claimed_musts_broken, 1);
  EXPECT_EQ(figures.claimed_musts_deviating, 1);
  EXPECT_EQ(figures.claimed_musts_undecided, 2);
  EXPECT_EQ(figures.stale_deviations, 1);
  EXPECT_FALSE(figures.conformant);
}

TEST_F(FiguresTest, CountAVerdictAboutAnotherRequirementForBoth) {
  run_ = run_with(subject_with(passes(30)));
  TestResult& test = run_.subjects.front().tests[3];
  test.own_requirement = test.requirement;
  test.own_verdict = Verdict::pass;
  test.requirement = "FUT-007";
  test.verdict = Verdict::hung;
  test.reason = "in the destruction";
  const Assessment assessment = assess(specification_, run_, run_.subjects.front());
  EXPECT_EQ(assessment.cells[3].verdict, Verdict::pass) << "what the test found of its own";
  EXPECT_EQ(assessment.cells[3].reason, "");
  EXPECT_EQ(assessment.cells[6].verdict, Verdict::hung);
  EXPECT_EQ(assessment.cells[6].reason, "in the destruction");
  EXPECT_EQ(assessment.figures.claimed_musts_broken, 1);
}

TEST_F(FiguresTest, SayConformantOnlyWhereNothingIsAgainstIt) {
  EXPECT_TRUE(assess_verdicts(passes(38)).figures.conformant);
  EXPECT_FALSE(assess_verdicts(passes(37)).figures.conformant) << "one was not tested";
  EXPECT_FALSE(assess_verdicts({}).figures.conformant) << "none was tested";
  specification_.requirements[37].untestable_because = "Nobody can see it.";
  EXPECT_TRUE(assess_verdicts(passes(37)).figures.conformant);
  for (const Verdict verdict :
       {Verdict::fail, Verdict::hung, Verdict::crashed, Verdict::deviation, Verdict::inconclusive,
        Verdict::unexpected_pass, Verdict::harness_error, Verdict::disputed}) {
    std::vector<Verdict> verdicts = passes(38);
    verdicts[7] = verdict;
    EXPECT_FALSE(assess_verdicts(verdicts).figures.conformant) << to_string(verdict);
  }
  std::vector<Verdict> verdicts = passes(40);
  verdicts[39] = Verdict::fail;
  EXPECT_TRUE(assess_verdicts(verdicts).figures.conformant) << "a SHOULD does not count";
}

TEST_F(FiguresTest, SayConformantOnlyAfterAWholeRun) {
  run_ = run_with(subject_with(passes(38)));
  run_.header.complete = false;
  EXPECT_FALSE(assess(specification_, run_, run_.subjects.front()).figures.conformant);
  run_ = run_with(subject_with(passes(38)));
  run_.header.selection.levels = {"MUST"};
  EXPECT_FALSE(assess(specification_, run_, run_.subjects.front()).figures.conformant);
  run_ = run_with(subject_with(passes(38)));
  run_.subjects.front().problem = "it crashed";
  EXPECT_FALSE(assess(specification_, run_, run_.subjects.front()).figures.conformant);
}

TEST_F(FiguresTest, ComeWithASentence) {
  EXPECT_EQ(sentence(assess_verdicts(passes(38))), "conformant: core");
  EXPECT_EQ(sentence(assess_verdicts(passes(30))), "no violation in 30 of 38 MUSTs");
  std::vector<Verdict> verdicts = passes(30);
  verdicts[0] = Verdict::fail;
  verdicts[1] = Verdict::deviation;
  EXPECT_EQ(sentence(assess_verdicts(verdicts)), "breaks 2 MUSTs, 1 of them as recorded");
  verdicts[0] = Verdict::deviation;
  EXPECT_EQ(sentence(assess_verdicts(verdicts)), "breaks 2 MUSTs, as recorded");
  verdicts[0] = Verdict::inconclusive;
  verdicts[1] = Verdict::fail;
  EXPECT_EQ(sentence(assess_verdicts(verdicts)), "breaks 1 MUST");
  verdicts[1] = Verdict::pass;
  EXPECT_EQ(sentence(assess_verdicts(verdicts)), "no violation in 29 of 38 MUSTs, 1 undecided");
  EXPECT_EQ(coverage_sentence(assess_verdicts(passes(19))),
            "19 of 38 MUSTs of core (50 %), 19 of 39 of all profiles (48 %)");
}

TEST_F(FiguresTest, TakeTheWorstVerdictOfARequirement) {
  SubjectResult subject = subject_with(passes(30));
  TestResult second = subject.tests.front();
  second.test = "Fake.second";
  second.verdict = Verdict::hung;
  subject.tests.push_back(second);
  run_ = run_with(subject);
  const Assessment assessment = assess(specification_, run_, run_.subjects.front());
  EXPECT_EQ(assessment.cells[0].verdict, Verdict::hung);
  EXPECT_EQ(assessment.cells[0].tests.size(), 2U);
}

TEST_F(FiguresTest, ExplainWhatIsNotApplicableOrUntested) {
  specification_.requirements[35].needs = {"order.fifo"};
  specification_.requirements[36].applies = "process";
  const Assessment assessment = assess_verdicts(passes(30));
  EXPECT_EQ(assessment.cells[34].verdict, Verdict::untested);
  EXPECT_EQ(assessment.cells[35].verdict, Verdict::not_applicable);
  EXPECT_EQ(assessment.cells[35].reason, "needs order.fifo");
  EXPECT_EQ(assessment.cells[36].reason, "process pools only");
  EXPECT_EQ(assessment.cells[38].reason, "profile futures not claimed");
}

TEST(Verdicts, HaveAPrecedenceAndAnExitCode) {
  EXPECT_EQ(worse_of(Verdict::pass, Verdict::not_applicable), Verdict::pass);
  EXPECT_EQ(worse_of(Verdict::deviation, Verdict::inconclusive), Verdict::inconclusive);
  EXPECT_EQ(worse_of(Verdict::hung, Verdict::crashed), Verdict::crashed);
  EXPECT_EQ(exit_code_of(Verdict::deviation, false), exit_expected);
  EXPECT_EQ(exit_code_of(Verdict::deviation, true), exit_unexpected);
  EXPECT_EQ(worse_exit_code(exit_inconclusive, exit_unexpected), exit_unexpected);
  EXPECT_EQ(worse_exit_code(exit_unexpected, exit_harness_error), exit_harness_error);
  EXPECT_EQ(worse_exit_code(exit_expected, exit_inconclusive), exit_inconclusive);
  for (const VerdictLook& look : verdict_looks()) {
    EXPECT_EQ(verdict_of(look.name), look.verdict);
    EXPECT_EQ(look_of(look.verdict).name, look.name);
  }
}

}  // namespace
}  // namespace touchstone::tool
