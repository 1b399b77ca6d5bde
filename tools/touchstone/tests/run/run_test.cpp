// run_subjects: whatever an executable does, the run goes on, and says what became of it.

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <processes/process_tree.hpp>
#include <results/exit_code.hpp>
#include <run/runner.hpp>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

class Run : public testing::Test {
 protected:
  RunOutcome run(const std::vector<std::string>& behaviours, std::size_t jobs = 1) {
    RunOptions options;
    options.jobs = jobs;
    options.silence = std::chrono::seconds(2);
    return run(behaviours, options);
  }

  RunOutcome run(const std::vector<std::string>& behaviours, RunOptions options) {
    specification_ = load_specification(write_specification(folder_));
    for (const std::string& behaviour : behaviours) options.executables.push_back(folder_.fake_subject(behaviour));
    Progress progress(Terminal(), true);
    Processes processes;
    RunOutcome outcome = run_subjects(processes, specification_, Selection(), options, progress,
                                      [&](const std::string& line) { lines_.push_back(line); });
    EXPECT_TRUE(children_of(getpid()).empty());
    return outcome;
  }

  static std::ptrdiff_t count(const SubjectResult& subject, Verdict verdict) {
    return std::count_if(subject.tests.begin(), subject.tests.end(),
                         [&](const TestResult& test) { return test.verdict == verdict; });
  }

  TemporaryFolder folder_;
  Specification specification_;
  std::vector<std::string> lines_;
};

TEST_F(Run, TakesTheVerdictsOfAGoodSubject) {
  const RunOutcome outcome = run({"good"});
  const SubjectResult& subject = outcome.run.subjects.at(0);
  EXPECT_EQ(subject.problem, "");
  EXPECT_EQ(subject.version, "1");
  EXPECT_EQ(subject.tests.size(), 30U);
  EXPECT_EQ(count(subject, Verdict::pass), 30);
  EXPECT_TRUE(outcome.run.header.complete);
  EXPECT_EQ(outcome.run.header.exit_code, exit_expected);
}

TEST_F(Run, ReportsFailuresByTheExitCode) {
  EXPECT_EQ(run({"failing"}).run.header.exit_code, exit_unexpected);
  EXPECT_EQ(run({"inconclusive"}).run.header.exit_code, exit_inconclusive);
  EXPECT_EQ(run({"deviating"}).run.header.exit_code, exit_expected);
  EXPECT_EQ(run({"inconclusive", "failing"}).run.header.exit_code, exit_unexpected);
  EXPECT_EQ(run({"failing", "crashing"}).run.header.exit_code, exit_harness_error);
}

TEST_F(Run, TakesAVerdictAboutAnotherRequirementThanTheTests) {
  const SubjectResult subject = run({"accusing"}).run.subjects.at(0);
  EXPECT_EQ(subject.warnings, std::vector<std::string>());
  EXPECT_EQ(subject.tests.at(2).requirement, subject.tests.at(6).requirement);
  EXPECT_EQ(subject.tests.at(2).own_verdict, Verdict::pass);
}

struct Misbehaviour {
  const char* name;
  int passed;        // verdicts that came before it
  const char* said;  // a part of what is said of the subject
};

class Survives : public Run, public testing::WithParamInterface<Misbehaviour> {};

TEST_P(Survives, AndTheRunGoesOn) {
  const RunOutcome outcome = run({GetParam().name, "good"});
  const SubjectResult& subject = outcome.run.subjects.at(0);
  EXPECT_NE(subject.problem.find(GetParam().said), std::string::npos) << subject.problem;
  EXPECT_EQ(count(subject, Verdict::pass), GetParam().passed);
  EXPECT_EQ(count(subject, Verdict::not_run), 0);
  EXPECT_EQ(count(outcome.run.subjects.at(1), Verdict::pass), 30);
  EXPECT_TRUE(outcome.run.header.complete);
  EXPECT_EQ(outcome.run.header.exit_code, exit_harness_error);
}

INSTANTIATE_TEST_SUITE_P(
    Subjects, Survives,
    testing::Values(Misbehaviour{"crashing", 4, "was killed by signal 6"},
                    Misbehaviour{"exiting", 4, "exited with code 0 before it had given a verdict on 26 of 30"},
                    Misbehaviour{"hanging", 4, "printed nothing for too long"},
                    Misbehaviour{"stubborn", 4, "printed nothing for too long"},
                    Misbehaviour{"garbage", 30, "it printed 3 lines among the verdicts"},
                    Misbehaviour{"unasked", 30, "it printed a line among the verdicts"},
                    Misbehaviour{"unexplained", 30, "exited with code 3 after its last verdict"},
                    Misbehaviour{"dead", 0, "asked with --describe, it was killed by signal 6"},
                    Misbehaviour{"mute", 0, "asked with --describe, it printed nothing for too long"},
                    Misbehaviour{"talkative", 0, "--describe must print one line, not 2"},
                    Misbehaviour{"boasting", 0, "claims a profile that is unknown: everything"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(Run, SurvivesWhatIsNoProgram) {
  folder_.write("text", "this is no program");
  std::filesystem::permissions(folder_.path() / "text", std::filesystem::perms::owner_all);
  specification_ = load_specification(write_specification(folder_));
  RunOptions options;
  options.executables = {folder_.path() / "text", folder_.fake_subject("good")};
  Progress progress(Terminal(), true);
  Processes processes;
  const RunOutcome outcome = run_subjects(processes, specification_, Selection(), options, progress);
  EXPECT_NE(outcome.run.subjects.at(0).problem.find("could not be started"), std::string::npos);
  EXPECT_EQ(count(outcome.run.subjects.at(1), Verdict::pass), 30);
}

TEST_F(Run, KillsWhatASubjectLeavesBehind) {
  // run() sees to it that this process has no children afterwards, and what is left behind becomes its own.
  EXPECT_EQ(run({"leaving"}).run.header.exit_code, exit_expected);
}

TEST_F(Run, UntilFailGoesOverAllSubjectsUntilOneFails) {
  RunOptions options;
  options.until_fail = true;
  const RunOutcome outcome = run({"tiring", "good"}, options);
  EXPECT_EQ(outcome.rounds, 3);
  EXPECT_TRUE(outcome.run.header.complete);
  EXPECT_EQ(outcome.run.header.exit_code, exit_unexpected);
  EXPECT_EQ(count(outcome.run.subjects.at(0), Verdict::pass), 29);
  EXPECT_EQ(count(outcome.run.subjects.at(0), Verdict::fail), 1);
  for (const SubjectResult& subject : outcome.run.subjects) {
    EXPECT_TRUE(
        std::all_of(subject.tests.begin(), subject.tests.end(), [](const auto& one) { return one.times == 3; }));
  }
  EXPECT_EQ(lines_.size(), 61U) << "of further rounds, only what is not as expected";
}

TEST_F(Run, UntilFailEndsAfterSoManyRoundsAsItMayRepeat) {
  RunOptions options;
  options.until_fail = true;
  options.repeat = 2;
  const RunOutcome outcome = run({"inconclusive", "tiring"}, options);
  EXPECT_EQ(outcome.rounds, 2);
  EXPECT_EQ(outcome.run.header.exit_code, exit_inconclusive) << "which is no failure";
}

TEST_F(Run, UntilFailEndsWhereTheHarnessFails) {
  RunOptions options;
  options.until_fail = true;
  EXPECT_EQ(run({"good", "exiting"}, options).rounds, 1);
}

TEST_F(Run, RunsSubjectsSideBySide) {
  const RunOutcome outcome = run({"good", "crashing", "failing", "exiting", "hanging"}, 5);
  EXPECT_EQ(count(outcome.run.subjects.at(0), Verdict::pass), 30);
  EXPECT_EQ(count(outcome.run.subjects.at(1), Verdict::harness_error), 26);
  EXPECT_EQ(count(outcome.run.subjects.at(2), Verdict::fail), 3);
  EXPECT_EQ(count(outcome.run.subjects.at(3), Verdict::harness_error), 26);
}

}  // namespace
}  // namespace touchstone::tool
