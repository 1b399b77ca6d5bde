// The main function of the supervisor's tests: processes that they leave behind must not get away.

#include <gtest/gtest.h>

#include <supervisor/processes/cleanup.hpp>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  touchstone::supervisor::adopt_orphans();
  return RUN_ALL_TESTS();
}
