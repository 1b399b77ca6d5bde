// Hazards of how children come to be: process_hazards.md has the numbers.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <concurrent/futures/detail/process/fork_server.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <concurrent/futures/thread_pool_executor.hpp>
#include <cstdlib>
#include <mutex>
#include <process_testing.hpp>
#include <string>
#include <thread>
#include <vector>

namespace concurrent::futures {
namespace {

class Starting : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(Starting);

// --- A parent with threads ------------------------------------------------------------------------

// Threads that have the lock of the allocator, and one of their own, most of the time.
class BusyThreads {
 public:
  BusyThreads() {
    for (int i = 0; i < 4; ++i) {
      threads_.emplace_back([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const std::lock_guard lock(mutex_);
          text_ = std::string(100, 'x') + text_.substr(0, 100);
        }
      });
    }
  }

 private:
  std::mutex mutex_;
  std::string text_;
  std::vector<std::jthread> threads_;
};

std::size_t allocate(std::size_t size) { return std::string(size, 'x').size(); }

TEST_P(Starting, WorksBesideThreadsThatAllocate) {
  const BusyThreads busy;
  for (int i = 0; i < times(5, 500); ++i) {
    ProcessPoolExecutor pool(options(2));
    if (GetParam() == StartMethod::fork) {
      EXPECT_THROW((void)pool.submit(allocate, std::size_t{100}), Error) << "it refuses";
    } else {
      EXPECT_EQ(pool.submit(allocate, std::size_t{100}).result(), 100U);
      EXPECT_EQ(pool.submit(allocate, std::size_t{1000}).result(), 1000U);
    }
  }
}

// --- Initializers ---------------------------------------------------------------------------------

TEST_P(Starting, IsBrokenByAnInitializerThatDies) {
  ProcessPoolOptions dying = options(2);
  dying.initializer = portable<&leave>(7);
  ProcessPoolExecutor pool(std::move(dying));
  EXPECT_NE(error_of([&] { return pool.submit(twice, 1); }).find("exited with status 7"), std::string::npos);
  EXPECT_THROW((void)pool.submit(twice, 1), BrokenProcessPool);
}

TEST_P(Starting, CanBeEndedInAnInitializerThatHangs) {
  Bell bell;
  ProcessPoolOptions hanging = options(1);
  hanging.initializer = portable(
      [](const std::string& its_bell) {
        ring(its_bell);
        sleep_for_ever();
      },
      bell.path());
  ProcessPoolExecutor pool(std::move(hanging));
  const auto future = pool.submit(twice, 1);
  (void)bell.wait();
  pool.kill_workers();
  EXPECT_TRUE(future.cancelled());
  pool.shutdown();
  EXPECT_FALSE(has_child());
}

// --- Programs that have forgotten something -------------------------------------------------------

TEST(ForgottenFreezeSupport, IsNoticedAtTheFirstSubmit) {
  // A program of its own: this one has been there.
  Program program([] {
    setenv("PROCESS_TESTS_MISTAKE", "submit", 1);
    return execl("/proc/self/exe", "process_tests", nullptr);
  });
  EXPECT_EQ(program.wait(), 0);
}

class ForgottenFreezeSupportIn : public ForEachStartMethod {
 protected:
  // What a pool says whose children, or their fork server, do that before they come to freeze_support().
  static std::string error_after(const char* mistake) {
    detail::ForkServer::end_current();
    setenv("PROCESS_TESTS_MISTAKE", mistake, 1);
    ProcessPoolExecutor pool(options(1));
    const std::string error = error_of([&] { return pool.submit(twice, 1); });
    unsetenv("PROCESS_TESTS_MISTAKE");
    EXPECT_THROW((void)pool.submit(twice, 1), BrokenProcessPool);
    pool.shutdown();
    EXPECT_FALSE(has_child());
    EXPECT_NE(error.find("main must call concurrent::futures::freeze_support"), std::string::npos) << error;
    return error;
  }
};
CONCURRENT_FUTURES_FOR_EACH_REPLACING_METHOD(ForgottenFreezeSupportIn);

TEST_P(ForgottenFreezeSupportIn, IsNoticedWhenTheChildEnds) {
  EXPECT_NE(error_after("leave").find("exited with status 5 before"), std::string::npos);
}

TEST_P(ForgottenFreezeSupportIn, IsNoticedWhenTheChildMakesAPool) {
  EXPECT_NE(error_after("make a pool").find("made a pool before it came to freeze_support"), std::string::npos);
}

TEST_P(ForgottenFreezeSupportIn, IsNoticedWhenAStaticObjectMakesAPool) {
  EXPECT_NE(error_after("make a pool before main").find("made a pool before it came to freeze_support"),
            std::string::npos);
}

TEST_P(ForgottenFreezeSupportIn, IsNoticedAfterATime) {
  const auto* const expected = GetParam() == StartMethod::spawn
                                   ? "did not come to freeze_support() within "
                                   : "was ended by signal 9 (SIGKILL) before it came to freeze_support";
  EXPECT_NE(error_after("never come there").find(expected), std::string::npos);
}

// Making a pool starts nothing.
TEST_P(Starting, MayFindAPoolOfStaticStorage) {
  ProcessPoolExecutor pool(options(1));
  const auto future = pool.submit([] { return pool_of_static_storage().submit(twice, 21).result(); });
  EXPECT_EQ(future.result(), 42);
}

// --- Pools in children ----------------------------------------------------------------------------

int twice_in_a_pool(int number, StartMethod method) {
  ProcessPoolExecutor pool({.max_workers = 1, .start_method = method});
  return pool.submit(twice, number).result();
}

TEST_P(Starting, CanBeDoneByACall) {
  ProcessPoolExecutor pool(options(2));
  EXPECT_EQ(pool.submit(twice_in_a_pool, 21, GetParam()).result(), 42);
}

// How many pools deep this is; the one that is refused says why.
int depth_of(StartMethod method, int depth) {
  if (depth == 15) return depth;  // far too deep
  ProcessPoolExecutor pool({.max_workers = 1, .start_method = method});
  return pool.submit(depth_of, method, depth + 1).result();
}

TEST_P(Starting, IsRefusedTooDeepInsideOfPools) {
  EXPECT_EQ(
      error_of([] { (void)depth_of(GetParam(), 0); }),
      "pools of processes are nested 10 deep, which is as deep as they may be: a call that makes a pool whose calls "
      "make a pool has no end");
}

}  // namespace
}  // namespace concurrent::futures
