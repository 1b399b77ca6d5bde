// What is said of a test that is neither at its end nor proved to hang.

#include <gtest/gtest.h>

#include <supervisor/proof/activity.hpp>

namespace touchstone::supervisor {
namespace {

constexpr pid_t process = 100;

/// A process of one thread that is awake at both ends of five seconds, and leaves no event in them.
ActivityClass class_of_thread_that_ran(std::uint64_t nanoseconds) {
  ThreadReading awake;
  awake.thread = process;
  awake.state = 'R';
  Activity before;
  before.snapshot.processes = {{.process = process, .parent = 1, .threads = {awake}}};
  Activity after = before;
  after.time += std::chrono::seconds(5);
  after.processor_nanoseconds = nanoseconds;
  return classify_activity(before, after);
}

TEST(Activity, IsALivelockWhereItRunsAllTheTime) {
  const ActivityClass found = class_of_thread_that_ran(4'000'000'000);
  EXPECT_EQ(found.name, "livelock");
  EXPECT_FALSE(found.progress);
}

TEST(Activity, IsGivenMoreTimeWhereTheMachineHasNoneForIt) {
  const ActivityClass found = class_of_thread_that_ran(20'000'000);
  EXPECT_EQ(found.name, "slow");
  EXPECT_TRUE(found.progress);
}

}  // namespace
}  // namespace touchstone::supervisor
