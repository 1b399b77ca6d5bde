// When memory runs out: nothing is lost, nothing is freed twice, nobody ends the program, and what failed can be
// tried again. Where a thread cannot be had, for whatever reason, is the same.

#include <gtest/gtest.h>

#include <atomic>
#include <concurrent/futures.hpp>
#include <failing_memory.hpp>
#include <new>
#include <optional>
#include <string>
#include <thread>

namespace concurrent::futures {
namespace {

/// Drops what the library has to report.
class Silence {
 public:
  Silence() : before_(set_log_handler([](const LogRecord&) {})) {}
  ~Silence() { set_log_handler(before_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  const LogHandler before_;
};

TEST(Memory, ThatRunsOutInSubmitLosesNoCall) {
  const Silence silence;
  bool failed = true;
  for (std::size_t allocations = 0; failed; ++allocations) {
    ThreadPoolExecutor pool({.max_workers = 2});
    Promise<void> held;
    // For the second one a thread would have to be made.
    const auto holding = pool.submit([end = held.future()] { end.result(); });
    while (!holding.running()) std::this_thread::yield();
    std::atomic<int> runs = 0;
    int accepted = 0;
    {
      const FailingMemory memory(allocations);
      try {
        (void)pool.submit([&runs] { ++runs; });
        accepted = 1;
      } catch (const std::bad_alloc&) {
      }
      failed = FailingMemory::failed();
    }
    held.set_result();
    EXPECT_EQ(pool.submit([] { return 7; }).result(), 7);
    pool.shutdown();
    EXPECT_EQ(runs, accepted) << "after " << allocations << " allocations";
  }
}

TEST(Memory, ThatRunsOutInTheDestructorOfAGroupLetsItWaitAllTheSame) {
  ThreadPoolExecutor pool(1);
  std::optional<TaskGroup> group(pool);
  Promise<void> held;
  const Future<void> call = group->submit([end = held.future()] { end.result(); });
  while (!call.running()) std::this_thread::yield();
  std::thread opener([&] {
    while (detail::Access::outcome(call).observers() == 0) std::this_thread::yield();
    held.set_result();
  });
  {
    const FailingMemory memory(0);
    group.reset();
    EXPECT_TRUE(FailingMemory::failed());
  }
  EXPECT_TRUE(call.done());
  opener.join();
}

TEST(Memory, ThatRunsOutInTheFirstSubmitLeavesAPoolThatWorks) {
  bool failed = true;
  for (std::size_t allocations = 0; failed; ++allocations) {
    ThreadPoolExecutor pool({.max_workers = 1});
    {
      const FailingMemory memory(allocations);
      try {
        (void)pool.submit([] {});
      } catch (const std::bad_alloc&) {
      }
      failed = FailingMemory::failed();
    }
    EXPECT_EQ(pool.submit([] { return 7; }).result(), 7);
  }
}

// The call is left to the worker that waits for it, for there is no other one, although there might have been.
TEST(Memory, ThatRunsOutForAThreadRefusesAWaitForIt) {
  const Silence silence;
  ThreadPoolExecutor pool({.max_workers = 2});
  const auto outer = pool.submit([&pool] {
    Future<int> inner;
    {
      const FailingMemory memory(1);  // for the call itself
      inner = pool.submit([] { return 1; });
      if (!FailingMemory::failed()) return 0;
    }
    return inner.result();
  });
  EXPECT_THROW(outer.result(), DeadlockError);
  EXPECT_EQ(pool.submit([] { return 7; }).result(), 7);
}

TEST(Memory, ThatRunsOutForTheWordsOfARefusalLeavesTheGraphAsItWas) {
  bool failed = true;
  for (std::size_t allocations = 0; failed; ++allocations) {
    ThreadPoolExecutor pool({.max_workers = 1, .thread_name_prefix = std::string(50, 'x')});
    const auto outer = pool.submit([&pool, &failed, allocations] {
      const auto inner = pool.submit([] {});
      const FailingMemory memory(allocations);
      try {
        inner.result();
        return std::string("it ended");
      } catch (const std::bad_alloc&) {
      } catch (const DeadlockError&) {
      }
      failed = FailingMemory::failed();
      return std::string();
    });
    EXPECT_EQ(outer.result(), "");
    const auto again = pool.submit([&pool] { pool.submit([] {}).result(); });
    EXPECT_THROW(again.result(), DeadlockError);
  }
}

TEST(Memory, ThatRunsOutInACallbackEndsNothing) {
  Promise<int> promise;
  int calls = 0;
  promise.future().add_done_callback([&calls](const Future<int>&) {
    ++calls;
    throw std::bad_alloc();
  });
  promise.future().add_done_callback([&calls](const Future<int>&) { ++calls; });
  {
    const FailingMemory memory(0);
    promise.set_result(1);
  }
  EXPECT_EQ(calls, 2);
}

TEST(Memory, ThatRunsOutForTheErrorOfADroppedCallIsItsError) {
  class Forgetful final : public Executor {
   public:
    std::optional<FailingMemory> memory;

   private:
    void schedule(Work) override { memory.emplace(0); }
  } executor;
  const Future<void> future = executor.submit([] {});
  executor.memory.reset();
  EXPECT_THROW(future.result(), std::bad_alloc);
}

}  // namespace
}  // namespace concurrent::futures
