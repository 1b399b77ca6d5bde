// Waits inside of workers: DeadlockError exactly where nothing could go on, and the pools are usable after it.

#include <chrono>
#include <concurrent/futures.hpp>
#include <memory>
#include <optional>
#include <scenario.hpp>
#include <scheduler.hpp>
#include <utility>
#include <vector>

namespace touchstone::fuzz {
namespace {

using namespace concurrent::futures;
using namespace std::chrono_literals;

ThreadPoolOptions pool_of(std::ptrdiff_t max_workers) {
  return {.max_workers = max_workers, .thread_name_prefix = "pool"};
}

void check_usable(Executor& executor) {
  check(executor.submit([] { return 7; }).result() == 7, "the pool is usable");
}

void nested_in_one_worker() {
  ThreadPoolExecutor pool(pool_of(1));
  Future<int> inner;
  const auto outer = pool.submit([&] {
    inner = pool.submit([] { return 1; });
    (void)inner.result();
  });
  try {
    outer.result();
    check(false, "the only worker waits for a call that only it could run");
  } catch (const DeadlockError&) {
  }
  check(inner.result() == 1, "once the worker is free, it runs the inner call");
  check_usable(pool);
}

void nested_in_all_workers() {
  ThreadPoolExecutor pool(pool_of(2));
  sync::Atomic<int> inside{0};  // calls that wait, or are about to
  const auto outer = [&] {
    const auto inner = pool.submit([] { return 1; });
    (void)inside.fetch_add(1);
    try {
      (void)inner.result();
      (void)inside.fetch_sub(1);
      return 0;
    } catch (const DeadlockError&) {
      check(inside.load() == 2, "as long as one worker is free, nobody is refused");
      (void)inside.fetch_sub(1);
      return 1;
    }
  };
  const auto first = pool.submit(outer);
  const auto second = pool.submit(outer);
  check(first.result() + second.result() <= 1, "one is refused, and the other goes on");
  check_usable(pool);
}

void waiting_for_each_other() {
  ThreadPoolExecutor pool(pool_of(2));
  Promise<Future<int>> handed_over;
  const auto second = pool.submit([&, other = handed_over.future()]() -> int {
    const Future<int> first = other.result();
    try {
      return first.result();
    } catch (const DeadlockError&) {
      return 10;
    }
  });
  const auto first = pool.submit([&]() -> int {
    try {
      return second.result() + 1;
    } catch (const DeadlockError&) {
      return 20;
    }
  });
  handed_over.set_result(first);
  const int a = first.result();
  const int b = second.result();
  check((a == 11 && b == 10) || (a == 20 && b == 20), "exactly one is refused, and the other sees its result");
  check_usable(pool);
}

void across_two_pools() {
  ThreadPoolExecutor here(pool_of(1));
  ThreadPoolExecutor there(pool_of(1));
  int refused = 0;
  const auto outer = here.submit([&] {
    const auto middle = there.submit([&] {
      const auto inner = here.submit([] { return 1; });
      try {
        (void)inner.result();
      } catch (const DeadlockError&) {
        ++refused;
      }
    });
    try {
      middle.result();
    } catch (const DeadlockError&) {
      ++refused;
    }
  });
  outer.result();
  check(refused == 1, "the wait that closes the circle is refused, and it alone");
  check_usable(here);
  check_usable(there);
}

void help_from_outside() {
  ThreadPoolExecutor pool(pool_of(1));
  Promise<int> promise;
  const auto waits = pool.submit([future = promise.future()] { return future.result(); });
  const auto pending = pool.submit([] { return 2; });
  sync::Thread producer([&] { promise.set_result(1); });
  check(waits.result() == 1 && pending.result() == 2, "a wait that another thread can end is not refused");
  producer.join();
}

void one_of_several_can_finish() {
  ThreadPoolExecutor pool(pool_of(1));
  Promise<int> promise;
  const auto outer = pool.submit([&, future = promise.future()] {
    const auto inner = pool.submit([] { return 2; });
    const auto result = wait(std::vector<Future<int>>{inner, future}, {.return_when = ReturnWhen::first_completed});
    return result.done.size();
  });
  promise.set_result(1);
  check(outer.result() == 1, "a wait for the first is refused only if none can finish");
}

void a_limit_is_no_deadlock() {
  ThreadPoolExecutor pool(pool_of(1));
  const auto outer = pool.submit([&] {
    const auto inner = pool.submit([] { return 1; });
    try {
      (void)inner.result(1ms);
      return false;
    } catch (const TimeoutError&) {
      return true;
    }
  });
  check(outer.result(), "a wait with a limit ends by itself");
  check_usable(pool);
}

void shutdown_from_inside() {
  ThreadPoolExecutor here(pool_of(1));
  int refused = 0;
  {
    ThreadPoolExecutor there(pool_of(1));
    Promise<Future<int>> handed_over;
    const auto waits = there.submit([&, future = handed_over.future()] {
      try {
        (void)future.result().result();
      } catch (const DeadlockError&) {
        ++refused;
      }
    });
    const auto ends = here.submit([&] {
      try {
        there.shutdown();
      } catch (const DeadlockError&) {
        ++refused;
      }
      return 1;
    });
    handed_over.set_result(ends);
    waits.result();
    (void)ends.result();
  }
  check(refused == 1, "waiting for the end of a pool that waits for oneself is refused, once");
  const auto own = here.submit([&] { here.shutdown(); });
  check(own.exception() != nullptr, "a worker cannot wait for the end of its own pool");
}

void knot_against_cancel() {
  ThreadPoolExecutor pool(pool_of(1));
  Promise<Future<int>> handed_over;
  const auto outer = pool.submit([&] {
    const auto inner = pool.submit([] { return 1; });
    handed_over.set_result(inner);
    try {
      (void)inner.result();
      check(false, "the inner call cannot run before the outer one ends");
    } catch (const DeadlockError&) {
    } catch (const CancelledError&) {
    }
  });
  const Future<int> inner = handed_over.future().result();
  (void)inner.cancel();
  outer.result();
  check_usable(pool);
}

// Two waits of two workers and a destructor: which comes last is the schedule's choice.
void closed_by_a_destructor() {
  auto doomed = std::make_unique<ThreadPoolExecutor>(pool_of(1));
  ThreadPoolExecutor other(pool_of(1));
  Promise<Future<int>> handed_over;
  const auto outer = doomed->submit([future = handed_over.future()] {
    try {
      return future.result().result();
    } catch (const DeadlockError&) {
      return 0;
    }
  });
  const auto destroyer = other.submit([&] {
    doomed.reset();
    return 1;
  });
  handed_over.set_result(destroyer);
  check(destroyer.result() == 1, "the destructor returns");
  check(outer.result() == 0, "the wait for the destructor's own call is refused, whenever it began");
  check_usable(other);
}

void closed_by_a_destructor_against_cancel() {
  auto doomed = std::make_unique<ThreadPoolExecutor>(pool_of(1));
  ThreadPoolExecutor other(pool_of(1));
  Promise<Future<int>> handed_over;
  int refused = 0;
  const auto outer = doomed->submit([&, future = handed_over.future()] {
    try {
      (void)future.result().result();
      check(false, "the call behind the destroyer cannot run before that has ended");
    } catch (const DeadlockError&) {
      ++refused;
    } catch (const CancelledError&) {
    }
  });
  const auto destroyer = other.submit([&] { doomed.reset(); });
  const auto behind = other.submit([] { return 1; });
  handed_over.set_result(behind);
  const bool cancelled = behind.cancel();
  destroyer.result();
  check(outer.done(), "the destructor has waited");
  check(cancelled || refused == 1 || behind.done(), "it ends because of the cancelling, or it is refused");
  check_usable(other);
}

void destructors_of_each_other() {
  auto first = std::make_unique<ThreadPoolExecutor>(pool_of(1));
  auto second = std::make_unique<ThreadPoolExecutor>(pool_of(1));
  Promise<void> go;
  const auto destroys = [&](std::unique_ptr<ThreadPoolExecutor>& pool) {
    return [&pool, begin = go.future()] {
      begin.result();
      pool.reset();
      return 1;
    };
  };
  const auto one = first->submit(destroys(second));
  const auto other = second->submit(destroys(first));
  go.set_result();
  check(one.result() + other.result() == 2, "both destructors return");
}

// What a wait for the first exception relies on is the schedule's choice, and so is when it looks again.
void two_waits_that_lose_their_hope() {
  ThreadPoolExecutor here(pool_of(1));
  ThreadPoolExecutor there(pool_of(1));
  Promise<int> promise;
  Promise<Future<bool>> one_handed_over;
  Promise<Future<bool>> other_handed_over;
  const auto waits = [hope = promise.future()](const Future<Future<bool>>& handed_over) {
    return [hope, handed_over] {
      try {
        (void)wait(std::vector<AnyFuture>{handed_over.result(), hope}, {.return_when = ReturnWhen::first_exception});
        return false;
      } catch (const DeadlockError&) {
        return true;
      }
    };
  };
  const auto one = here.submit(waits(other_handed_over.future()));
  const auto other = there.submit(waits(one_handed_over.future()));
  one_handed_over.set_result(one);
  other_handed_over.set_result(other);
  promise.set_result(1);
  check(one.result() != other.result(), "exactly one is refused when what both relied on has returned");
  check_usable(here);
  check_usable(there);
}

}  // namespace

std::vector<Scenario> deadlock_scenarios() {
  return {
      {"nested_in_one_worker", "the only worker waits for a call in its own queue", nested_in_one_worker},
      {"nested_in_all_workers", "two workers wait for calls in their own queue", nested_in_all_workers},
      {"waiting_for_each_other", "two calls wait for each other's result", waiting_for_each_other},
      {"across_two_pools", "a circle of waits through two pools", across_two_pools},
      {"help_from_outside", "a worker waits for what another thread gives", help_from_outside},
      {"one_of_several_can_finish", "a wait for the first of two, one of which cannot finish",
       one_of_several_can_finish},
      {"a_limit_is_no_deadlock", "a wait with a limit for a call in one's own queue", a_limit_is_no_deadlock},
      {"shutdown_from_inside", "calls that wait for the end of pools", shutdown_from_inside},
      {"closed_by_a_destructor", "a call destroys a pool whose call waits for it", closed_by_a_destructor},
      {"closed_by_a_destructor_against_cancel", "the same, and what is waited for is cancelled at the same time",
       closed_by_a_destructor_against_cancel},
      {"destructors_of_each_other", "two calls destroy each other's pool", destructors_of_each_other},
      {"two_waits_that_lose_their_hope", "two waits for the first exception rely on one future, which returns",
       two_waits_that_lose_their_hope},
      {"knot_against_cancel", "what closes a knot is cancelled at the same time", knot_against_cancel},
  };
}

}  // namespace touchstone::fuzz
