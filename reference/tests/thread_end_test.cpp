// Threads that are ended inside of what a pool runs, by pthread_exit() or pthread_cancel(): the stack is unwound, the
// future fails, and the pool goes on.

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <concurrent/futures.hpp>
#include <failing_threads.hpp>
#include <functional>
#include <latch>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace concurrent::futures {
namespace {

void end_thread() { pthread_exit(nullptr); }

/// Until the calling thread is cancelled. Not in a call that blocks: ThreadSanitizer does not see that it was left.
[[maybe_unused]] void await_cancelling() {
  for (;;) {
    pthread_testcancel();
    std::this_thread::yield();
  }
}

template <typename T>
std::string error_of(const Future<T>& future) {
  return describe(future.exception());
}

TEST(EndOfAThread, FailsTheFutureAndCostsNoWorker) {
  ThreadPoolExecutor pool({.max_workers = 1});
  std::set<std::thread::id> workers;
  for (int call = 0; call < 100; ++call) {
    EXPECT_EQ(error_of(pool.submit(end_thread)),
              "the thread was ended inside the call, by pthread_exit or pthread_cancel");
    workers.insert(pool.submit([] { return std::this_thread::get_id(); }).result());
  }
  EXPECT_GT(workers.size(), 1U);
}

TEST(EndOfAThread, InABrokenPoolLeavesNoCallUnfinished) {
  std::latch go(1);
  int told = 0;
  std::vector<Future<void>> calls;
  {
    ThreadPoolExecutor pool({.max_workers = 1, .initializer = [&go] {
                               go.wait();
                               throw std::runtime_error("no");
                             }});
    for (int call = 0; call < 10; ++call) {
      calls.push_back(pool.submit([] {}));
      if (call == 3) calls.back().add_done_callback([](const auto&) { end_thread(); });
      calls.back().add_done_callback([&told](const auto&) { ++told; });
    }
    go.count_down();
  }
  EXPECT_EQ(told, 10);
  for (const auto& call : calls) EXPECT_EQ(error_of(call), "the initializer of a worker threw: no");
}

// A destructor cannot be left so.
TEST(EndOfAThread, ByCancellingWaitsForTheEndOfAGroup) {
  ThreadPoolExecutor pool({.max_workers = 1});
  Promise<void> held;
  Future<void> call;
  std::latch submitted(1);
  std::atomic<bool> left = false;
  std::thread leaving([&] {
    {
      TaskGroup group(pool);
      call = group.submit([end = held.future()] { end.result(); });
      submitted.count_down();
    }
    left = call.done();
  });
  submitted.wait();
  while (detail::Access::outcome(call).observers() == 0) std::this_thread::yield();
  pthread_cancel(leaving.native_handle());
  held.set_result();
  leaving.join();
  EXPECT_TRUE(left);
}

TEST(EndOfAThread, UnwindsTheStackOfTheCall) {
  struct Guard {
    std::atomic<int>& unwound;
    ~Guard() { ++unwound; }
  };
  std::atomic<int> unwound = 0;
  const auto argument = std::make_shared<int>(1);
  ThreadPoolExecutor pool({.max_workers = 1});
  const Future<void> ended = pool.submit(
      [&unwound](const std::shared_ptr<int>&) {
        const Guard guard{unwound};
        end_thread();
      },
      argument);
  EXPECT_NE(ended.exception(), nullptr);
  EXPECT_EQ(unwound, 1);
  EXPECT_EQ(argument.use_count(), 1) << "the call has let go of its arguments";
}

TEST(EndOfAThread, LeavesQueuedCallsToANewWorkerAfterShutdownToo) {
  std::latch go(1);
  std::vector<Future<int>> calls;
  {
    ThreadPoolExecutor pool({.max_workers = 2});
    for (int call = 0; call < 20; ++call) {
      calls.push_back(pool.submit([&go, call] {
        go.wait();
        if (call % 2 == 0) end_thread();
        return call;
      }));
    }
    pool.shutdown({.wait = false});
    go.count_down();
  }
  for (int call = 0; call < 20; ++call) {
    const Future<int>& future = calls[static_cast<std::size_t>(call)];
    EXPECT_EQ(future.exception() != nullptr, call % 2 == 0) << call;
  }
}

TEST(EndOfAThread, KeepsToTheLimitAndToTheNames) {
  constexpr int size = 3;
  ThreadPoolExecutor pool({.max_workers = size, .thread_name_prefix = "name"});
  for (int round = 0; round < 5; ++round) {
    std::latch all(size);
    std::vector<Future<std::string>> calls;
    for (int call = 0; call < size; ++call) {
      calls.push_back(pool.submit([&all] {
        all.arrive_and_wait();
        char name[16] = {};
        pthread_getname_np(pthread_self(), name, sizeof name);
        return std::string(name);
      }));
    }
    std::set<std::string> names;
    for (const auto& call : calls) names.insert(call.result());
    EXPECT_EQ(names.size(), 3U) << "workers with one name";
    EXPECT_NE(pool.submit(end_thread).exception(), nullptr);
  }
}

/// A thread-local variable whose destructor takes its time.
struct AtEnd {
  std::latch* go = nullptr;
  std::atomic<bool>* ended = nullptr;
  ~AtEnd() {
    if (go == nullptr) return;
    go->wait();
    *ended = true;
  }
};

thread_local AtEnd at_end;

TEST(EndOfAThread, IsWaitedForByShutdown) {
  std::latch go(1);
  std::atomic<bool> ended = false;
  ThreadPoolExecutor pool({.max_workers = 1});
  const Future<void> call = pool.submit([&] {
    at_end.go = &go;
    at_end.ended = &ended;
    end_thread();
  });
  EXPECT_NE(call.exception(), nullptr);
  EXPECT_EQ(pool.submit([] { return 1; }).result(), 1) << "while the lost thread has not ended";
  go.count_down();
  pool.shutdown();
  EXPECT_TRUE(ended);
}

// The address sanitizer is not told of an unwinding that begins inside of the C library.
#if !defined(__SANITIZE_ADDRESS__)
TEST(EndOfAThread, ByCancellingIsTheSame) {
  std::latch started(1);
  pthread_t worker = {};
  ThreadPoolExecutor pool({.max_workers = 1});
  const Future<void> call = pool.submit([&] {
    worker = pthread_self();
    started.count_down();
    await_cancelling();
  });
  started.wait();
  pthread_cancel(worker);
  EXPECT_EQ(error_of(call), "the thread was ended inside the call, by pthread_exit or pthread_cancel");
  EXPECT_EQ(pool.submit([] { return 1; }).result(), 1);
}
#endif

TEST(EndOfAThread, LeavesAWaitThatItInterrupts) {
  std::latch started(1);
  pthread_t worker = {};
  Promise<int> promise;
  ThreadPoolExecutor pool({.max_workers = 1});
  const Future<int> call = pool.submit([&, future = promise.future()] {
    worker = pthread_self();
    started.count_down();
    return future.result();
  });
  started.wait();
  pthread_cancel(worker);
  EXPECT_EQ(error_of(call), "the thread was ended inside the call, by pthread_exit or pthread_cancel");
  EXPECT_EQ(detail::Access::outcome(promise.future()).observers(), 0U);
  promise.set_result(1);
}

// The address sanitizer is not told of an unwinding that begins inside of the C library.
#if !defined(__SANITIZE_ADDRESS__)
// A request that comes too late for its call must not hit another one.
TEST(EndOfAThread, TakesAnIdleWorkerAndNoOtherCall) {
  ThreadPoolExecutor pool({.max_workers = 1});
  for (int round = 0; round < 50; ++round) {
    const pthread_t worker = pool.submit(pthread_self).result();
    pthread_cancel(worker);
    const Future<bool> next = pool.submit([worker] {
      if (pthread_equal(pthread_self(), worker) != 0) pthread_testcancel();
      return true;
    });
    if (round % 2 == 0) std::this_thread::yield();
    EXPECT_EQ(next.exception(), nullptr);
  }
}
#endif

TEST(EndOfAThread, InACallbackLeavesNoCallbackOut) {
  std::atomic<int> callbacks = 0;
  std::latch go(1), through(1);
  ThreadPoolExecutor pool({.max_workers = 1});
  const Future<int> call = pool.submit([&go] {
    go.wait();
    return 1;
  });
  call.add_done_callback([](const Future<int>&) { end_thread(); });
  call.add_done_callback([&](const Future<int>&) {
    ++callbacks;
    through.count_down();
  });
  go.count_down();
  through.wait();
  EXPECT_EQ(call.result(), 1);
  EXPECT_EQ(pool.submit([] { return 2; }).result(), 2);
  EXPECT_EQ(callbacks, 1);
}

// The warning is written to the standard error, by a function that must not be unwound.
TEST(EndOfAThread, ByCancellingWaitsForWhatIsLogged) {
  std::latch go(1), started(1), cancelled(1);
  ThreadPoolExecutor pool(2);
  pool.submit([&] { started.count_down(), go.wait(); });
  started.wait();
  Future<int> call;
  std::thread submitting([&] {
    cancelled.wait();
    call = pool.submit([] { return 1; });
  });
  {
    const FailingThreads failing;
    pthread_cancel(submitting.native_handle());
    cancelled.count_down();
    submitting.join();
  }
  go.count_down();
  EXPECT_EQ(call.result(), 1);
}

TEST(EndOfAThread, InACallbackOfAShutdownLeavesNoCallOut) {
  ThreadPoolExecutor pool(1);
  Promise<void> release;
  (void)pool.submit([end = release.future()] { end.result(); });
  const Future<void> first = pool.submit([] {});
  const Future<void> second = pool.submit([] {});
  int callbacks = 0;
  first.add_done_callback([](const AnyFuture&) { end_thread(); });
  second.add_done_callback([&](const AnyFuture&) { ++callbacks; });
  std::thread([&] { pool.shutdown({.wait = false, .cancel_futures = true}); }).join();
  EXPECT_EQ(callbacks, 1);
  release.set_result();
  pool.shutdown();
}

TEST(EndOfAThread, InAnInputOfABufferedMapLeavesTheMap) {
  ThreadPoolExecutor pool(1);
  bool unwound = false;
  std::thread([&] {
    const struct Guard {
      bool& unwound;
      ~Guard() { unwound = true; }
    } guard{unwound};
    const auto input = [](int number) {
      if (number == 5) end_thread();
      return number;
    };
    auto numbers = std::views::iota(0, 10) | std::views::transform(input);
    for (const int number : pool.map({.buffersize = 2}, std::identity(), numbers)) (void)number;
  }).join();
  EXPECT_TRUE(unwound);
}

TEST(EndOfAThread, InAnInitializerBreaksThePool) {
  std::latch submitted(1);
  ThreadPoolExecutor pool({.max_workers = 1, .initializer = [&submitted] {
                             submitted.wait();
                             end_thread();
                           }});
  const Future<void> call = pool.submit([] {});
  submitted.count_down();
  EXPECT_THROW(call.result(), BrokenThreadPool);
  EXPECT_THROW(pool.submit([] {}), BrokenThreadPool);
}

/// A pool that may have three workers, has two, and could not get the third: one waits for the call that is still
/// queued, the other ends its thread.
class TwoOfThree {
 public:
  TwoOfThree() {
    std::latch started(2);
    waiting_ = pool_.submit([&started, queued = queued_.future()] {
      started.count_down();
      queued.result().result();
    });
    ending_ = pool_.submit([&] {
      started.count_down();
      go_.wait();
      end_thread();
    });
    started.wait();
  }

  /// To be called while no thread is to be had.
  void submit() {
    const Future<void> queued = pool_.submit([] {});
    queued_.set_result(queued);
    while (detail::Access::outcome(queued).observers() == 0) std::this_thread::yield();
  }
  const Future<void>& end_the_other() {
    go_.count_down();
    return waiting_;
  }

 private:
  struct Quiet {
    Quiet() {
      set_log_handler([](const LogRecord&) {});
    }
    ~Quiet() { set_log_handler({}); }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;
  };
  const Quiet quiet_;  // until the pool has ended
  std::latch go_{1};
  Promise<Future<void>> queued_;
  Future<void> waiting_, ending_;
  ThreadPoolExecutor pool_{3};
};

TEST(EndOfAThread, GivesAnotherOneAtOnceWhereNoneWasToBeHadBefore) {
  TwoOfThree pool;
  {
    const FailingThreads failing;
    pool.submit();
  }
  pool.end_the_other().result();
}

TEST(EndOfAThread, WithoutAnotherOneRefusesAWaitForWhatIsQueued) {
  TwoOfThree pool;
  const FailingThreads failing;
  pool.submit();
  EXPECT_THROW(pool.end_the_other().result(), DeadlockError);
}

TEST(EndOfAThread, WithoutAnotherOneFailsWhatIsQueued) {
  ThreadPoolExecutor pool({.max_workers = 1});
  std::latch go(1);
  std::optional<FailingThreads> failing;
  const Future<void> last = pool.submit([&] {
    go.wait();
    failing.emplace();
    end_thread();
  });
  const Future<int> queued = pool.submit([] { return 1; });
  go.count_down();
  EXPECT_THROW(queued.result(), BrokenThreadPool);
  EXPECT_NE(last.exception(), nullptr);
  EXPECT_THROW(pool.submit([] {}), std::system_error);
  failing.reset();
  EXPECT_EQ(pool.submit([] { return 2; }).result(), 2);
}

}  // namespace
}  // namespace concurrent::futures
