// The pool's inner workings: its queue, its threads, and what happens when none can be had.

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <concurrent/futures.hpp>
#include <concurrent/futures/detail/call_queue.hpp>
#include <failing_threads.hpp>
#include <filesystem>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

// A child that was forked off a program with threads starts threads of its own below.
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }
// The reference counts of exceptions are kept inside of the standard library, where the sanitizer does not see them.
extern "C" const char* __tsan_default_suppressions() {
  return "race:std::__exception_ptr::exception_ptr::_M_release\n";
}

namespace concurrent::futures {
namespace {

std::string own_thread_name() {
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof name);
  return name;
}

std::size_t threads_of_this_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

detail::Outcome* new_call() {
  auto work = [] {};
  return new detail::Call<void, decltype(work)>(nullptr, work);
}

TEST(CallQueue, IsFirstInFirstOutAcrossTheInboxAndTheFrontList) {
  detail::CallQueue queue;
  std::vector<detail::Outcome*> pushed;
  std::vector<detail::Outcome*> popped;
  const auto push = [&] {
    pushed.push_back(new_call());
    ASSERT_TRUE(queue.push(pushed.back()));
  };
  const auto pop = [&] { popped.push_back(queue.pop().call); };
  push(), push(), push();
  pop();
  push(), push();
  pop(), pop(), pop(), pop();
  EXPECT_EQ(popped, pushed);
  EXPECT_EQ(queue.pop().call, nullptr);
  for (detail::Outcome* call : popped) call->release();
}

TEST(CallQueue, GivesOutWhatItHoldsAfterItIsClosed) {
  detail::CallQueue queue;
  std::vector<detail::Outcome*> pushed;
  for (int i = 0; i < 4; ++i) {
    pushed.push_back(new_call());
    ASSERT_TRUE(queue.push(pushed.back()));
    if (i == 1) {
      EXPECT_EQ(queue.pop().call, pushed.front());
    }
  }
  queue.close();
  queue.close();
  detail::Outcome* const late = new_call();
  EXPECT_FALSE(queue.push(late));
  EXPECT_EQ(queue.pop().call, pushed[1]);
  EXPECT_EQ(queue.take_all(), pushed[2]);
  EXPECT_EQ(detail::CallQueue::next(pushed[2]), pushed[3]);
  EXPECT_EQ(detail::CallQueue::next(pushed[3]), nullptr);
  EXPECT_TRUE(queue.empty());
  late->release();
  for (detail::Outcome* call : pushed) call->release();
}

TEST(ThreadPool, ReusesAnIdleWorkerHoweverSoonTheNextCallComes) {
  ThreadPoolExecutor pool({.max_workers = 8});
  std::set<std::thread::id> workers;
  for (int i = 0; i < 2000; ++i) workers.insert(pool.submit([] { return std::this_thread::get_id(); }).result());
  EXPECT_EQ(workers.size(), 1U);
}

TEST(ThreadPool, LetsInitializersWaitForOneAnother) {
  std::mutex mutex;
  std::condition_variable arrived;
  int count = 0;
  ThreadPoolExecutor pool({.max_workers = 3, .initializer = [&] {
                             std::unique_lock lock(mutex);
                             ++count;
                             arrived.notify_all();
                             arrived.wait(lock, [&] { return count == 3; });
                           }});
  std::vector<Future<void>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(pool.submit([] {}));
  EXPECT_EQ(wait(calls).done.size(), 3U);
}

TEST(ThreadPool, CutsThePrefixOfALongNameAndNotItsNumber) {
  ThreadPoolExecutor pool({.max_workers = 1, .thread_name_prefix = "a_rather_long_prefix"});
  EXPECT_EQ(pool.submit(own_thread_name).result(), "a_rather_long_0");
}

TEST(ThreadPool, CutsThePrefixBehindAWholeCharacter) {
  const auto name_with = [](const std::string& prefix) {
    ThreadPoolExecutor pool({.max_workers = 1, .thread_name_prefix = prefix});
    return pool.submit(own_thread_name).result();
  };
  EXPECT_EQ(name_with("\u7dda\u7a0b\u6c60\u7dda\u7a0b"), "\u7dda\u7a0b\u6c60\u7dda_0") << "three bytes each";
  EXPECT_EQ(name_with("0123456789a\U0001f600"), "0123456789a_0") << "one of four bytes at the end";
  EXPECT_EQ(name_with("012345678\U0001f600z"), "012345678\U0001f600_0") << "the same, just in time";
  EXPECT_EQ(name_with("\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"), "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4_0");
  EXPECT_EQ(name_with("012345678\xa4\xa4\xa4\xa4\xa4\xa4"), "012345678\xa4\xa4\xa4\xa4_0") << "no UTF-8";
}

TEST(ThreadPool, LeavesZeroBytesOutOfAName) {
  ThreadPoolExecutor pool({.max_workers = 1, .thread_name_prefix = std::string("i\0o\0", 4)});
  EXPECT_EQ(pool.submit(own_thread_name).result(), "io_0");
}

/// Counts the warnings of the library while it lives.
class Warnings {
 public:
  Warnings() {
    set_log_handler([this](const LogRecord& record) { count += record.severity == Severity::warning ? 1 : 0; });
  }
  ~Warnings() { set_log_handler({}); }
  std::atomic<int> count = 0;
};

TEST(ThreadPool, AsksSeldomForThreadsThatAreNotToBeHadAndSaysSoOnce) {
  const Warnings warnings;
  std::latch go(1), started(1);
  ThreadPoolExecutor pool({.max_workers = 2});
  pool.submit([&] { started.count_down(), go.wait(); });
  started.wait();
  std::vector<Future<void>> calls;
  {
    const auto begin = std::chrono::steady_clock::now();
    const FailingThreads failing;
    for (int call = 0; call < 10000; ++call) calls.push_back(pool.submit([] {}));
    const auto pauses = (std::chrono::steady_clock::now() - begin) / std::chrono::milliseconds(10);
    EXPECT_GE(FailingThreads::refused(), 1);
    EXPECT_LE(FailingThreads::refused(), pauses + 1);
    EXPECT_EQ(warnings.count, 1);
  }
  // Now there is a thread to be had, and the next call after the pause gets it. It begins with the oldest: the newest
  // may stay ahead of it for ever.
  while (!calls.front().done()) calls.push_back(pool.submit([] {})), std::this_thread::yield();
  go.count_down();
  EXPECT_EQ(warnings.count, 1);
}

/// Returns when a pool that was refused a thread before may ask for one again.
void outlast_the_pause() {
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin <= std::chrono::milliseconds(10)) std::this_thread::yield();
}

// Nobody submits any more: whoever takes a call asks.
TEST(ThreadPool, AsksForAThreadAgainBetweenTwoCalls) {
  const Warnings quiet;
  std::latch go(1), started(1), meeting(2);
  ThreadPoolExecutor pool({.max_workers = 2});
  pool.submit([&] { started.count_down(), go.wait(); });
  started.wait();
  std::vector<Future<void>> calls;
  {
    const FailingThreads failing;
    for (int call = 0; call < 2; ++call) calls.push_back(pool.submit([&] { meeting.arrive_and_wait(); }));
  }
  outlast_the_pause();
  go.count_down();
  for (const auto& call : calls) call.result();
}

TEST(ThreadPool, AsksForAThreadAgainBetweenTwoCallsOfAMap) {
  const Warnings quiet;
  std::latch go(1), started(1), meeting(2);
  ThreadPoolExecutor pool({.max_workers = 2});
  const auto meet = [&](int call) {
    if (call == 0) {
      started.count_down();
      go.wait();
    } else {
      meeting.arrive_and_wait();
    }
  };
  std::optional<MapResults<void>> results;
  {
    const Future<void> first = pool.submit([] {});
    first.result();  // it has one worker
    const FailingThreads failing;
    results.emplace(pool.map(meet, std::vector{0, 1, 2}));
    started.wait();
  }
  outlast_the_pause();
  go.count_down();
  while (results->next()) continue;
}

TEST(ThreadPool, RefusesACallForWhichThereIsNoThreadAtAll) {
  const Warnings warnings;
  bool ran = false;
  ThreadPoolExecutor pool({.max_workers = 2});
  {
    const FailingThreads failing;
    for (int call = 0; call < 3; ++call) EXPECT_THROW(pool.submit([&ran] { ran = true; }), std::system_error);
  }
  EXPECT_EQ(pool.submit([] { return 1; }).result(), 1);
  pool.shutdown();
  EXPECT_FALSE(ran);
  EXPECT_EQ(warnings.count, 0) << "whoever submitted was told";
}

TEST(ThreadPool, FailsAllCallsBeforeACallbackOfOneRuns) {
  const Warnings quiet;
  std::latch go(1);
  ThreadPoolExecutor pool({.max_workers = 1, .initializer = [&] {
                             go.wait();
                             throw std::runtime_error("no");
                           }});
  const Future<void> first = pool.submit([] {});
  const Future<void> second = pool.submit([] {});
  MapResults<int> mapped = pool.map([](int i) { return i; }, std::vector{1});
  const Future<void> third = pool.submit([] {});
  std::vector<bool> done;
  first.add_done_callback([&](const auto&) { done = {second.done(), third.done()}; });
  go.count_down();
  pool.shutdown();
  EXPECT_EQ(done, (std::vector{true, true}));
  EXPECT_THROW(third.result(), BrokenThreadPool);
  EXPECT_THROW((void)mapped.next(), BrokenThreadPool);
}

TEST(Worker, IsOfNoCrewThatGotTheAddressOfItsOwn) {
  std::thread([] {
    std::optional<detail::Crew> crew(std::in_place, 1, true);
    { const detail::Worker self(*crew, "worker"); }
    EXPECT_TRUE(detail::Worker::is_or_was_of(*crew));
    const void* const address = &*crew;
    crew.emplace(1, true);
    EXPECT_EQ(&*crew, address);
    EXPECT_FALSE(detail::Worker::is_or_was_of(*crew));
  }).join();
}

TEST(ThreadPool, MayBeDestroyedByOneOfItsOwnCalls) {
  const std::size_t before = threads_of_this_process();
  auto pool = std::make_shared<ThreadPoolExecutor>(ThreadPoolOptions{.max_workers = 2});
  Promise<void> dropped;
  const Future<int> last = pool->submit([pool, gate = dropped.future()]() mutable {
    gate.result();
    pool.reset();
    return 5;
  });
  const Future<int> queued = pool->submit([] { return 6; });
  pool.reset();
  dropped.set_result();
  EXPECT_EQ(last.result(), 5);
  EXPECT_EQ(queued.result(), 6);
  while (threads_of_this_process() > before) std::this_thread::yield();
}

// Nobody may have the result any more, so the worker destroys it, and that may wait for another call.
TEST(ThreadPool, HasAnotherWorkerForWhatADestructorWaitsFor) {
  struct Guard {
    Guard(Promise<void> promise, Future<void> future) : reached(std::move(promise)), awaited(std::move(future)) {}
    Promise<void> reached;
    Future<void> awaited;
    ~Guard() {
      reached.set_result();
      awaited.result();
    }
  };
  ThreadPoolExecutor pool({.max_workers = 2});
  Promise<void> forgotten;
  Promise<void> other;
  Promise<void> reached;
  const Future<void> in_destructor = reached.future();
  (void)pool.submit([go = forgotten.future(), guard = std::make_shared<Guard>(std::move(reached), other.future())] {
    go.result();
    throw std::shared_ptr<Guard>(guard);
  });
  forgotten.set_result();
  in_destructor.result();
  pool.submit([&other] { other.set_result(); }).result();
}

TEST(ThreadPool, LeavesAForkedChildAlone) {
  ThreadPoolExecutor pool({.max_workers = 2});
  const int status = pool.submit([] {
                           const pid_t child = fork();
                           if (child == 0) {
                             {
                               ThreadPoolExecutor own({.max_workers = 2});
                               if (own.submit([] { return 1; }).result() != 1) _exit(1);
                             }
                             _exit(0);
                           }
                           int result = -1;
                           waitpid(child, &result, 0);
                           return result;
                         })
                         .result();
  EXPECT_EQ(status, 0);
}

TEST(ThreadPool, IsMadeOfANumberOfWorkers) {
  EXPECT_EQ(ThreadPoolExecutor(3).max_workers(), 3U);
  EXPECT_EQ(ThreadPoolExecutor(3U).max_workers(), 3U);
  EXPECT_THROW(ThreadPoolExecutor(0), std::invalid_argument);
  static_assert(!std::is_constructible_v<ThreadPoolExecutor, bool>);
  static_assert(!std::is_constructible_v<ThreadPoolExecutor, double>);
  static_assert(!std::is_convertible_v<int, ThreadPoolExecutor>);
}

TEST(Executor, OfTheUsersOwnNeedsOnlySchedule) {
  class Inline final : public Executor {
   public:
    ~Inline() override { cut_link(); }

   private:
    void schedule(Work work) override { work.run(); }
  } executor;
  EXPECT_EQ(executor.submit([](int x) { return 2 * x; }, 21).result(), 42);
  std::vector<int> squares;
  for (int square : executor.map(
           {.buffersize = 2}, [](int x) { return x * x; }, std::vector{1, 2, 3})) {
    squares.push_back(square);
  }
  EXPECT_EQ(squares, (std::vector{1, 4, 9}));
}

TEST(Executor, ThatDropsACallFailsItsFuture) {
  class Forgetful final : public Executor {
    void schedule(Work) override {}
  } executor;
  EXPECT_THROW(executor.submit([] {}).result(), BrokenExecutor);
}

// Runs nothing before it is told to.
class Deferred final : public Executor {
 public:
  ~Deferred() override { cut_link(); }
  std::vector<Work> queue;

 private:
  void schedule(Work work) override { queue.push_back(std::move(work)); }
};

TEST(Executor, ThatGetsACancelledCallLetsGoOfItsArguments) {
  Deferred executor;
  const auto token = std::make_shared<int>();
  const Future<void> run = executor.submit([](const std::shared_ptr<int>&) {}, token);
  const Future<void> dropped = executor.submit([](const std::shared_ptr<int>&) {}, token);
  run.cancel();
  dropped.cancel();
  executor.queue.front().run();
  executor.queue.clear();
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Executor, CancelsACallAndLetsGoOfItsArguments) {
  Deferred executor;
  const auto token = std::make_shared<int>();
  const Future<void> future = executor.submit([](const std::shared_ptr<int>&) {}, token);
  bool told = false;
  future.add_done_callback([&](const Future<void>& done) { told = done.cancelled(); });
  executor.queue.front().cancel();
  EXPECT_TRUE(told);
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_THROW(future.result(), CancelledError);
  executor.queue.front().run();  // what was cancelled is gone
  executor.queue.clear();
}

TEST(Executor, CancelsWhatWasCancelledBefore) {
  Deferred executor;
  const Future<void> future = executor.submit([] {});
  int calls = 0;
  future.add_done_callback([&calls](const Future<void>&) { ++calls; });
  future.cancel();
  executor.queue.front().cancel();
  EXPECT_EQ(calls, 1);
}

TEST(Executor, ThatForgetsToCutItsLinkIsToldItsDuty) {
  class Forgetful final : public Executor {
    void schedule(Work work) override { work.run(); }
  };
  std::string text;
  const auto forget = [&text] {
    auto before = set_log_handler([&text](const LogRecord& record) { text = record.message; });
    {
      Forgetful executor;
      (void)executor
          .map(
              {.buffersize = 1}, [](int x) { return x; }, std::vector{1})
          .next();
    }
    set_log_handler(std::move(before));
  };
#ifdef NDEBUG
  forget();
  EXPECT_NE(text.find("Forgetful: its destructor must call cut_link()"), std::string::npos) << text;
#else
  EXPECT_DEATH(forget(), "must call cut_link\\(\\) before anything else");
#endif
}

TEST(Map, OutlivesItsExecutorAndThenRefusesToSubmit) {
  auto pool = std::make_unique<ThreadPoolExecutor>(ThreadPoolOptions{.max_workers = 1});
  auto results = pool->map(
      {.buffersize = 2}, [](int x) { return x; }, std::vector{1, 2, 3});
  pool.reset();
  EXPECT_EQ(results.next(), 1);
  EXPECT_EQ(results.next(), 2);
  EXPECT_THROW(results.next(), ShutdownError);
  EXPECT_EQ(results.next(), std::nullopt);
}

}  // namespace
}  // namespace concurrent::futures
