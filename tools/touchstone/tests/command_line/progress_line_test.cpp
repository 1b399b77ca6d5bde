#include <gtest/gtest.h>

#include <command_line/progress_line.hpp>

namespace touchstone::tool {
namespace {

using std::chrono::milliseconds;

TEST(ProgressLine, SaysOffATerminalNowAndThenWhereItIs) {
  testing::internal::CaptureStderr();
  {
    ProgressLine seldom(Terminal(), false, std::chrono::hours(1));
    for (int i = 0; i < 1000; ++i) seldom.show("never");
    ProgressLine always(Terminal(), false, milliseconds(0));
    always.show("1 of 2");
    always.say("done");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "1 of 2\ndone\n");
}

TEST(ProgressLine, TakesItsLineAwayFromATerminalBeforeAnythingElseIsSaid) {
  Terminal terminal;
  terminal.live = true;
  testing::internal::CaptureStderr();
  {
    ProgressLine line(terminal);
    while (!line.is_due()) {
    }
    line.show("1 of 2");
    line.say("stays");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "\r1 of 2\033[K\r\033[Kstays\n");
}

TEST(ProgressLine, SaysNothingWhereItIsToBeQuiet) {
  testing::internal::CaptureStderr();
  ProgressLine line(Terminal(), true, milliseconds(0));
  line.show("1 of 2");
  line.say("done");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(ProgressLine, GuessesHowLongTheRestTakes) {
  using Seconds = std::chrono::duration<double>;
  EXPECT_EQ(time_left(Seconds(10), 0, 10), "");
  EXPECT_EQ(time_left(Seconds(10), 5, 10), "10 s left");
  EXPECT_EQ(time_left(Seconds(600), 1, 7), "60 min left");
  EXPECT_EQ(time_left(Seconds(3600), 1, 3), "2.0 h left");
  EXPECT_EQ(time_left(Seconds(10), 10, 10), "");
}

}  // namespace
}  // namespace touchstone::tool
