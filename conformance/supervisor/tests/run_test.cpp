// A subject executable as a whole: what it prints and returns for tests that end in every way that there is,
// and for subjects that misbehave before any test begins.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <supervisor/child/build.hpp>
#include <supervisor/selection.hpp>
#include <supervisor/tests/program_run.hpp>
#include <touchstone/test.hpp>

namespace touchstone::supervisor {
namespace {

/// The verdict line of one test.
ProgramResult run_lines(const std::string& test, const Environment& environment = {}) {
  return run_fake_subject({"--lines", "--time-scale", "0.1", "--run", test}, environment);
}

#define EXPECT_SAYS(result, text) EXPECT_TRUE((result).says(text)) << (result).out << (result).errors

TEST(Run, PassIsZero) {
  const ProgramResult result = run_lines("Good.passes");
  EXPECT_EQ(result.code, 0);
  EXPECT_SAYS(result, R"("verdict":"pass")");
  EXPECT_SAYS(result, R"("witness":"the value came back")");
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
}

TEST(Run, WhatATestPrintsStaysOutOfTheLines) {
  const ProgramResult result = run_lines("Good.prints_garbage");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out.find("garbage"), result.out.find("garbage\",\"requirement"));
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
}

TEST(Run, FailureSaysWhereAndWhat) {
  const ProgramResult result = run_lines("Bad.fails");
  EXPECT_EQ(result.code, 1);
  EXPECT_SAYS(result, R"("verdict":"fail")");
  EXPECT_SAYS(result, "fake_suite.cpp:");
  EXPECT_SAYS(result, "Which is: 42");
  EXPECT_SAYS(result, "about to fail");
  EXPECT_EQ(result.out.find("not reproduced"), std::string::npos);
  EXPECT_EQ(result.out.find("/conformance/"), std::string::npos) << "the path of a machine";
}

TEST(Run, FailureThatDoesNotComeAgainIsReportedAsSuch) {
  const std::string file = testing::TempDir() + "touchstone_run_test";
  std::remove(file.c_str());
  const ProgramResult result = run_lines("Bad.fails_first_time", {{"TOUCHSTONE_FAKE_FILE", file}});
  std::remove(file.c_str());
  EXPECT_EQ(result.code, 1);
  EXPECT_SAYS(result, R"("verdict":"fail")");
  EXPECT_SAYS(result, "not reproduced at once: 1 of 2");
}

TEST(Run, EachEndingHasItsVerdict) {
  const std::tuple<const char*, int, const char*> expectations[] = {
      {"Bad.throws", 1, R"("fingerprint":"the test threw std::runtime_error: out of ideas")"},
      {"Bad.states_no_witness", 2, R"("verdict":"inconclusive")"},
      {"Bad.sees_no_witness", 2, "not decided, for the situation did not come up in which two tasks overlapped"},
      {"Bad.skips", 3, "a test must not skip itself"},
      {"Bad.exits", 1, R"("fingerprint":"crashed: exit 0")"},
      {"Bad.crashes", 1, R"("fingerprint":"crashed: signal 6")"},
      {"Bad.leaves_a_thread", 0, R"("verdict":"pass")"},
      {"Other.needs_cancel", 0, R"("reason":"needs future.cancel")"},
      {"Other.is_of_another_profile", 0, R"("reason":"profile python not claimed")"},
      {"Other.needs_what_nobody_knows", 3, R"(future.cancle\", which is not in spec)"},
      {"Other.has_no_requirement", 3, "verifies FAK-999"},
  };
  for (const auto& [test, code, text] : expectations) {
    const ProgramResult result = run_lines(test);
    EXPECT_EQ(result.code, code) << test << result.out;
    EXPECT_SAYS(result, text);
  }
}

TEST(Run, SanitizersAreHeard) {
  const ProgramResult result = run_lines("Bad.leaks");
  if (sanitizer() == "address") {
    EXPECT_EQ(result.code, 1);
    EXPECT_SAYS(result, R"("fingerprint":"crashed: exit 23")");
    EXPECT_SAYS(result, "detected memory leaks");
  } else {
    EXPECT_EQ(result.code, 0);
  }
}

TEST(Run, HangsAreProved) {
  for (const char* const test : {"Hung.deadlocks", "Hung.deadlocks_in_its_mutexes"}) {
    const ProgramResult result = run_lines(test);
    EXPECT_EQ(result.code, 1);
    EXPECT_SAYS(result, R"("verdict":"hung","class":"deadlock","proved":true)");
    EXPECT_EQ(result.out.find(R"("proof_ms":null)"), std::string::npos) << result.out;
  }
}

TEST(Run, FailureBeforeAHangIsTold) {
  const ProgramResult result = run_fake_subject({"--run", "Hung.deadlocks_after_a_failure"});
  EXPECT_SAYS(result, "fail ");
  EXPECT_SAYS(result, "this comes first");
  EXPECT_SAYS(result, "then it hung: ");
}

TEST(Run, OutputThatNobodyReadsIsNoFaultOfTheHarness) {
  // Who started this test may ignore the signal.
  const std::string command = "set -o pipefail; env --default-signal=PIPE '" TOUCHSTONE_FAKE_SUBJECT
                              "' --lines --repeat 50 --run Good.passes | true";
  const ProgramResult result = RunningProgram({"/bin/bash", "-c", command}).wait();
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.errors.find("does not read on"), std::string::npos) << result.errors;
}

TEST(Run, HangThatIsADocumentedChoicePasses) {
  const ProgramResult result = run_lines("Hung.deadlocks_as_documented");
  EXPECT_EQ(result.code, 0);
  EXPECT_SAYS(result, R"("verdict":"pass","class":"deadlock","proved":true,"choice":"deadlocks")");
  EXPECT_SAYS(result, R"("witness":"it came to the gate")");
}

TEST(Run, HangsThatCannotBeProvedHaveAClass) {
  const std::pair<const char*, const char*> expectations[] = {
      {"Hung.livelocks", R"("class":"livelock","proved":false)"},
      {"Hung.idles", R"("class":"stalled","proved":false)"},
      {"Hung.goes_on_for_ever", R"("class":"slow","proved":false)"},
  };
  for (const auto& [test, text] : expectations) {
    ProgramResult result;
    for (const char* const scale : {sanitizer().empty() ? "0.03" : "0.1", "0.5", "1"}) {
      result = run_fake_subject({"--lines", "--time-scale", scale, "--run", test});
      // On a busy machine that is all that can be said of so short a time.
      if (!result.says("the machine has hardly any time for it")) break;
    }
    EXPECT_EQ(result.code, 1);
    EXPECT_SAYS(result, text);
    EXPECT_SAYS(result, "spoils the proof: ");
    EXPECT_EQ(result.out.find("deadlock"), std::string::npos) << "what is not proved must not be called so";
  }
}

TEST(Run, SubjectsThatMisbehaveBeforeTheTestsAreHarnessErrors) {
  const std::pair<const char*, const char*> expectations[] = {
      {"throws", "no subject today"},      {"null", "made no subject"},
      {"aborts", "has crashed"},           {"never_starts", "hangs when it is made"},
      {"unknown_capability", "telepathy"}, {"unknown_profile", "astrology"},
  };
  for (const auto& [misbehaviour, text] : expectations) {
    const ProgramResult result = run_lines("Good.passes", {{"TOUCHSTONE_FAKE", misbehaviour}});
    EXPECT_EQ(result.code, 3) << misbehaviour;
    EXPECT_SAYS(result, R"("verdict":"harness-error")");
    EXPECT_SAYS(result, text);
    EXPECT_NE(result.errors.find(text), std::string::npos) << result.errors;
  }
}

TEST(Run, SubjectsThatMisbehaveInATestFailIt) {
  for (const char* const misbehaviour : {"throws_from_make", "throws_from_submit"}) {
    const ProgramResult result = run_lines("Good.passes", {{"TOUCHSTONE_FAKE", misbehaviour}});
    EXPECT_EQ(result.code, 1);
    EXPECT_SAYS(result, R"("verdict":"fail")");
    EXPECT_SAYS(result, "today");
  }
}

TEST(Run, ThreadsBeforeMainLeadToFreshProcesses) {
  const ProgramResult result = run_lines("Good.passes", {{"TOUCHSTONE_FAKE", "early_thread"}});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_SAYS(result, R"("verdict":"pass")");
}

TEST(Run, ObjectsThatLiveAsLongAsTheProgramAreLeftAlone) {
  const ProgramResult result = run_lines("Good.passes", {{"TOUCHSTONE_FAKE", "waits_at_the_end"}});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_SAYS(result, R"("verdict":"pass")");
}

TEST(Run, EnvironmentOfOtherTestProgramsHasNoInfluence) {
  const ProgramResult result = run_lines("Good.passes", {{"GTEST_FILTER", "-*"},
                                                         {"GTEST_OUTPUT", "xml:touchstone_must_not_exist.xml"},
                                                         {"GTEST_TOTAL_SHARDS", "2"},
                                                         {"GTEST_SHARD_INDEX", "1"},
                                                         {"GTEST_REPEAT", "3"}});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_SAYS(result, R"("verdict":"pass")");
  EXPECT_FALSE(std::ifstream("touchstone_must_not_exist.xml").good());
}

TEST(Run, ReplayLineIsWhatAShellUnderstands) {
  EXPECT_EQ(shell_quote("bin/subjects/my-pool_2"), "bin/subjects/my-pool_2");
  EXPECT_EQ(shell_quote("my build/my_pool"), "'my build/my_pool'");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quote(""), "''");
  const std::string plain = "0123456789_@%+=:,./-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (char c = 1; c < 127; ++c) {
    const std::string text = std::string("a") + c + "b";
    EXPECT_EQ(shell_quote(text) == text, plain.find(c) != std::string::npos) << text;
    EXPECT_EQ(RunningProgram({"/bin/sh", "-c", "printf %s " + shell_quote(text)}).wait().out, text);
  }
  const ProgramResult result = run_fake_subject({"--lines", "--time-scale", "0.5", "--run", "Good.passes"});
  EXPECT_SAYS(result, " --run Good.passes --seed 1 --time-scale 0.5\"}");
}

TEST(Run, IgnoresNoSignalsThatItsStarterIgnores) {
  const ProgramResult result = RunningProgram({"/bin/sh", "-c", "trap '' HUP INT TERM; exec \"$0\" \"$@\"",
                                               TOUCHSTONE_FAKE_SUBJECT, "--lines", "--run", "Good.heeds_signals"})
                                   .wait();
  EXPECT_EQ(result.code, 0) << result.out << result.errors;
}

TEST(Run, RepeatGivesALineEach) {
  const ProgramResult result = run_fake_subject({"--lines", "--repeat", "5", "--run", "Good.passes"});
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 5);
  const ProgramResult until = run_fake_subject({"--lines", "--until-fail", "--repeat", "5", "--run", "Bad.fails"});
  EXPECT_EQ(std::count(until.out.begin(), until.out.end(), '\n'), 1);
  EXPECT_EQ(until.code, 1);
}

TEST(Run, WhatIsAssumedSwitchesTestsOn) {
  const ProgramResult result =
      run_fake_subject({"--lines", "--assume", "future.cancel", "--run", "Other.needs_cancel"});
  EXPECT_SAYS(result, "a test that does not apply was run");
  const ProgramResult assumed = run_fake_subject({"--assume", "future.cancel", "--run", "Bad.fails"});
  EXPECT_SAYS(assumed, "--run Bad.fails --seed 1 --assume future.cancel\n");
}

TEST(Run, HereRunsInThisProcess) {
  const ProgramResult result =
      run_fake_subject({"--here", "--repeat", "2", "--run", "Good.passes", "--run", "Bad.fails"});
  EXPECT_EQ(result.code, 1);
  EXPECT_SAYS(result, "[       OK ] Good.passes");
  EXPECT_SAYS(result, "[  FAILED  ] Bad.fails");
}

TEST(Run, DeviationsTurnFaultsIntoDeviations) {
  const std::string file = testing::TempDir() + "touchstone_run_test.toml";
  std::ofstream(file) << "[[deviation]]\nrequirement = \"FAK-002\"\ntest = \"Bad.fails\"\nfingerprint = \"Value(43)\"\n"
                         "reason = \"counts badly\"\nlink = \"issue 7\"\n"
                         "[[deviation]]\nrequirement = \"FAK-001\"\ntest = \"Good.passes\"\nfingerprint = \"x\"\n"
                         "reason = \"once upon a time\"\n";
  const ProgramResult known = run_fake_subject({"--lines", "--deviations", file, "--run", "Bad.fails"});
  EXPECT_EQ(known.code, 0);
  EXPECT_SAYS(known, R"("verdict":"deviation")");
  EXPECT_SAYS(known, R"("deviation":"counts badly","link":"issue 7")");
  EXPECT_EQ(run_fake_subject({"--strict", "--deviations", file, "--run", "Bad.fails"}).code, 1);
  const ProgramResult passes = run_fake_subject({"--lines", "--deviations=" + file, "--run", "Good.passes"});
  EXPECT_EQ(passes.code, 1);
  EXPECT_SAYS(passes, R"("verdict":"unexpected-pass")");
  std::remove(file.c_str());
}

TEST(Run, WorkerThatComesBackFromBeforeMainIsEnded) {
  const int before = workers_in_main();
  const ProgramResult result = run_lines("Good.passes", {{"TOUCHSTONE_ARENA", std::getenv("TOUCHSTONE_ARENA")}});
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.errors.find("before_main must serve"), std::string::npos) << result.errors;
  EXPECT_EQ(workers_in_main(), before + 1);
}

TEST(Run, WrongUsageIs64AndSaysTheCure) {
  const std::pair<std::vector<std::string>, const char*> expectations[] = {
      {{"--run", "No.such_test"}, "--list names them all"},
      {{"--tests", "/dev/null"}, "no test is selected"},
      {{"--tests", "/nowhere"}, "cannot be read"},
      {{"--frobnicate"}, "see --help"},
      {{"--seed", "x"}, "not a whole number"},
      {{"--repeat", "0"}, "at least 1"},
      {{"--time-scale", "-1"}, "not a positive number"},
      {{"--run"}, "needs a value"},
      {{"--assume=telepathy", "--run", "Good.passes"}, "there is no such capability"},
      {{"--deviations", "/nowhere", "--run", "Good.passes"}, "/nowhere: cannot be read"},
      {{"--runner-pipe", "99", "--run", "Good.passes"}, "not open"},
  };
  for (const auto& [options, text] : expectations) {
    const ProgramResult result = run_fake_subject(options);
    EXPECT_EQ(result.code, 64) << text;
    EXPECT_NE(result.errors.find(text), std::string::npos) << result.errors;
  }
}

}  // namespace
}  // namespace touchstone::supervisor
