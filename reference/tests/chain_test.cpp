// Completions inside completions: chains of any length, on a stack of 1 MiB, and what nested callbacks may rely on.

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <concurrent/futures.hpp>
#include <coroutine>
#include <exception>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace concurrent::futures {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr int links = 20'000;  // its memory for each of them is large; without a bound these are too many, too
#else
constexpr int links = 1'000'000;
#endif
constexpr int limit = detail::Nesting::limit;

// Runs `body` on a thread with little stack, of which a chain that recursed would need hundreds of times as much.
void on_small_stack(std::function<void()> body) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 20);
  pthread_t thread{};
  const auto run = [](void* given) -> void* {
    (*static_cast<std::function<void()>*>(given))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &body), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

// A row of futures, each of which is completed by what waits for the one before.
struct Chain {
  std::vector<Promise<int>> promises{links + 1};
  std::vector<Future<int>> futures;
  Chain() {
    for (const Promise<int>& promise : promises) futures.push_back(promise.future());
  }
  // `complete(i)` is to complete future i.
  template <typename F>
  void connect(F complete) {
    for (std::size_t i = 0; i < links; ++i) {
      futures[i].add_done_callback([complete, i](const AnyFuture&) { complete(i + 1); });
    }
  }
};

TEST(Chain, OfResultsIsOfAnyLength) {
  Chain chain;
  chain.connect([&](std::size_t i) { chain.promises[i].set_result(chain.futures[i - 1].result() + 1); });
  on_small_stack([&] { chain.promises[0].set_result(0); });
  EXPECT_EQ(chain.futures[links].result(), links);
}

TEST(Chain, OfExceptionsIsOfAnyLength) {
  Chain chain;
  chain.connect([&](std::size_t i) { chain.promises[i].set_exception(chain.futures[i - 1].exception()); });
  on_small_stack([&] { chain.promises[0].set_exception(std::make_exception_ptr(std::runtime_error("first"))); });
  EXPECT_THROW(chain.futures[links].result(), std::runtime_error);
}

TEST(Chain, OfCancelsIsOfAnyLength) {
  Chain chain;
  chain.connect([&](std::size_t i) { chain.futures[i].cancel(); });
  on_small_stack([&] { EXPECT_TRUE(chain.futures[0].cancel()); });
  EXPECT_TRUE(chain.futures[links].cancelled());
}

TEST(Chain, OfDyingPromisesIsOfAnyLength) {
  Promise<int> head;
  const Future<int> last = head.future();
  for (int i = 0; i < links; ++i) {
    Promise<int> outer;
    outer.future().add_done_callback([owned = std::move(head)](const AnyFuture&) {});
    head = std::move(outer);
  }
  on_small_stack([&] { const Promise<int> gone = std::move(head); });
  EXPECT_THROW(last.result(), BrokenExecutor);
}

// The call of each holds the promise of the next.
TEST(Chain, OfCallsThatAreDroppedIsOfAnyLength) {
  struct Holding final : Executor {
    std::vector<Work> held;
    ~Holding() override { cut_link(); }
    void schedule(Work work) override { held.push_back(std::move(work)); }
  } executor;
  Promise<int> next;
  const Future<int> last = next.future();
  for (int i = 0; i < links; ++i) {
    auto call = executor.submit([promise = std::move(next)] {});
    next = Promise<int>();
    next.future().add_done_callback([call](const AnyFuture&) { call.cancel(); });
  }
  on_small_stack([&] { next.set_result(0); });
  EXPECT_TRUE(last.done());
}

/// Cancels a call when it is destroyed, unless it was moved from.
struct Cancels {
  Future<void> call;
  explicit Cancels(Future<void> its_call) : call(std::move(its_call)) {}
  Cancels(Cancels&&) = default;
  ~Cancels() {
    if (call.valid()) call.cancel();
  }
};

// Each call holds what cancels the next.
TEST(Chain, OfDestructorsThatCancelIsOfAnyLength) {
  std::latch go(1);
  ThreadPoolExecutor pool(1);
  pool.submit([&go] { go.wait(); });
  const Future<void> last = pool.submit([] {});
  Future<void> first = last;
  for (int i = 0; i < links; ++i) first = pool.submit([next = Cancels(std::move(first))] {});
  on_small_stack([&] { first.cancel(); });
  EXPECT_TRUE(last.cancelled());
  go.count_down();
}

TEST(Chain, OfLateCallbacksIsOfAnyLength) {
  Promise<int> promise;
  promise.set_result(1);
  int called = 0;
  std::function<void(const AnyFuture&)> add_another = [&](const AnyFuture& future) {
    if (++called < links) future.add_done_callback(add_another);
  };
  on_small_stack([&] { promise.future().add_done_callback(add_another); });
  EXPECT_EQ(called, links);
}

struct Coroutine {
  struct promise_type {
    Coroutine get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

Coroutine link(Future<int> before, Promise<int>& next) { next.set_result(co_await before + 1); }

TEST(Chain, OfCoroutinesIsOfAnyLength) {
  Chain chain;
  for (std::size_t i = 0; i < links; ++i) link(chain.futures[i], chain.promises[i + 1]);
  on_small_stack([&] { chain.promises[0].set_result(0); });
  EXPECT_EQ(chain.futures[links].result(), links);
}

Coroutine count(std::vector<Future<int>>& done, int& sum) {
  for (const Future<int>& future : done) sum += co_await future;
}

TEST(Chain, OfReadyAwaitsIsOfAnyLength) {
  Promise<int> promise;
  promise.set_result(1);
  std::vector<Future<int>> done(links, promise.future());
  int sum = 0;
  on_small_stack([&] { count(done, sum); });
  EXPECT_EQ(sum, links);
}

// Each pool has a call that was cancelled, whose callback shuts the next pool down.
TEST(Chain, OfShutdownsNestsNoDeeperThanOthers) {
  constexpr int pools_count = 3 * limit;
  Promise<void> release;
  std::vector<std::unique_ptr<ThreadPoolExecutor>> pools;
  for (int i = 0; i < pools_count; ++i) {
    pools.push_back(std::make_unique<ThreadPoolExecutor>(ThreadPoolOptions{.max_workers = 1}));
    (void)pools.back()->submit([end = release.future()] { end.result(); });
  }
  int depth = 0, deepest = 0, shut = 0;
  for (std::size_t i = 0; i + 1 < pools_count; ++i) {
    pools[i]->submit([] {}).add_done_callback([&, i](const AnyFuture&) {
      deepest = std::max(deepest, ++depth);
      pools[i + 1]->shutdown({.wait = false, .cancel_futures = true});
      ++shut;
      --depth;
    });
  }
  pools[0]->shutdown({.wait = false, .cancel_futures = true});
  EXPECT_EQ(shut, pools_count - 1);
  EXPECT_EQ(deepest, limit);
  release.set_result();
}

// Calls `body` inside of so many callbacks, each nested in the one before.
void nested(int depth, const std::function<void()>& body) {
  if (depth == 0) return body();
  Promise<int> promise;
  promise.future().add_done_callback([&](const AnyFuture&) { nested(depth - 1, body); });
  promise.set_result(0);
}

TEST(Nesting, CallsAtOnceUpToTheLimit) {
  for (const int depth : {0, 1, limit - 1}) {
    nested(depth, [&] {
      Promise<int> promise;
      bool called = false;
      promise.future().add_done_callback([&](const AnyFuture&) { called = true; });
      promise.set_result(1);
      EXPECT_TRUE(called) << depth;
    });
  }
}

TEST(Nesting, QueuesWhatIsDeeperAndRunsItInOrder) {
  std::vector<int> order;
  std::vector<Promise<int>> promises(3);
  for (int tens = 0; const Promise<int>& promise : promises) {
    promise.future().add_done_callback([&order, tens](const AnyFuture&) { order.push_back(tens); });
    promise.future().add_done_callback([&order, tens](const AnyFuture&) { order.push_back(tens + 1); });
    tens += 10;
  }
  nested(limit, [&] {
    promises[2].set_result(1);
    EXPECT_TRUE(promises[0].future().cancel());
    promises[2].future().add_done_callback([&](const AnyFuture&) { order.push_back(22); });
    promises[1].set_exception(std::make_exception_ptr(1));
    // Done for everybody, though the callbacks are still to run.
    EXPECT_EQ(promises[2].future().result(), 1);
    EXPECT_TRUE(promises[0].future().cancelled());
    EXPECT_TRUE(order.empty());
  });
  EXPECT_EQ(order, (std::vector{20, 21, 0, 1, 22, 10, 11}));
}

TEST(Nesting, WakesWaitersAtOnce) {
  Promise<int> promise;
  promise.future().add_done_callback([](const AnyFuture&) {});
  int seen = 0;
  std::thread waiting([&] { seen = promise.future().result(); });
  nested(limit, [&] {
    promise.set_result(1);
    waiting.join();  // which ends only if it was woken before the callbacks run
    EXPECT_EQ(seen, 1);
  });
}

// What is queued may complete what the thread is about to wait for.
TEST(Nesting, RunsWhatIsQueuedBeforeTheThreadBlocks) {
  ThreadPoolExecutor pool({.max_workers = 1});
  const std::vector<std::pair<const char*, std::function<void(const Future<int>&)>>> waits = {
      {"result", [](const Future<int>& future) { (void)future.result(); }},
      {"exception", [](const Future<int>& future) { (void)future.exception(); }},
      {"wait", [](const Future<int>& future) { (void)wait(std::vector{future}); }},
      {"as_completed", [](const Future<int>& future) { (void)as_completed(std::vector{future}).next(); }},
      {"map",
       [&](const Future<int>& future) { (void)pool.map([&](int) { return future.result(); }, std::vector{1}).next(); }},
      {"shutdown",
       [](const Future<int>& future) {
         ThreadPoolExecutor other({.max_workers = 1});
         (void)other.submit([&] { return future.result(); });
         other.shutdown();
       }},
  };
  for (const auto& [name, block] : waits) {
    SCOPED_TRACE(name);
    Promise<int> first, second;
    first.future().add_done_callback([&](const AnyFuture&) { second.set_result(2); });
    nested(limit, [&] {
      first.set_result(1);
      EXPECT_FALSE(second.future().done());
      block(second.future());
      EXPECT_TRUE(second.future().done());
    });
  }
}

// A coroutine whose resumption is queued can still be destroyed.
TEST(Nesting, ForgetsADestroyedCoroutine) {
  struct Task {
    struct promise_type {
      Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
      std::suspend_never initial_suspend() { return {}; }
      std::suspend_always final_suspend() noexcept { return {}; }
      void return_void() {}
      void unhandled_exception() { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
  };
  Promise<int> promise;
  bool resumed = false;
  const auto start = [](Future<int> future, bool& went_on) -> Task {
    co_await future;
    went_on = true;
  };
  const Task task = start(promise.future(), resumed);
  nested(limit, [&] {
    promise.set_result(1);
    task.handle.destroy();
  });
  EXPECT_FALSE(resumed);
}

}  // namespace
}  // namespace concurrent::futures
