// Callbacks and coroutines against completion and cancel: each runs exactly once.

#include <algorithm>
#include <concurrent/futures.hpp>
#include <coroutine>
#include <exception>
#include <optional>
#include <scenario.hpp>
#include <scheduler.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace touchstone::fuzz {
namespace {

using namespace concurrent::futures;

ThreadPoolOptions pool_of_one() { return {.max_workers = 1, .thread_name_prefix = "pool"}; }

unsigned this_thread() { return Scheduler::active()->current().number(); }

void callbacks_against_completion() {
  struct Called {
    char name;
    unsigned thread;
  };
  std::vector<Called> called;
  sync::Mutex mutex;
  const auto callback = [&](char name) {
    return [&, name](const Future<int>& future) {
      check(future.done(), "a callback is called with a future that is done");
      const sync::Lock lock(mutex);
      called.push_back({name, this_thread()});
    };
  };
  unsigned adder_thread = 0;
  {
    ThreadPoolExecutor pool(pool_of_one());
    const Future<int> future = pool.submit([] { return 1; });
    sync::Thread adder([&] {
      adder_thread = this_thread();
      future.add_done_callback(callback('a'));
      future.add_done_callback(callback('b'));
    });
    sync::Thread canceller([&] { (void)future.cancel(); });
    future.add_done_callback(callback('1'));
    adder.join();
    canceller.join();
  }
  check(called.size() == 3, "each callback is called exactly once");
  const auto find = [&](char name) { return std::ranges::find(called, name, &Called::name); };
  // One that is added to a future that is done is called at once, perhaps while those before it are still being called.
  if (find('b')->thread == adder_thread) return;
  check(find('a') < find('b'), "callbacks are called in the order in which they were added");
}

void callbacks_that_throw() {
  int called = 0;
  {
    ThreadPoolExecutor pool(pool_of_one());
    const auto future = pool.submit([] { throw std::runtime_error("of the call"); });
    future.add_done_callback([&](const AnyFuture&) { throw 1; });
    future.add_done_callback([&](const AnyFuture&) { ++called; });
    (void)future.cancel();
  }
  check(called == 1, "the callback after one that throws is called");
  check(log_records() == 1, "what a callback throws is logged");
}

void callbacks_that_use_the_future() {
  int called = 0;
  {
    ThreadPoolExecutor pool(pool_of_one());
    pool.submit([] { return std::string("result"); }).add_done_callback([&](Future<std::string> future) {
      check(!future.cancel(), "a future that has a result cannot be cancelled");
      check(std::move(future).result() == "result", "a callback gets at the result");
      future.add_done_callback([&](const AnyFuture&) { ++called; });
      try {
        (void)pool.submit([&] { ++called; });
      } catch (const ShutdownError&) {
        ++called;
      }
    });
    if (choose(2) == 1) pool.shutdown({.wait = false});
  }
  check(called == 2, "a callback can add a callback, and submit or be refused");
}

/// A coroutine that starts at once and owns itself.
struct Detached {
  struct promise_type {  // NOLINT: the language's name
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

Detached count_resumption(Future<int> future, int& returned, int& cancelled) {
  try {
    (void)co_await future;
    ++returned;
  } catch (const CancelledError&) {
    ++cancelled;
  }
}

void coroutines_against_completion() {
  int returned[2] = {};
  int cancelled[2] = {};
  std::optional<Future<int>> future;
  {
    ThreadPoolExecutor pool(pool_of_one());
    future = pool.submit([] { return 1; });
    sync::Thread canceller([&] { (void)future->cancel(); });
    sync::Thread awaiter([&] { count_resumption(*future, returned[0], cancelled[0]); });
    count_resumption(*future, returned[1], cancelled[1]);
    canceller.join();
    awaiter.join();
  }
  for (int i = 0; i < 2; ++i) {
    check(returned[i] + cancelled[i] == 1, "a coroutine is resumed exactly once");
    check(cancelled[i] == (future->cancelled() ? 1 : 0), "and sees what became of the future");
  }
}

void result_is_moved_once() {
  const std::string text(40, 'x');
  std::optional<Future<std::string>> kept;
  {
    ThreadPoolExecutor pool(pool_of_one());
    Future<std::string> future = pool.submit([text] { return text; });
    future.add_done_callback(
        [&](const Future<std::string>& done) { check(done.result() == text, "a callback sees the whole result"); });
    Future<std::string> copy = future;
    sync::Thread other([&, copy = std::move(copy)]() mutable {
      Future<std::string> own = std::move(copy);
      check(std::move(own).result() == text, "nobody sees a result that was moved away");
    });
    {
      Future<std::string> own = std::move(future);
      check(std::move(own).result() == text, "nobody sees a result that was moved away");
    }
    other.join();
  }
}

}  // namespace

std::vector<Scenario> callback_scenarios() {
  return {
      {"callbacks_against_completion", "callbacks are added while a call ends and is cancelled",
       callbacks_against_completion},
      {"callbacks_that_throw", "a callback that throws stops nothing", callbacks_that_throw},
      {"callbacks_that_use_the_future", "a callback takes the result, adds a callback and submits",
       callbacks_that_use_the_future},
      {"coroutines_against_completion", "two coroutines await a call that ends or is cancelled",
       coroutines_against_completion},
      {"result_is_moved_once", "two handles and a callback take the same result", result_is_moved_once},
  };
}

}  // namespace touchstone::fuzz
