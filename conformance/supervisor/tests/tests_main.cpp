// The main function of the supervisor's tests: processes that they leave behind must not get away.

#include <gtest/gtest.h>
#include <signal.h>

#include <supervisor/processes/cleanup.hpp>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // A shell that runs this in the background has it ignore them, and so would what it starts and interrupts.
  for (const int number : {SIGHUP, SIGINT, SIGQUIT}) signal(number, SIG_DFL);
  touchstone::supervisor::adopt_orphans();
  return RUN_ALL_TESTS();
}
