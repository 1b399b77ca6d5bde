// submit, workers, shutdown and cancel: each accepted call runs once or is cancelled, and its future is done.

#include <concurrent/futures.hpp>
#include <concurrent/futures/detail/deadlock.hpp>
#include <memory>
#include <optional>
#include <scenario.hpp>
#include <scheduler.hpp>
#include <string>

namespace touchstone::fuzz {
namespace {

using namespace concurrent::futures;

ThreadPoolOptions pool_of(std::size_t max_workers) {
  return {.max_workers = static_cast<std::ptrdiff_t>(max_workers), .thread_name_prefix = "pool"};
}

/// A call that counts how often it runs.
class Call {
 public:
  /// Returns whether it was accepted.
  bool submit(Executor& executor) {
    try {
      future_ = executor.submit([this] { return ++runs_; });
      return true;
    } catch (const ShutdownError&) {
      return false;
    }
  }
  bool cancel() {
    const bool cancelled = future_->cancel();
    check(!cancelled || future_->cancelled(), "cancel returned true, so the future is cancelled");
    cancelled_ = cancelled_ || cancelled;
    return cancelled;
  }

  [[nodiscard]] const Future<int>& future() const { return *future_; }
  [[nodiscard]] int runs() const { return runs_; }

  /// When nothing runs any more.
  void check_ended() const {
    if (!future_) return check(runs_ == 0, "a call that was refused never runs");
    check(future_->done(), "every accepted call is done at the end");
    if (cancelled_) check(future_->cancelled(), "what was cancelled stays cancelled");
    check(runs_ == (future_->cancelled() ? 0 : 1), "a call runs once, or is cancelled and never runs");
  }

 private:
  std::optional<Future<int>> future_;
  int runs_ = 0;
  bool cancelled_ = false;
};

void submit_against_shutdown() {
  const ShutdownOptions options{.wait = choose(2) == 1, .cancel_futures = choose(2) == 1};
  const bool cancels = choose(2) == 1;
  Call first, second, third;
  {
    ThreadPoolExecutor pool(pool_of(1 + choose(2)));
    check(first.submit(pool), "submit before shutdown is accepted");
    sync::Thread client([&] {
      if (second.submit(pool)) return;
      check(!third.submit(pool), "once refused, always refused");
    });
    sync::Thread canceller([&] {
      if (cancels) first.cancel();
    });
    pool.shutdown(options);
    if (options.wait) check(first.future().done(), "when shutdown has waited, every call is done");
    check(!third.submit(pool), "submit after shutdown is refused");
    client.join();
    canceller.join();
  }
  first.check_ended();
  second.check_ended();
  third.check_ended();
  if (!options.cancel_futures && !cancels) check(first.runs() == 1, "nobody cancelled the call");
}

void two_submitters() {
  Call calls[4];
  {
    ThreadPoolExecutor pool(pool_of(1 + choose(2)));
    sync::Thread client([&] {
      check(calls[2].submit(pool) && calls[3].submit(pool), "nobody shuts the pool down");
      check(calls[3].future().result() == 1, "the call ran once");
    });
    check(calls[0].submit(pool) && calls[1].submit(pool), "nobody shuts the pool down");
    check(calls[1].future().result() == 1, "the call ran once");
    client.join();
  }
  for (const Call& call : calls) call.check_ended();
}

void start_order() {
  std::string started;
  {
    ThreadPoolExecutor pool(pool_of(1));
    const auto submit = [&](char name) { (void)pool.submit([&started, name] { started += name; }); };
    sync::Thread client([&] {
      submit('a');
      submit('b');
    });
    submit('1');
    submit('2');
    client.join();
  }
  check(started.size() == 4, "every call runs once");
  check(started.find('a') < started.find('b'), "calls start in the order in which they were submitted");
  check(started.find('1') < started.find('2'), "calls start in the order in which they were submitted");
}

void idle_worker_is_reused() {
  ThreadPoolExecutor pool(pool_of(2));
  const auto worker = [] { return detail::Worker::current()->name(); };
  // Kept: a worker that destroys a result is not idle.
  const auto first = pool.submit(worker);
  check(first.result() == "pool_0", "the first worker has the first number");
  const auto second = pool.submit(worker);
  check(second.result() == "pool_0", "whoever sees a result finds its worker idle");
}

void all_workers_are_used() {
  // Each of two calls ends only when both run: so a pool of two must have them run at the same time.
  ThreadPoolExecutor pool(pool_of(2));
  sync::Mutex mutex;
  sync::Condition changed;
  int arrived = 0;
  const auto meet = [&] {
    sync::Lock lock(mutex);
    ++arrived;
    changed.notify_all();
    while (arrived < 2) changed.wait(lock);
  };
  if (choose(2) == 1) pool.submit([] {}).result();
  const auto first = pool.submit(meet);
  const auto second = pool.submit(meet);
  first.result();
  second.result();
}

void nested_submit_against_shutdown() {
  Call outer_ran, inner;
  bool accepted = false;
  {
    ThreadPoolExecutor pool(pool_of(1 + choose(2)));
    const auto outer = pool.submit([&] { accepted = inner.submit(pool); });
    pool.shutdown({.wait = choose(2) == 1});
    outer.result();
  }
  inner.check_ended();
  if (accepted) check(inner.runs() == 1, "what was accepted runs");
}

void competing_shutdowns() {
  Call calls[2];
  {
    ThreadPoolExecutor pool(pool_of(2));
    for (Call& call : calls) (void)call.submit(pool);
    sync::Thread other([&] {
      pool.shutdown({.cancel_futures = choose(2) == 1});
      for (const Call& call : calls) check(call.future().done(), "when shutdown has waited, every call is done");
    });
    pool.shutdown();
    for (const Call& call : calls) check(call.future().done(), "when shutdown has waited, every call is done");
    other.join();
  }
  for (const Call& call : calls) call.check_ended();
}

void destroyed_by_its_own_call() {
  auto pool = std::make_shared<ThreadPoolExecutor>(pool_of(1 + choose(2)));
  auto runs = std::make_shared<sync::Atomic<int>>(0);
  const auto first = pool->submit([pool, runs] { (void)runs->fetch_add(1); });
  const auto second = pool->submit([pool, runs] { (void)runs->fetch_add(1); });
  pool.reset();
  first.result();
  second.result();
  check(runs->load() == 2, "the calls of a pool that is gone run all the same");
}

}  // namespace

std::vector<Scenario> shutdown_scenarios() {
  return {
      {"submit_against_shutdown", "submit and cancel while another thread shuts the pool down",
       submit_against_shutdown},
      {"two_submitters", "two threads submit and wait: no wake-up is lost", two_submitters},
      {"start_order", "one worker starts the calls of each thread in their order", start_order},
      {"idle_worker_is_reused", "a call after a result is seen goes to the idle worker", idle_worker_is_reused},
      {"all_workers_are_used", "two calls that need each other run at the same time", all_workers_are_used},
      {"nested_submit_against_shutdown", "a call submits another while the pool is shut down",
       nested_submit_against_shutdown},
      {"competing_shutdowns", "two threads shut the pool down at once", competing_shutdowns},
      {"destroyed_by_its_own_call", "the last owner of a pool is one of its calls", destroyed_by_its_own_call},
  };
}

}  // namespace touchstone::fuzz
