// touchstone soak: its file is its memory, and nobody else's.

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <results/exit_code.hpp>
#include <sstream>
#include <tests/command_fixture.hpp>

namespace touchstone::tool {
namespace {

class Soak : public Touchstone {
 protected:
  int soak(const std::string& behaviour, int runs, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"soak",   folder_.fake_subject(behaviour),
                                          "--runs", std::to_string(runs),
                                          "--file", (folder_.path() / "soak.jsonl").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  std::vector<nlohmann::json> lines() const {
    std::vector<nlohmann::json> all;
    std::istringstream text(folder_.read("soak.jsonl"));
    for (std::string line; std::getline(text, line);) {
      all.push_back(nlohmann::json::parse(line, nullptr, false));
      EXPECT_TRUE(all.back().is_object()) << line;
    }
    return all;
  }
};

TEST_F(Soak, GoesOnWhereItStopped) {
  EXPECT_EQ(soak("good", 2), exit_expected) << printed_;
  EXPECT_EQ(soak("good", 3), exit_expected) << printed_;
  EXPECT_TRUE(says("2 runs done already")) << printed_;
  EXPECT_TRUE(says("90 pass\n0 verdicts differ")) << printed_;
  EXPECT_EQ(soak("good", 3), exit_expected) << printed_;
  EXPECT_TRUE(says("90 pass\n0 verdicts differ")) << printed_;
  EXPECT_EQ(lines().size(), 4U);
  await_no_children();
}

TEST_F(Soak, KeepsAndShowsWhatWasSaidOfAVerdictThatDiffers) {
  EXPECT_EQ(soak("tiring", 4), exit_unexpected);
  EXPECT_TRUE(says("FUT-007 Fake.case_7  fail in run 3, else pass")) << printed_;
  EXPECT_TRUE(says("| b.cpp:2: Failure\n    | tired\n    replay: fake --run Fake.case_7")) << printed_;
  EXPECT_TRUE(says("119 pass\n1 verdict differs")) << printed_;
  const nlohmann::json line = lines().at(3)["differing"][0]["line"];
  EXPECT_EQ(line["verdict"], "fail");
  EXPECT_EQ(line["evidence"], "b.cpp:2: Failure\ntired");
  EXPECT_EQ(line["fingerprint"], "b.cpp: tired");
  // And it says so again, without a run.
  EXPECT_EQ(soak("tiring", 4), exit_unexpected);
  EXPECT_TRUE(says("| tired\n    replay: fake --run Fake.case_7")) << printed_;
}

TEST_F(Soak, KeepsWhatWasSaidWhereTheFirstVerdictIsTheOneThatDiffers) {
  folder_.write("tiring.runs", "||");
  EXPECT_EQ(soak("tiring", 3), exit_unexpected);
  EXPECT_TRUE(says("FUT-007 Fake.case_7  pass in runs 2, 3, else fail")) << printed_;
  EXPECT_TRUE(says("| b.cpp:2: Failure\n    | tired\n    replay: fake --run Fake.case_7")) << printed_;
}

TEST_F(Soak, RefusesAFileThatIsNotItsOwnAndLeavesItAlone) {
  for (const std::string text :
       {"some notes", "some notes\nof mine\n", "{\"a\": 1}\n", "[]\n", "\n", "{\"touchstone_soak\": 1}\n"}) {
    folder_.write("soak.jsonl", text);
    EXPECT_EQ(soak("good", 1), exit_usage) << text;
    EXPECT_TRUE(says("soak.jsonl is no file of `touchstone soak`; remove it, or choose another with --file") ||
                says("was begun by another version of touchstone; remove it"))
        << printed_;
    EXPECT_EQ(folder_.read("soak.jsonl"), text);
  }
  std::filesystem::remove(folder_.path() / "soak.jsonl");
  std::filesystem::create_directory(folder_.path() / "soak.jsonl");
  EXPECT_EQ(soak("good", 1), exit_usage);
  EXPECT_TRUE(says("cannot be written (Is a directory); choose another with --file")) << printed_;
}

TEST_F(Soak, NamesTheLineThatIsNoneOfIt) {
  ASSERT_EQ(soak("good", 1), exit_expected);
  const std::string whole = folder_.read("soak.jsonl");
  folder_.write("soak.jsonl", whole + "{\"run\": \"two\"}\n");
  EXPECT_EQ(soak("good", 3), exit_usage);
  EXPECT_TRUE(says("its line 3 is none of it")) << printed_;
}

TEST_F(Soak, RefusesAFileOfSomethingElse) {
  ASSERT_EQ(soak("good", 1), exit_expected);
  const std::string before = folder_.read("soak.jsonl");
  EXPECT_EQ(soak("failing", 2), exit_not_comparable);
  EXPECT_TRUE(
      says("was begun with another subject (\"good\", now \"failing\"); remove it, or choose another with --file"))
      << printed_;
  EXPECT_EQ(soak("good", 2, {"--filter", "case_2"}), exit_not_comparable);
  EXPECT_TRUE(says("another selection (\"everything\", now \"--filter case_2\")")) << printed_;
  EXPECT_EQ(soak("good", 1, {"--seed", "2"}), exit_not_comparable) << "though there is no run to do";
  EXPECT_EQ(folder_.read("soak.jsonl"), before);

  const auto replace = [&](const std::string& old, const std::string& by) {
    std::string text = before;
    const std::size_t at = text.find(old);
    ASSERT_NE(at, std::string::npos) << text;
    folder_.write("soak.jsonl", text.replace(at, old.size(), by));
  };
  replace("\"suite version\":\"0\"", "\"suite version\":\"9\"");
  EXPECT_EQ(soak("good", 2), exit_not_comparable);
  EXPECT_TRUE(says("another suite version (\"9\", now \"0\")")) << printed_;
  EXPECT_EQ(lines().size(), 2U) << "it was found out before the run";
  replace("Fake.case_9\"", "Fake.case_99\"");
  EXPECT_EQ(soak("good", 2), exit_not_comparable);
  EXPECT_TRUE(says("was begun with other tests")) << printed_;
  await_no_children();
}

TEST_F(Soak, DoesARunAgainOfWhichAPieceWasWritten) {
  ASSERT_EQ(soak("good", 2), exit_expected);
  const std::string whole = folder_.read("soak.jsonl");
  folder_.write("soak.jsonl", whole.substr(0, whole.size() - 10));
  EXPECT_EQ(soak("good", 2), exit_expected);
  EXPECT_TRUE(says("1 run done already")) << printed_;
  EXPECT_EQ(lines().size(), 3U);
}

TEST_F(Soak, TriesItsFileBeforeTheFirstRun) {
  const std::filesystem::path closed = folder_.path() / "closed";
  std::filesystem::create_directory(closed);
  std::filesystem::permissions(closed, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  in_child_ = be_ordinary_user;
  EXPECT_EQ(run({"soak", folder_.fake_subject("good"), "--runs", "1", "--file", closed / "soak.jsonl"}), exit_usage);
  EXPECT_TRUE(says("cannot be written (Permission denied); choose another with --file")) << printed_;
  EXPECT_FALSE(says("30 pass")) << printed_;
}

TEST_F(Soak, SaysWhatAFullDiskTook) {
  ASSERT_EQ(soak("good", 1), exit_expected);
  const rlim_t full = std::filesystem::file_size(folder_.path() / "soak.jsonl") + 10;
  in_child_ = [&] {
    const rlimit size{full, full};
    setrlimit(RLIMIT_FSIZE, &size);
  };
  EXPECT_EQ(soak("good", 3), exit_harness_error);
  EXPECT_TRUE(says("soak.jsonl cannot be written (File too large)")) << printed_;
  EXPECT_TRUE(says("60 pass\n0 verdicts differ")) << printed_;
  EXPECT_EQ(lines().size(), 2U);
}

TEST_F(Soak, WritesNothingElseIntoItsFile) {
  in_child_ = [] { close(STDOUT_FILENO); };
  EXPECT_EQ(soak("good", 2), exit_harness_error) << "nobody has seen what it found";
  EXPECT_EQ(lines().size(), 3U);
}

TEST_F(Soak, CanBeInterrupted) {
  const pid_t command = start({"soak", folder_.fake_subject("working"), "--runs", "1", "--file",
                               folder_.path() / "soak.jsonl", "--spec", spec_});
  await_grandchild(command);
  kill(command, SIGINT);
  EXPECT_EQ(finish(command), exit_interrupted) << printed_;
  EXPECT_TRUE(lines().empty());
  await_no_children();
}

}  // namespace
}  // namespace touchstone::tool
