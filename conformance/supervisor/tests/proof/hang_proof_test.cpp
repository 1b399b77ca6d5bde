// The proof of hangs: true where the program hangs, never where it lives.
//
// Method: the programs are real ones, watched as the supervisor watches tests. That a program lives shows in
// that it ends; until then it is looked at without pause. proof_stress does the same in large numbers.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <supervisor/child/build.hpp>
#include <supervisor/proof/evidence.hpp>
#include <supervisor/tests/proof/nursery.hpp>

namespace touchstone::supervisor {
namespace {

/// ThreadSanitizer has a thread of its own that sleeps for a time, so that nothing can be proved.
bool can_prove() { return sanitizer() != "thread"; }

class Hanging : public testing::TestWithParam<Program> {};
class Living : public testing::TestWithParam<Program> {};

std::string name_of(const testing::TestParamInfo<Program>& information) { return information.param.name; }

TEST_P(Hanging, IsProved) {
  if (!can_prove()) GTEST_SKIP() << "ThreadSanitizer's helper thread spoils every proof";
  const Proving proving = prove(GetParam(), std::chrono::seconds(20));
  EXPECT_EQ(proving.finding.proof, Proof::hung) << describe_threads(proving.finding, 0);
  EXPECT_EQ(wakeup_was_lost(proving.finding), GetParam().lost_wakeup) << describe_threads(proving.finding, 0);
}

TEST_P(Living, IsNeverProved) {
  const Polls polls = poll_until_end(GetParam());
  EXPECT_GT(polls.all, 0);
  EXPECT_EQ(polls.hung, 0) << describe_threads(polls.proof, 0);
}

INSTANTIATE_TEST_SUITE_P(Programs, Hanging, testing::ValuesIn(hanging_programs()), name_of);
INSTANTIATE_TEST_SUITE_P(Programs, Living, testing::ValuesIn(living_programs()), name_of);

/// What spoils the proof for a program while it sleeps, a line each.
std::string objections_to(const std::string& name) {
  const auto& programs = living_programs();
  const auto found =
      std::find_if(programs.begin(), programs.end(), [&name](const Program& program) { return program.name == name; });
  std::string text;
  for (const std::string& objection : poll_until_end(*found).objections) text += objection + "\n";
  return text;
}

TEST(Objections, NameWhatSpoilsTheProof) {
  if (!can_prove()) GTEST_SKIP() << "ThreadSanitizer's helper thread comes first";
  const std::pair<const char*, const char*> expectations[] = {
      {"sleeping", "sleeps for a time"},
      {"timed_condition", "with a limit that ends in 0."},
      {"alarm_rings", "interval timer"},
      {"timer_signals", "timer_create"},
      {"timer_among_signals", "takes signals that may come from outside"},
      {"epoll_of_a_timer", "is a timer that is set"},
      {"socket_with_a_limit", "time limit of its own"},
      {"reads_from_outside", "is held outside of the test by process"},
      {"polls_the_outside", "is held outside of the test by process"},
      {"futex_shared_with_the_outside", "shares"},
      {"waits_for_the_network", "is a socket whose other end cannot be told"},
  };
  for (const auto& [program, objection] : expectations) {
    std::string text;
    // On a busy machine a program may be over before anybody has looked at it while it slept.
    for (int attempt = 0; attempt < 20 && text.find(objection) == std::string::npos; ++attempt) {
      text += objections_to(program);
    }
    EXPECT_NE(text.find(objection), std::string::npos) << program << ":\n" << text;
  }
}

std::string evidence_of(const std::string& name) {
  const auto& programs = hanging_programs();
  const auto found =
      std::find_if(programs.begin(), programs.end(), [&name](const Program& program) { return program.name == name; });
  Nursery nursery(*found);
  HangProver prover(nursery.keeper());
  for (;;) {
    const Finding finding = prover.look(nursery.program());
    if (finding.proof == Proof::hung) return describe_threads(finding, nursery.program());
  }
}

TEST(Evidence, SaysWhoHoldsTheMutexes) {
  if (!can_prove()) GTEST_SKIP() << "ThreadSanitizer's helper thread spoils every proof";
  const std::string text = evidence_of("two_mutexes");
  const std::size_t first = text.find("for a mutex that thread");
  EXPECT_NE(first, std::string::npos) << text;
  EXPECT_NE(text.find("for a mutex that thread", first + 1), std::string::npos) << text;
}

TEST(Evidence, SaysWhichThreadIsJoined) {
  if (!can_prove()) GTEST_SKIP() << "ThreadSanitizer's helper thread spoils every proof";
  EXPECT_NE(evidence_of("atomic_never_notified").find("for the end of thread"), std::string::npos);
}

}  // namespace
}  // namespace touchstone::supervisor
