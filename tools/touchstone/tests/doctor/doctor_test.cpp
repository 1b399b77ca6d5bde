// The doctor: what is wrong with an adapter is told apart from what its executor does wrong.

#include <fmt/format.h>

#include <map>
#include <results/exit_code.hpp>
#include <tests/command_fixture.hpp>

namespace touchstone::tool {
namespace {

/// A subject that is a script: what it says of itself, and what comes out of each of its tests.
struct Patient {
  std::string capabilities = R"("future","order.fifo")";
  std::map<int, std::string> verdicts = {};  // of Fake.case_N, where it is not "pass"; with further keys of the line
  int applicable = 30;                       // of the 30 tests, so many
};

class Doctor : public Touchstone {
 protected:
  /// Of the requirements, FUT-026 to FUT-028 need order.fifo as well.
  Doctor() {
    std::string requirements;
    for (int number = 1; number <= 30; ++number) {
      const bool ordered = number >= 26 && number <= 28;
      const std::string needs = number == 30 ? "[]" : ordered ? R"(["future", "order.fifo"])" : R"(["future"])";
      requirements += requirement_text(fmt::format("FUT-{:03}", number), {"needs = " + needs});
    }
    folder_.write("spec/requirements/future.toml", chapter_text(requirements));
    folder_.write("spec/capabilities.toml", folder_.read("spec/capabilities.toml") +
                                                "\n[[capability]]\nid = \"queue\"\nfound = \"concept\"\n"
                                                "text = \"It holds some (assumed).\"\n");
  }

  int examine(const Patient& patient) {
    folder_.write("patient", script_of(patient));
    const std::string path = folder_.path() / "patient";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return run({"doctor", path});
  }

 private:
  static std::string script_of(const Patient& patient) {
    std::string list, verdicts;
    for (int number = 1; number <= 30; ++number) {
      const std::string test = fmt::format("Fake.case_{}", number), requirement = fmt::format("FUT-{:03}", number);
      const bool applies = number <= patient.applicable || number == 30;
      list += fmt::format(R"({{"test":"{}","requirement":"{}","applicable":{},"reason":"{}","needs":"{}"}})", test,
                          requirement, applies, applies ? "" : "needs future",
                          number == 24 || number == 25 ? "callbacks queue" : "") +
              "\n";
      const auto given = patient.verdicts.find(number);
      verdicts += fmt::format(
          R"(  {0}) echo '{{"touchstone":1,"subject":"fake","test":"{0}","requirement":"{1}","revision":1,"level":"MUST",)"
          R"("profile":"core",{2},"seed":1,"seconds":0.001,"proof_ms":null,"replay":"fake --run {0}"}}' ;;)",
          test, requirement, given == patient.verdicts.end() ? R"("verdict":"pass")" : given->second);
      verdicts += "\n";
    }
    return fmt::format(R"(#!/bin/sh
case "$1" in
--describe)
  echo '{{"touchstone":1,"subject":"fake","version":"","profiles":["core"],"capabilities":[{}],"compiler":"c","flags":"","sanitizer":"","suite_version":"0"}}' ;;
--list)
  cat <<'END'
{}END
  ;;
*)
  while read -r test; do case "$test" in
{}  esac; done ;;
esac
)",
                       patient.capabilities, list, verdicts);
  }
};

constexpr auto failing = R"("verdict":"fail","reason":"it did not")";

TEST_F(Doctor, FindsNothingWhereNothingIsWrong) {
  EXPECT_EQ(examine({}), exit_expected) << printed_;
  EXPECT_TRUE(says("2 of 2 abilities that tests look at were seen to work")) << printed_;
  EXPECT_TRUE(says("The adapter is well: touchstone run")) << printed_;
  EXPECT_FALSE(says("wrong")) << printed_;
}

TEST_F(Doctor, DoesNotBlameTheAdapterForWhatItsExecutorDoesWrong) {
  EXPECT_EQ(examine({.verdicts = {{2, failing}, {27, failing}}}), exit_expected) << printed_;
  EXPECT_TRUE(says("2 of 2 abilities")) << printed_;
  EXPECT_TRUE(says("what the executor itself does wrong, met on the way:")) << printed_;
  EXPECT_TRUE(says("FUT-002 Title of FUT-002: fail\n  it did not\n  replay: fake --run Fake.case_2")) << printed_;
  EXPECT_TRUE(says("Unless it does not promise order.fifo")) << printed_;
  EXPECT_TRUE(says("its adapter need not be mended")) << printed_;
}

TEST_F(Doctor, DoubtsADeclarationOfWhichNothingIsSeen) {
  EXPECT_EQ(examine({.verdicts = {{26, failing}, {27, failing}, {28, failing}}}), exit_inconclusive) << printed_;
  EXPECT_TRUE(says("the adapter declares order.fifo, and 3 of 3 tests of it do not pass")) << printed_;
  EXPECT_TRUE(says("1 of 2 abilities")) << printed_;
  EXPECT_FALSE(says("what the executor itself does wrong")) << printed_;
  EXPECT_TRUE(says("The adapter may need mending")) << printed_;
}

// An executor that can do nothing passes the tests of what it must not do.
TEST_F(Doctor, DoubtsADeclarationOfWhichHalfIsNotSeen) {
  EXPECT_EQ(examine({.verdicts = {{26, failing}, {27, failing}}}), exit_inconclusive) << printed_;
  EXPECT_TRUE(says("the adapter declares order.fifo, and 2 of 3 tests of it do not pass")) << printed_;
}

TEST_F(Doctor, LooksAtWhatTheTestsThemselvesNeed) {
  EXPECT_EQ(examine({.capabilities = R"("future","order.fifo","queue")", .verdicts = {{24, failing}, {25, failing}}}),
            exit_inconclusive)
      << printed_;
  EXPECT_TRUE(says("the adapter does not withhold queue, and 2 of 2 tests of it do not pass")) << printed_;
  EXPECT_TRUE(says("name it in the adapter's `without`")) << printed_;
}

TEST_F(Doctor, HoldsAFaultOnTheWayToATestAgainstTheExecutorOnly) {
  std::map<int, std::string> verdicts;
  for (const int number : {26, 27, 28}) {
    verdicts[number] = fmt::format(
        R"("verdict":"hung","reason":"stuck","own_requirement":"FUT-0{}","own_verdict":"{}")", number, "inconclusive");
  }
  EXPECT_EQ(examine({.verdicts = verdicts}), exit_expected) << printed_;
  EXPECT_TRUE(says("no applicable test looks at order.fifo")) << printed_;
}

TEST_F(Doctor, WelcomesAnExecutorWithoutFutures) {
  EXPECT_EQ(examine({.capabilities = "", .applicable = 0}), exit_expected) << printed_;
  EXPECT_TRUE(says("1 of 30 tests are applicable, for 1 requirements, which is little")) << printed_;
  EXPECT_TRUE(says("Its submit returns no future; that is fine where the executor has none")) << printed_;
}

TEST_F(Doctor, StopsWhereNotEvenTheSimplestTestsPass) {
  EXPECT_EQ(examine({.verdicts = {{30, failing}, {1, failing}, {2, failing}, {3, failing}}}), exit_unexpected)
      << printed_;
  EXPECT_TRUE(says("none of its 4 simplest tests passes; Fake.case_30 (FUT-030) ends with fail")) << printed_;
  EXPECT_TRUE(says("Until one passes, no other verdict says anything")) << printed_;
  EXPECT_TRUE(says("The adapter needs mending")) << printed_;
}

TEST_F(Doctor, SaysHowAnExecutableEndedThatDoesNotEvenStart) {
  EXPECT_EQ(run({"doctor", folder_.fake_subject("dead")}), exit_unexpected) << printed_;
  EXPECT_TRUE(says("asked with --describe, it was killed by signal 6")) << printed_;
}

}  // namespace
}  // namespace touchstone::tool
