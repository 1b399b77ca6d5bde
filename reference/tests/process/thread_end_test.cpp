// Pools whose thread is ended by what it runs for the user, by pthread_exit(): another one goes on, and no call is
// lost.
//
// A test that hangs here is ended by the guard.

#include <gtest/gtest.h>
#include <pthread.h>

#include <concurrent/futures/process_pool_executor.hpp>
#include <failing_threads.hpp>
#include <process_testing.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace concurrent::futures {
namespace {

class EndOfAThreadOf : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(EndOfAThreadOf);

// To be called before it can be done: else that would be the calling thread.
template <typename T>
void end_thread_when_done(const Future<T>& future) {
  future.add_done_callback([](const auto&) { pthread_exit(nullptr); });
}

std::string text_of_exception(const Future<int>& future) { return describe(future.exception()); }

TEST_P(EndOfAThreadOf, TheirsLosesNoCall) {
  ProcessPoolExecutor pool(options(2));
  std::vector<Future<int>> calls;
  Gate gate;
  for (int i = 0; i < 2; ++i) (void)pool.submit(wait_at, gate.path());
  for (int call = 0; call < times(200, 20'000); ++call) {
    calls.push_back(pool.submit(twice, call));
    if (call % 3 == 0) end_thread_when_done(calls.back());
  }
  gate.open();
  for (int call = 0; call < std::ssize(calls); ++call)
    EXPECT_EQ(calls[static_cast<std::size_t>(call)].result(), 2 * call);
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
}

TEST_P(EndOfAThreadOf, TheirsRunsTheOtherCallbacks) {
  ProcessPoolExecutor pool(options(1));
  std::set<std::thread::id> threads;
  for (int i = 0; i < 3; ++i) {
    Gate gate;
    int told = 0;
    const Future<int> held = pool.submit(wait_at, gate.path());
    held.add_done_callback([&](const auto&) { ++told; });
    end_thread_when_done(held);
    held.add_done_callback([&](const auto&) { ++told; });
    const Future<int> next = pool.submit(twice, 1);
    next.add_done_callback([&](const auto&) { threads.insert(std::this_thread::get_id()); });
    gate.open();
    EXPECT_EQ(pool.submit(twice, 2).result(), 4);
    EXPECT_EQ(told, 2);
  }
  pool.shutdown();
  EXPECT_EQ(threads.size(), 3U) << "each time another one";
}

// A thread-local variable whose destructor may take its time.
struct AtEnd {
  bool* ended = nullptr;
  ~AtEnd() {
    if (ended != nullptr) *ended = true;
  }
};

TEST_P(EndOfAThreadOf, TheirsIsWaitedForByShutdown) {
  bool ended = false;
  ProcessPoolExecutor pool(options(1));
  Gate gate;
  pool.submit(wait_at, gate.path()).add_done_callback([&](const auto&) {
    static thread_local AtEnd at_end;
    at_end.ended = &ended;
    pthread_exit(nullptr);
  });
  gate.open();
  pool.shutdown();
  EXPECT_TRUE(ended);
}

TEST_P(EndOfAThreadOf, ABrokenPoolFailsTheOtherCallsAllTheSame) {
  ProcessPoolExecutor pool(options(1));
  Gate gate;
  int told = 0;
  std::vector<Future<int>> calls;
  calls.push_back(pool.submit(wait_at, gate.path()));
  const Future<void> dying = pool.submit(kill_itself);
  for (int i = 0; i < 10; ++i) calls.push_back(pool.submit(twice, i));
  for (std::size_t i = 1; i < calls.size(); ++i) {
    if (i == 2) end_thread_when_done(calls[i]);
    calls[i].add_done_callback([&](const auto&) { ++told; });
  }
  gate.open();
  EXPECT_NE(dying.exception(), nullptr);
  pool.shutdown();
  for (std::size_t i = 1; i < calls.size(); ++i) {
    EXPECT_TRUE(text_of_exception(calls[i]).ends_with("was ended by signal 9 (SIGKILL)"))
        << text_of_exception(calls[i]);
  }
  EXPECT_EQ(told, 10);
  EXPECT_FALSE(has_child());
}

/// Ends the thread that decodes it.
struct EndsItsReader {
  int value = 0;
  template <typename Archive>
  void save(Archive& archive) const {
    archive(value);
  }
  template <typename Archive>
  void load(Archive& archive) {
    archive(value);
    pthread_exit(nullptr);
  }
};

EndsItsReader make_one() { return {}; }

TEST_P(EndOfAThreadOf, InTheMiddleOfAResultFailsThatCall) {
  ProcessPoolExecutor pool(options(1));
  const auto ended = pool.submit(make_one);
  EXPECT_EQ(describe(ended.exception()), "the thread was ended inside the call, by pthread_exit or pthread_cancel");
  EXPECT_EQ(pool.submit(twice, 4).result(), 8);
}

TEST_P(EndOfAThreadOf, LeavesThePoolToItsUnwindingWhereNoOtherCanBeHad) {
  ProcessPoolExecutor pool(options(1));
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
  {
    const FailingThreads none;
    Gate gate;
    end_thread_when_done(pool.submit(wait_at, gate.path()));
    gate.open();
    EXPECT_EQ(pool.submit(twice, 3).result(), 6);
    pool.shutdown();
  }
  EXPECT_FALSE(has_child());
}

}  // namespace
}  // namespace concurrent::futures
