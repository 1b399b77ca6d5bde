// TaskGroup: what is done, cancelled and kept when a block is left.

#include <gtest/gtest.h>

#include <concurrent/futures.hpp>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace concurrent::futures {
namespace {

TEST(TaskGroup, WaitsForItsCallsWhenTheBlockIsLeft) {
  ThreadPoolExecutor pool(1);
  std::vector<Future<void>> futures;
  std::vector numbers{0, 0, 0};
  {
    TaskGroup group(pool);
    for (int& number : numbers) futures.push_back(group.submit([&number] { ++number; }));
  }
  for (const auto& future : futures) EXPECT_TRUE(future.done() && !future.cancelled());
  EXPECT_EQ(numbers, (std::vector{1, 1, 1}));
}

TEST(TaskGroup, CancelsWhatHasNotStartedWhenAnExceptionLeavesTheBlock) {
  ThreadPoolExecutor pool(1);
  std::latch started(1);
  std::latch cancelled(1);
  Future<int> running;
  Future<int> pending;
  try {
    int of_the_block = 1;
    TaskGroup group(pool);
    running = group.submit([&] {
      started.count_down();
      cancelled.wait();  // so it ends only after the destructor has begun
      return ++of_the_block;
    });
    pending = group.submit([&] { return ++of_the_block; });
    pending.add_done_callback([&](const Future<int>& future) {
      if (future.cancelled()) cancelled.count_down();
    });
    started.wait();
    throw std::runtime_error("leaves the block");
  } catch (const std::runtime_error&) {
    EXPECT_TRUE(running.done());
  }
  EXPECT_EQ(running.result(), 2);
  EXPECT_TRUE(pending.cancelled());
}

// An exception that is under way already, elsewhere, is none that leaves the block.
TEST(TaskGroup, CancelsNothingBecauseOfAnotherException) {
  ThreadPoolExecutor pool(1);
  std::optional<Future<int>> future;
  struct Cleanup {
    ThreadPoolExecutor& pool;
    std::optional<Future<int>>& future;
    ~Cleanup() {
      std::latch go(1);
      const Future<void> busy = pool.submit([&go] { go.wait(); });
      TaskGroup group(pool);
      future = group.submit([] { return 7; });
      go.count_down();
    }
  };
  try {
    const Cleanup cleanup{pool, future};
    throw std::runtime_error("goes through the clean-up");
  } catch (const std::runtime_error&) {
    EXPECT_EQ(future->result(), 7);
  }
}

TEST(TaskGroup, CancelsAndWaitsWhenItIsAskedTo) {
  ThreadPoolExecutor pool(1);
  std::latch go(1);
  TaskGroup group(pool);
  const Future<void> running = group.submit([&go] { go.wait(); });
  const Future<void> failing = group.submit([] { throw std::runtime_error("no"); });
  go.count_down();
  group.wait();
  EXPECT_TRUE(running.done());
  EXPECT_THROW(failing.result(), std::runtime_error);

  std::latch gate(1), started(1);
  (void)group.submit([&gate, &started] {
    started.count_down();
    gate.wait();
  });
  started.wait();
  const Future<void> pending = group.submit([] {});
  group.cancel();
  EXPECT_TRUE(pending.cancelled());
  gate.count_down();
}

TEST(TaskGroup, IsNoHandleToItsFutures) {
  ThreadPoolExecutor pool(1);
  TaskGroup group(pool);
  Future<std::unique_ptr<int>> future = group.submit([] { return std::make_unique<int>(42); });
  EXPECT_EQ(*std::move(future).result(), 42);
}

TEST(TaskGroup, LetsGoOfCallsThatAreDone) {
  ThreadPoolExecutor pool(1);
  TaskGroup group(pool);
  const auto token = std::make_shared<int>();
  for (int i = 0; i < 1000; ++i) group.submit([token] { return token; }).result();
  EXPECT_LT(token.use_count(), 100);
}

TEST(TaskGroup, RefusesWhatItsExecutorRefuses) {
  ThreadPoolExecutor pool(1);
  TaskGroup group(pool);
  pool.shutdown();
  EXPECT_THROW(group.submit([] {}), ShutdownError);
  group.wait();
}

}  // namespace
}  // namespace concurrent::futures
