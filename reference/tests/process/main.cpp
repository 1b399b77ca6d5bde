#include <gtest/gtest.h>

#include <concurrent/futures/process_pool_executor.hpp>

int main(int argc, char** argv) {
  concurrent::futures::freeze_support(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
