// Who may be gone when: promises, handles and pools that are destroyed by the very callbacks, calls and coroutines
// that they lead to. What goes wrong here is a use of freed memory, which the sanitizers and valgrind see.

#include <gtest/gtest.h>

#include <atomic>
#include <child_process.hpp>
#include <concurrent/futures.hpp>
#include <coroutine>
#include <cstdlib>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace concurrent::futures {
namespace {

TEST(Promise, MayBeDestroyedByACallback) {
  auto promise = std::make_unique<Promise<int>>();
  promise->future().add_done_callback([&promise](const Future<int>&) { promise.reset(); });
  promise->set_result(1);
  EXPECT_EQ(promise, nullptr);
}

// Runs at once, and destroys itself when it has ended.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

Detached await_own_promise(Promise<int>*& open, int& out) {
  Promise<int> promise;
  open = &promise;
  out = co_await promise.future();
}

TEST(Promise, MayLieInTheCoroutineThatAwaitsIt) {
  Promise<int>* promise = nullptr;
  int out = 0;
  await_own_promise(promise, out);
  promise->set_result(7);
  EXPECT_EQ(out, 7);
}

// Lets out what its body throws, as some libraries' coroutines do.
struct Leaking {
  struct promise_type : Detached::promise_type {
    Leaking get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    [[noreturn]] void unhandled_exception() { throw; }
  };
  std::coroutine_handle<promise_type> handle;
};

Leaking await_and_throw(Future<int> future) {
  const int value = co_await future;
  throw std::logic_error(std::to_string(value));
}

TEST(Await, LogsWhatACoroutineLetsOut) {
  std::string logged;
  const LogHandler before = set_log_handler([&](const LogRecord& record) { logged = describe(record.exception); });
  Promise<int> promise;
  const Leaking coroutine = await_and_throw(promise.future());
  promise.set_result(7);
  set_log_handler(before);
  coroutine.handle.destroy();
  EXPECT_EQ(logged, "7");
}

TEST(Cancel, MayBeTheEndOfTheLastHandle) {
  std::optional<Promise<int>> promise(std::in_place);
  std::optional<Future<int>> future = promise->future();
  future->add_done_callback([&](const Future<int>&) {
    future.reset();
    promise.reset();
  });
  EXPECT_TRUE(future->cancel());
  EXPECT_EQ(future, std::nullopt);
}

TEST(Result, CanBeTakenByTheCallbackThatHasTheOnlyHandle) {
  Promise<std::unique_ptr<int>> promise;
  int taken = 0;
  promise.future().add_done_callback(
      [&taken](Future<std::unique_ptr<int>> future) { taken = *std::move(future).result(); });
  promise.set_result(std::make_unique<int>(7));
  EXPECT_EQ(taken, 7);
}

TEST(Result, CanBeTakenWhileThePromiseLives) {
  Promise<std::unique_ptr<int>> promise;
  promise.set_result(std::make_unique<int>(7));
  EXPECT_EQ(*promise.future().result(), 7);
}

// What result() on an rvalue gave away is never seen to be gone.
TEST(Promise, IsBrokenWhenAnotherOneTakesItsPlace) {
  Promise<int> current, next;
  const Future<int> old = current.future();
  current = std::move(next);
  EXPECT_TRUE(old.done());
  EXPECT_FALSE(current.future().done());
}

TEST(Result, IsCopiedWhileAPromiseCouldMakeAnotherHandle) {
  Promise<std::string> promise;
  promise.set_result("a text that is long enough to lie on the heap");
  const std::string taken = promise.future().result();
  EXPECT_EQ(promise.future().result(), taken);
  auto gone = std::make_unique<Promise<std::string>>(std::move(promise));
  auto future = gone->future();
  gone.reset();
  const char* const place = future.result().data();
  EXPECT_EQ(std::move(future).result().data(), place) << "it was copied, though there was no other handle";
}

TEST(Result, ThatCannotBeCopiedIsRefusedOnceItWasMoved) {
  Promise<std::unique_ptr<int>> promise;
  promise.set_result(std::make_unique<int>(7));
  const auto other = promise.future();
  EXPECT_THROW(promise.future().result(), InvalidStateError) << "there was another handle";
  EXPECT_EQ(*other.result(), 7);
  auto last = std::move(const_cast<Future<std::unique_ptr<int>>&>(other));
  EXPECT_EQ(*std::move(last).result(), 7);
  EXPECT_THROW((void)promise.future().result(), InvalidStateError);
  const auto again = promise.future();
  EXPECT_THROW((void)again.result(), InvalidStateError);
}

// Submits `count` calls behind one that blocks the only worker, and gives what they hold to `end`, which is to end
// them.
template <typename F>
void expect_let_go(F end) {
  Promise<void> release;
  ThreadPoolExecutor pool({.max_workers = 1});
  auto blocking = pool.submit([end = release.future()] { end.result(); });
  auto held = std::make_shared<int>(1);
  std::weak_ptr<int> watched = held;
  std::vector<Future<void>> calls;
  for (int i = 0; i < 2; ++i) calls.push_back(pool.submit([held](const std::shared_ptr<int>&) {}, held));
  held.reset();
  ASSERT_FALSE(watched.expired());
  for (const Future<void>& call : calls) {
    call.add_done_callback([&watched, last = call == calls.back()](const AnyFuture&) {
      EXPECT_TRUE(!last || watched.expired()) << "when the callbacks run";
    });
  }
  end(pool, calls);
  EXPECT_TRUE(watched.expired()) << "while the worker has not come across the calls, and handles live";
  release.set_result();
}

TEST(Call, LetsGoOfWhatItHoldsWhenItIsCancelled) {
  expect_let_go([](ThreadPoolExecutor&, const std::vector<Future<void>>& calls) {
    for (const Future<void>& call : calls) call.cancel();
  });
}

TEST(Call, LetsGoOfWhatItHoldsWhenAShutdownCancelsIt) {
  expect_let_go([](ThreadPoolExecutor& pool, const std::vector<Future<void>>&) {
    pool.shutdown({.wait = false, .cancel_futures = true});
  });
}

/// A call whose callable waits in its destructor until it may go.
struct SlowToGo {
  std::latch entered{1}, go{1};
  Future<void> submit(ThreadPoolExecutor& pool) {
    const auto waits = [this](int* given) {
      entered.count_down(), go.wait();
      delete given;
    };
    return pool.submit([held = std::shared_ptr<int>(new int(1), waits)] {});
  }
};

// Who sees that it is cancelled may destroy what it refers to.
void expect_to_let_go_first(const std::function<void(ThreadPoolExecutor&, const Future<void>&)>& end) {
  ThreadPoolExecutor pool(1);
  Promise<void> release;
  (void)pool.submit([end = release.future()] { end.result(); });
  const Future<void> before = pool.submit([] {});
  SlowToGo slow;
  const Future<void> call = slow.submit(pool);
  std::thread ending([&] { end(pool, call); });
  slow.entered.wait();
  EXPECT_FALSE(call.done());
  EXPECT_FALSE(before.done());
  // Whoever cancels it now is told when it is cancelled.
  bool cancelled = false;
  std::thread second([&] { cancelled = call.cancel() && call.cancelled(); });
  while (detail::Access::outcome(call).observers() == 0) std::this_thread::yield();
  EXPECT_FALSE(call.done());
  slow.go.count_down();
  ending.join(), second.join();
  EXPECT_TRUE(cancelled);
  release.set_result();
}

TEST(Call, IsNotSeenToBeCancelledBeforeItHasLetGo) {
  expect_to_let_go_first([](ThreadPoolExecutor&, const Future<void>& call) { call.cancel(); });
}

TEST(Call, IsNotSeenToBeCancelledByAShutdownBeforeAllHaveLetGo) {
  expect_to_let_go_first(
      [](ThreadPoolExecutor& pool, const Future<void>&) { pool.shutdown({.wait = false, .cancel_futures = true}); });
}

TEST(Call, MayWaitForOthersWhileTheyAreCancelledTogether) {
  ThreadPoolExecutor pool(1);
  Promise<void> release;
  (void)pool.submit([end = release.future()] { end.result(); });
  Future<void> next, own;
  int cancelled = 0;
  const auto waits = [&](int* given) {
    for (const Future<void>& future : {next, own}) {
      wait(std::vector{future});
      cancelled += future.cancelled() ? 1 : 0;
    }
    delete given;
  };
  own = pool.submit([held = std::shared_ptr<int>(new int(1), waits)] {});
  next = pool.submit([] {});
  pool.shutdown({.wait = false, .cancel_futures = true});
  EXPECT_EQ(cancelled, 2);
  release.set_result();
}

// A destructor that runs inside of cancel() may ask for the very future.
TEST(Call, MayAskForItsFutureWhileItIsLetGo) {
  Promise<void> release;
  ThreadPoolExecutor pool({.max_workers = 1});
  (void)pool.submit([end = release.future()] { end.result(); });
  std::optional<Future<void>> future;
  bool was_cancelled = false;
  const auto asks = [&](int* given) {
    was_cancelled = future->cancel() && future->cancelled();
    delete given;
  };
  future = pool.submit([held = std::shared_ptr<int>(new int(1), asks)] {});
  EXPECT_TRUE(future->cancel());
  EXPECT_TRUE(was_cancelled);
  release.set_result();
}

TEST(ThreadPool, MayBeDestroyedByACallbackOfItsOwnShutdown) {
  Promise<void> held;
  auto pool = std::make_unique<ThreadPoolExecutor>(ThreadPoolOptions{.max_workers = 1});
  (void)pool->submit([end = held.future()] { end.result(); });
  pool->submit([] {}).add_done_callback([&](const Future<void>&) {
    held.set_result();
    pool.reset();
  });
  pool->shutdown({.cancel_futures = true});
  EXPECT_EQ(pool, nullptr);
}

thread_local std::shared_ptr<ThreadPoolExecutor> cached;

TEST(ThreadPool, MayBeDestroyedByAThreadLocalOfItsLastWorker) {
  auto pool = std::make_shared<ThreadPoolExecutor>(ThreadPoolOptions{.max_workers = 1});
  const std::weak_ptr<ThreadPoolExecutor> watched = pool;
  pool->submit([pool] { cached = pool; }).result();
  pool->shutdown({.wait = false});
  pool.reset();
  while (!watched.expired()) std::this_thread::yield();
}

struct ShutsDown {
  ThreadPoolExecutor* pool = nullptr;
  std::atomic<bool>* refused = nullptr;
  ~ShutsDown() {
    try {
      if (pool != nullptr) pool->shutdown();
    } catch (const DeadlockError&) {
      *refused = true;
    }
  }
};

thread_local ShutsDown local;

TEST(ThreadPool, RefusesToWaitForAThreadThatIsDestroyingItsThreadLocals) {
  std::atomic<bool> refused = false;
  ThreadPoolExecutor pool({.max_workers = 1});
  pool.submit([&] {
        local.pool = &pool;
        local.refused = &refused;
      })
      .result();
  pool.shutdown();
  EXPECT_TRUE(refused);
}

// Constructed before the library's own objects, and so destroyed after them.
struct AtTheVeryEnd {
  bool reports = false;
  ~AtTheVeryEnd() {
    if (!reports) return;
    Promise<int> promise;
    promise.future().add_done_callback([](const Future<int>&) { throw 1; });
    promise.set_result(1);
  }
} at_the_very_end;

TEST(Log, IsThereToTheVeryEndOfAProgram) {
  EXPECT_TRUE(ends_well_in_child([] {
    at_the_very_end.reports = true;
    set_log_handler([](const LogRecord&) { end_well(); });
    std::exit(2);
  }));
}

}  // namespace
}  // namespace concurrent::futures
