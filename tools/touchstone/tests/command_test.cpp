// The command as a process: its exit codes, its files, and that it leaves no process, however it ends.

#include <signal.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>
#include <results/exit_code.hpp>
#include <tests/command_fixture.hpp>

namespace touchstone::tool {
namespace {

TEST_F(Touchstone, RunsAndWritesItsReports) {
  EXPECT_EQ(run({"run", folder_.fake_subject("good"), "--output", output()}), exit_expected) << printed_;
  EXPECT_NE(printed_.find("conformant: core"), std::string::npos) << printed_;
  for (const char* name : {"report.json", "junit.xml", "summary.md", "index.html"}) {
    EXPECT_FALSE(folder_.read(std::filesystem::path("report") / name).empty()) << name;
  }
  EXPECT_EQ(run({"run", folder_.fake_subject("failing"), "--output", output()}), exit_unexpected);
  EXPECT_NE(printed_.find("replay: fake --run Fake.case_10"), std::string::npos) << printed_;
  EXPECT_EQ(printed_.find("conformant:"), std::string::npos);
}

TEST_F(Touchstone, NeverCallsADeviatingOrPartialRunConformant) {
  EXPECT_EQ(run({"run", folder_.fake_subject("deviating"), "--output", output()}), exit_expected);
  EXPECT_EQ(printed_.find("conformant:"), std::string::npos);
  EXPECT_EQ(run({"run", folder_.fake_subject("deviating"), "--strict", "--output", output()}), exit_unexpected);
  EXPECT_EQ(run({"run", folder_.fake_subject("good"), "--shard", "1/1", "--output", output()}), exit_expected);
  EXPECT_EQ(printed_.find("conformant:"), std::string::npos);
}

TEST_F(Touchstone, RefusesWhatDoesNotExist) {
  const std::string good = folder_.fake_subject("good");
  EXPECT_EQ(run({"run", "nobody"}), exit_usage);
  EXPECT_NE(printed_.find("unknown subject nobody"), std::string::npos) << printed_;
  EXPECT_EQ(run({"run", good, "--filter", "Nothing", "--output", output()}), exit_usage);
  EXPECT_FALSE(std::filesystem::exists(output()));
  EXPECT_EQ(run({"run", good, "--filter", "["}), exit_usage);
  EXPECT_EQ(run({"run", good, "--profile", "nobody"}), exit_usage);
  EXPECT_NE(printed_.find("core and futures"), std::string::npos) << printed_;
  EXPECT_EQ(run({"run", good, "--level", "perhaps"}), exit_usage);
  EXPECT_EQ(run({"run", good, "--chapter", "ABC"}), exit_usage);
  EXPECT_EQ(run({"run", good, "--shard", "3/2"}), exit_usage);
  for (const char* const seed : {"-1", "99999999999999999999999", "x"}) {
    EXPECT_EQ(run({"run", good, "--seed", seed}), exit_usage) << seed;
    EXPECT_NE(printed_.find("is no whole number from 0 to 18446744073709551615"), std::string::npos) << printed_;
  }
  EXPECT_EQ(run({"run", good, "--jobs", "0"}), exit_usage);
  EXPECT_EQ(run({"run", good, "--time-scale", "nan"}), exit_usage);
  EXPECT_EQ(run({"run", good, "--no-such-option"}), exit_usage);
  EXPECT_EQ(run({"explain", "FUT-999"}), exit_usage);
  EXPECT_EQ(finish(start({"bogus"})), exit_usage);
  EXPECT_NE(printed_.find("there is no command bogus"), std::string::npos) << printed_;
  EXPECT_EQ(run({"list", "nothing"}), exit_usage);
}

TEST_F(Touchstone, SaysWhereResultsCannotGoBeforeItRunsATest) {
  folder_.write("taken", "a file");
  for (const std::string& folder : {(folder_.path() / "taken").string(), std::string("/proc/nowhere"), std::string()}) {
    EXPECT_EQ(run({"run", folder_.fake_subject("good"), "--output", folder}), exit_harness_error) << folder;
    EXPECT_NE(printed_.find("choose another one with --output"), std::string::npos) << printed_;
    EXPECT_EQ(printed_.find("30 tests"), std::string::npos) << printed_;
  }
}

TEST_F(Touchstone, TellsThatItsOutputWasLost) {
  for (const std::string arguments : {"list", "--help", "explain FUT-001"}) {
    const std::string command = std::string(TOUCHSTONE_COMMAND) + " " + arguments;
    const int status = std::system((command + " > /dev/full 2> /dev/null").c_str());
    EXPECT_EQ(WEXITSTATUS(status), exit_harness_error) << arguments;
  }
}

TEST_F(Touchstone, NamesThePlaceOfAnErrorInTheSpecification) {
  folder_.write("spec/requirements/future.toml", chapter_text(requirement_text("FUT-001", {"level = \"PERHAPS\""})));
  EXPECT_EQ(run({"list"}), exit_harness_error);
  EXPECT_NE(printed_.find("spec/requirements/future.toml:11: level: unknown value \"PERHAPS\""), std::string::npos)
      << printed_;
}

TEST_F(Touchstone, ComparesReports) {
  const std::string older = output() + "/report.json", newer = output() + "2/report.json";
  EXPECT_EQ(run({"run", folder_.fake_subject("good"), "--output", output()}), exit_expected);
  EXPECT_EQ(run({"run", folder_.fake_subject("failing"), "--output", output() + "2"}), exit_unexpected);
  EXPECT_EQ(finish(start({"diff", older, older})), exit_expected);
  EXPECT_EQ(finish(start({"diff", older, newer})), exit_not_comparable) << "another subject";
  const std::string page = output() + "/side_by_side.html";
  EXPECT_EQ(finish(start({"diff", older, older, "--html", page})), exit_expected);
  EXPECT_NE(folder_.read("report/side_by_side.html").find("30 unchanged"), std::string::npos);
  EXPECT_EQ(finish(start({"diff", older, older, "--html", "/proc/nowhere"})), exit_harness_error);
  EXPECT_NE(printed_.find("/proc/nowhere cannot be written"), std::string::npos) << printed_;
}

class Interrupted : public Touchstone, public testing::WithParamInterface<std::tuple<const char*, int>> {};

TEST_P(Interrupted, LeavesNoProcessAndWritesAnIncompleteReport) {
  const auto [behaviour, signal] = GetParam();
  const pid_t command = start({"run", folder_.fake_subject(behaviour), "--spec", spec_, "--output", output()});
  await_grandchild(command);
  kill(command, signal);
  EXPECT_EQ(finish(command), exit_interrupted) << printed_;
  await_no_children();
  const auto report = nlohmann::json::parse(folder_.read("report/report.json"));
  EXPECT_FALSE(report["run"]["complete"].get<bool>());
  EXPECT_EQ(report["subjects"][0]["tests"][0]["verdict"], "pass");
  EXPECT_EQ(report["subjects"][0]["tests"][29]["verdict"], "not-run");
  EXPECT_FALSE(report["subjects"][0]["conformant"].get<bool>());
}

INSTANTIATE_TEST_SUITE_P(Signals, Interrupted,
                         testing::Values(std::tuple("working", SIGINT), std::tuple("working", SIGTERM),
                                         std::tuple("stubborn", SIGINT)));

TEST_F(Touchstone, LeavesNoProcessWhenItIsKilled) {
  const pid_t command = start({"run", folder_.fake_subject("working"), "--spec", spec_, "--output", output()});
  await_grandchild(command);
  kill(command, SIGKILL);
  EXPECT_EQ(finish(command), -SIGKILL);
  await_no_children();
}

}  // namespace
}  // namespace touchstone::tool
