// Hazards of pools that are shut down, ended or full, where others have hung: process_hazards.md has the numbers.
//
// A test that hangs here is ended by the guard.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <concurrent/futures/process_pool_executor.hpp>
#include <concurrent/futures/promise.hpp>
#include <concurrent/futures/wait.hpp>
#include <failing_threads.hpp>
#include <map>
#include <process_testing.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace concurrent::futures {
namespace {

class Teardown : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(Teardown);

struct NotEncodable {
  template <typename Archive>
  void save(Archive&) const {
    throw std::domain_error("this has no encoding");
  }
  template <typename Archive>
  void load(Archive&) {}
};
int take(const NotEncodable&) { return 1; }

int fail_at(int number, int bad) {
  if (number == bad) throw std::invalid_argument("bad");
  return number;
}

// Runs it on several threads at once.
template <typename F>
void on_threads(int count, F work) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work);
}

// --- Shutdown -------------------------------------------------------------------------------------

TEST_P(Teardown, InTheMiddleOfAsCompletedEndsIt) {
  ProcessPoolExecutor pool(options(2));
  std::vector<Future<int>> futures;
  for (int i = 0; i < 15; ++i) futures.push_back(pool.submit(fail_at, i, 3));
  std::size_t count = 0;
  for (const auto& each : as_completed(futures)) {
    ++count;
    if (!each.cancelled() && each.exception()) pool.shutdown({.wait = false, .cancel_futures = true});
  }
  EXPECT_EQ(count, futures.size()) << "each once";
}

TEST_P(Teardown, EndsAlthoughArgumentsCannotBeEncoded) {
  ProcessPoolExecutor pool(options(1));
  std::vector<Future<int>> futures;
  for (int i = 0; i < 10; ++i) futures.push_back(pool.submit(take, NotEncodable()));
  pool.shutdown({.cancel_futures = true});
  for (const auto& each : futures) EXPECT_EQ(error_of(each), "this has no encoding");
}

TEST_P(Teardown, EndsAfterACancel) {
  for (int i = 0; i < times(20, 10'000); ++i) {
    ProcessPoolExecutor pool(options(1));
    EXPECT_EQ(pool.submit(twice, 1).result(), 2);
    (void)pool.submit(twice, 2).cancel();
    pool.shutdown();
  }
}

TEST_P(Teardown, EndsForAllWhoWaitForIt) {
  for (int i = 0; i < times(20, 1000); ++i) {
    ProcessPoolExecutor pool(options(2));
    std::vector<Future<int>> futures;
    for (int call = 0; call < 5; ++call) futures.push_back(pool.submit(twice, call));
    on_threads(6, [&] { pool.shutdown(); });
    for (const auto& each : futures) EXPECT_TRUE(each.done());
    EXPECT_FALSE(has_child());
  }
}

TEST_P(Teardown, EndsWhileWhatCannotBeEncodedIsSubmitted) {
  for (int i = 0; i < times(20, 1000); ++i) {
    ProcessPoolExecutor pool(options(1));
    (void)pool.submit(twice, 1);
    std::jthread submitter([&] {
      try {
        for (;;) EXPECT_EQ(error_of(pool.submit(take, NotEncodable())), "this has no encoding");
      } catch (const ShutdownError&) {
      }
    });
    on_threads(3, [&] { pool.shutdown({.cancel_futures = true}); });
  }
}

// --- Children that retire -------------------------------------------------------------------------

TEST(Retiring, LeavesNoCallBehind) {
  for (const int most : {1, 2, 3}) {
    ProcessPoolExecutor pool({.max_workers = 1, .max_tasks_per_child = most});
    std::vector<Future<int>> futures;
    for (int i = 0; i < 10; ++i) futures.push_back(pool.submit(process_id));
    std::map<int, int> calls;
    for (const auto& each : futures) ++calls[each.result()];
    EXPECT_EQ(calls.size(), static_cast<std::size_t>((10 + most - 1) / most));
    for (const auto& [child, count] : calls) EXPECT_LE(count, most);
  }
}

TEST(Retiring, GoesOnWithManyCalls) {
  ProcessPoolExecutor pool({.max_workers = 2, .max_tasks_per_child = 10});
  std::vector<Future<int>> futures;
  for (int i = 0; i < times(300, 10'000); ++i) futures.push_back(pool.submit(process_id));
  std::map<int, int> calls;
  for (const auto& each : futures) ++calls[each.result()];
  for (const auto& [child, count] : calls) EXPECT_LE(count, 10);
}

TEST(Retiring, DoesNotKeepAPoolFromShuttingDown) {
  for (int i = 0; i < times(5, 500); ++i) {
    ProcessPoolExecutor pool({.max_workers = 2, .max_tasks_per_child = 2});
    std::vector<Future<int>> futures;
    for (int call = 0; call < 12; ++call) futures.push_back(pool.submit(twice, call));
    pool.shutdown();
    for (const auto& each : futures) EXPECT_TRUE(each.done());
  }
}

// --- Many calls -----------------------------------------------------------------------------------

TEST_P(Teardown, TakesManyCallsWhileACallbackHoldsThePool) {
  ProcessPoolExecutor pool(options(2));
  const auto first = pool.submit(twice, 1);
  Promise<void> may_go_on;
  first.add_done_callback([&](const auto&) { may_go_on.future().result(); });
  std::atomic<int> done = 0;
  const int calls = times(5'000, 50'000);
  on_threads(4, [&] {
    for (int i = 0; i < calls; ++i) pool.submit(twice, i).add_done_callback([&](const auto&) { ++done; });
  });
  may_go_on.set_result();
  pool.shutdown();
  EXPECT_EQ(done, 4 * calls);
}

TEST_P(Teardown, TakesManyCallsFromACallback) {
  const int calls = times(20'000, 200'000);
  ProcessPoolExecutor pool(options(1));
  std::atomic<int> done = 0;
  Promise<void> over;
  pool.submit(twice, 1).add_done_callback([&](const auto&) {
    for (int i = 0; i < calls; ++i) pool.submit(twice, i).add_done_callback([&](const auto&) { ++done; });
    over.set_result();
  });
  over.future().result();
  pool.shutdown();
  EXPECT_EQ(done, calls);
}

// --- Ending at once -------------------------------------------------------------------------------

TEST_P(Teardown, BySignalsEndsWhileOthersSubmit) {
  for (int i = 0; i < times(20, 1000); ++i) {
    ProcessPoolExecutor pool(options(2));
    (void)pool.submit(twice, 1);
    std::vector<std::jthread> submitters;
    for (int thread = 0; thread < 2; ++thread) {
      submitters.emplace_back([&] {
        std::vector<Future<int>> futures;
        try {
          for (;;) futures.push_back(pool.submit(twice, 1));
        } catch (const ShutdownError&) {
        }
        for (const auto& each : futures) (void)error_of(each);
      });
    }
    on_threads(2, [&] { i % 2 == 0 ? pool.kill_workers() : pool.terminate_workers(); });
    pool.shutdown();
    EXPECT_FALSE(has_child());
  }
}

TEST_P(Teardown, KillsAChildThatDoesNotWantToTerminate) {
  Bell bell;
  ProcessPoolExecutor pool(options(1));
  const auto stubborn = pool.submit(refuse_to_end, bell.path());
  (void)bell.wait();
  pool.terminate_workers();
  EXPECT_THROW(stubborn.result(), BrokenProcessPool);
  EXPECT_TRUE(has_child());
  pool.kill_workers();
  pool.shutdown();
  EXPECT_FALSE(has_child());
}

TEST_P(Teardown, KillsAChildThatIsStopped) {
  ProcessPoolExecutor pool(options(1));
  const int child = pool.submit(process_id).result();
  kill(child, SIGSTOP);
  wait_until_stopped(child);
  const auto running = pool.submit(twice, 1);
  pool.terminate_workers();
  pool.kill_workers();
  EXPECT_THROW((void)running.result(), Error);
  pool.shutdown();
  EXPECT_FALSE(has_child());
}

TEST_P(Teardown, ByTwoSignalsEndsEachChildOnce) {
  ProcessPoolExecutor pool(options(2));
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
  pool.kill_workers();
  pool.kill_workers();
  pool.shutdown();
  pool.kill_workers();
  EXPECT_FALSE(has_child());
}

// --- No thread ------------------------------------------------------------------------------------

TEST_P(Teardown, EndsAPoolThatNeverGotItsThread) {
  const std::size_t before = count_descriptors();
  {
    ProcessPoolExecutor pool(options(2));
    {
      const FailingThreads failing;
      EXPECT_THROW((void)pool.submit(twice, 1), BrokenProcessPool);
    }
    EXPECT_THROW((void)pool.submit(twice, 1), BrokenProcessPool) << "it stays broken";
    pool.shutdown();
  }
  EXPECT_FALSE(has_child());
  EXPECT_LE(count_descriptors(), before);
}

}  // namespace
}  // namespace concurrent::futures
