// --until-fail: the selected tests as a whole, again and again.

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <supervisor/tests/program_run.hpp>
#include <thread>

namespace touchstone::supervisor {
namespace {

/// The tests of the lines, in their order.
std::string tests_in(const ProgramResult& result) {
  std::string tests;
  const std::string key = R"("test":")";
  for (std::size_t at = 0; (at = result.out.find(key, at)) != std::string::npos;) {
    at += key.size();
    tests += (tests.empty() ? "" : " ") + result.out.substr(at, result.out.find('"', at) - at);
  }
  return tests;
}

TEST(UntilFail, GoesOverAllTestsAgainAndAgain) {
  const std::string good = "Good.passes", later = "Bad.fails_from_its_third_run_on";
  const std::string file = testing::TempDir() + "touchstone_run_test_until_fail";
  const auto run = [&](std::vector<std::string> options) {
    std::remove(file.c_str());
    options.insert(options.begin(), "--until-fail");
    for (const std::string& test : {later, good}) options.insert(options.end(), {"--run", test});
    return run_fake_subject(options, {{"TOUCHSTONE_FAKE_FILE", file}});
  };
  const ProgramResult lines = run({"--lines"});
  EXPECT_EQ(lines.code, 1);
  EXPECT_EQ(tests_in(lines), later + " " + good + " " + later + " " + good + " " + later + " " + good);

  const ProgramResult text = run({});
  EXPECT_EQ(text.code, 1);
  EXPECT_TRUE(text.says("1 pass, 1 fail")) << text.out;
  EXPECT_TRUE(text.says("failed after 3 rounds")) << text.out;

  const ProgramResult two = run({"--repeat", "2"});
  EXPECT_EQ(two.code, 0);
  EXPECT_TRUE(two.says("no failure in 2 rounds")) << two.out;

  const ProgramResult here = run({"--here"});
  EXPECT_EQ(here.code, 1);
  EXPECT_TRUE(here.says("5 pass, 1 fail")) << here.out;
  std::remove(file.c_str());
}

TEST(UntilFail, IsNotEndedByWhatIsKnownNorGoesOnForNothing) {
  const std::string file = testing::TempDir() + "touchstone_run_test_until_fail.toml";
  std::ofstream(file) << "[[deviation]]\nrequirement = \"FAK-002\"\ntest = \"Bad.fails\"\nfingerprint = \"Value(43)\"\n"
                         "reason = \"counts badly\"\n";
  std::vector<std::string> options = {"--lines", "--until-fail", "--repeat",  "2",     "--deviations",
                                      file,      "--run",        "Bad.fails", "--run", "Bad.sees_no_witness"};
  const ProgramResult known = run_fake_subject(options);
  EXPECT_EQ(known.code, 2) << "inconclusive";
  EXPECT_EQ(tests_in(known), "Bad.fails Bad.sees_no_witness Bad.fails Bad.sees_no_witness");
  options.push_back("--strict");
  EXPECT_EQ(tests_in(run_fake_subject(options)), "Bad.fails Bad.sees_no_witness");
  std::remove(file.c_str());
  for (const char* const mode : {"--lines", "--here"}) {
    EXPECT_EQ(run_fake_subject({mode, "--until-fail", "--run", "Other.needs_cancel"}).code, 0);
  }
}

TEST(UntilFail, CanBeInterrupted) {
  const std::string file = testing::TempDir() + "touchstone_run_test_started";
  std::remove(file.c_str());
  RunningProgram program({TOUCHSTONE_FAKE_SUBJECT, "--until-fail", "--run", "Good.leaves_a_process"},
                         {{"TOUCHSTONE_FAKE_FILE", file}});
  while (!std::ifstream(file).good()) std::this_thread::yield();
  kill(program.process(), SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.code, 130);
  EXPECT_NE(result.errors.find("interrupted in round "), std::string::npos) << result.errors;
  std::remove(file.c_str());
}

}  // namespace
}  // namespace touchstone::supervisor
