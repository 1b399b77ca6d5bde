// Whom a verdict accuses: the requirement of the test, or another one that the test stumbled over.

#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <supervisor/child/child.hpp>
#include <supervisor/child/report.hpp>
#include <supervisor/verdicts/deviations.hpp>
#include <supervisor/verdicts/verdict.hpp>

namespace touchstone::supervisor {
namespace {

/// A child that was killed by a signal; what its test had reported by then.
Observation crash(int signal, const std::string& body_report) {
  Observation observation;
  observation.ending = Ending::crashed;
  observation.status = signal;
  observation.reports = split_reports(body_report);
  return observation;
}

TestReport report_of_a_pass() {
  TestReport report;
  report.witnesses = {{true, "it came up"}};
  return report;
}

const TestCase& test() { return *find_test("Bad.fails"); }

TEST(Accusation, OfACrashInTheTestIsItsOwn) {
  const Verdict verdict = judge(test(), crash(SIGSEGV, ""));
  EXPECT_EQ(verdict.kind, VerdictKind::crashed);
  EXPECT_EQ(verdict.about(), "FAK-002");
  EXPECT_FALSE(verdict.accuses_another());
}

TEST(Accusation, OfACrashInTheDestructionIsAboutThat) {
  const Verdict verdict = judge(test(), crash(SIGABRT, encode_body(report_of_a_pass())));
  EXPECT_EQ(verdict.kind, VerdictKind::crashed);
  EXPECT_EQ(verdict.about(), "SHD-032");
  EXPECT_EQ(verdict.own_kind, VerdictKind::pass);
  EXPECT_NE(to_line(verdict).find(R"("requirement":"SHD-032")"), std::string::npos);
  EXPECT_NE(to_line(verdict).find(R"("own_requirement":"FAK-002","own_verdict":"pass")"), std::string::npos);
}

TEST(Accusation, OfAHangInTheDestructionIsAboutThat) {
  Observation observation = crash(0, encode_body(report_of_a_pass()));
  observation.ending = Ending::hung;
  observation.hang = {"deadlock", true, "nobody moves", "", 1.0};
  const Verdict verdict = judge(test(), observation);
  EXPECT_EQ(verdict.kind, VerdictKind::hung);
  EXPECT_EQ(verdict.about(), "SHD-032");
  EXPECT_NE(verdict.reason.find("in the destruction of an executor"), std::string::npos);
}

TEST(Accusation, IsOfTheTestItselfWhereThatHadFailed) {
  TestReport report = report_of_a_pass();
  report.failures = {{"a.cpp", 7, "Failed\nit is wrong"}};
  const Verdict verdict = judge(test(), crash(SIGABRT, encode_body(report)));
  EXPECT_EQ(verdict.kind, VerdictKind::fail);
  EXPECT_EQ(verdict.about(), "FAK-002");
  EXPECT_NE(verdict.evidence.find("in the destruction of an executor"), std::string::npos);
}

TEST(Accusation, IsOfTheTestItselfWhereAnAssertionFailedBeforeItCrashed) {
  const Failure failure{"a.cpp", 7, "Failed\nit is\twrong"};
  const Verdict verdict = judge(test(), crash(SIGABRT, encode_early(failure)));
  EXPECT_EQ(verdict.kind, VerdictKind::fail);
  EXPECT_EQ(verdict.about(), "FAK-002");
  EXPECT_NE(verdict.reason.find("it is\twrong"), std::string::npos) << verdict.reason;
  EXPECT_NE(verdict.evidence.find("then it crashed: "), std::string::npos) << verdict.evidence;
}

TEST(Accusation, DoesNotMissWhatCameAfterAFailedAssertion) {
  TestReport report = report_of_a_pass();
  report.failures = {{"a.cpp", 7, "Failed\nit is wrong"}};
  const SentReports sent =
      split_reports(encode_early(report.failures.front()) + encode_body(report) + encode(report) + "early fail");
  EXPECT_EQ(sent.early.size(), 1U);
  EXPECT_TRUE(decode_report(sent.body).has_value());
  EXPECT_TRUE(sent.end.empty()) << "half a line may still come";
  EXPECT_TRUE(decode_report(split_reports(encode_early(report.failures.front()) + encode(report)).end).has_value());
}

TEST(Accusation, OfACrashAfterTheLastDestructionIsAboutThat) {
  const Verdict verdict = judge(test(), crash(SIGSEGV, encode(report_of_a_pass())));
  EXPECT_EQ(verdict.kind, VerdictKind::crashed);
  EXPECT_EQ(verdict.about(), "SHD-032");
  EXPECT_EQ(verdict.own_kind, VerdictKind::pass);
  EXPECT_NE(verdict.reason.find("after the test was over"), std::string::npos);
}

TEST(Accusation, LeavesOpenWhatHadNoWitness) {
  const Verdict verdict = judge(test(), crash(SIGABRT, encode_body({})));
  EXPECT_EQ(verdict.about(), "SHD-032");
  EXPECT_EQ(verdict.own_kind, VerdictKind::inconclusive);
}

TEST(Accusation, OfAHangInADestructorThatTheTestCalledIsAboutThat) {
  Observation observation = crash(0, "");
  observation.ending = Ending::hung;
  observation.hang = {"deadlock", true, "nobody moves", "", 1.0};
  observation.in_destructor = true;
  EXPECT_EQ(judge(test(), observation).about(), "SHD-032");
  EXPECT_EQ(judge(test(), observation).own_kind, VerdictKind::inconclusive);
}

TEST(Accusation, OfAHangThatBreaksAPromiseWhateverWasTestedIsAboutThat) {
  Observation observation = crash(0, "");
  observation.ending = Ending::hung;
  observation.hang = {"lost-wake-up", true, "not all were woken", "FAK-001", 1.0};
  EXPECT_EQ(judge(test(), observation).about(), "FAK-001");
}

TEST(Accusation, OfAnExceptionThatNobodyCaughtIsAboutThat) {
  Observation observation = crash(SIGABRT, "");
  observation.evidence = "printed:\nterminate called after throwing an instance of 'int'\n";
  observation.task_threw = true;
  const Verdict verdict = judge(test(), observation);
  EXPECT_EQ(verdict.about(), "SUB-013");
  EXPECT_EQ(verdict.own_kind, VerdictKind::inconclusive);
  observation.task_threw = false;
  EXPECT_EQ(judge(test(), observation).about(), "FAK-002") << "it was no task that threw";
}

TEST(Accusation, IsWhatADeviationIsAbout) {
  Deviation entry;
  entry.requirement = "SHD-032";
  entry.fingerprint = "crashed";
  entry.reason = "known";
  Verdict verdict = judge(test(), crash(SIGABRT, encode_body(report_of_a_pass())));
  explain_fault(verdict, {entry});
  EXPECT_EQ(verdict.kind, VerdictKind::deviation);
  Verdict own = judge(test(), crash(SIGABRT, ""));
  explain_fault(own, {entry});
  EXPECT_EQ(own.kind, VerdictKind::crashed);
}

TEST(SplitReports, TellsTheBodyFromTheEnd) {
  TestReport report = report_of_a_pass();
  report.choice = "end of the body\nend\n";
  const std::string text = encode_body(report) + encode(report);
  const SentReports reports = split_reports(text);
  EXPECT_TRUE(decode_report(reports.body));
  EXPECT_EQ(decode_report(reports.end)->choice, report.choice);
  EXPECT_TRUE(split_reports(text.substr(0, text.size() - 1)).end.empty());
  EXPECT_TRUE(split_reports(encode(report)).body.empty());
}

}  // namespace
}  // namespace touchstone::supervisor
