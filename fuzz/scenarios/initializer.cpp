// Workers whose initializer throws: the pool is broken, and every call that it had is ended.

#include <concurrent/futures.hpp>
#include <optional>
#include <scenario.hpp>
#include <scheduler.hpp>
#include <stdexcept>

namespace touchstone::fuzz {
namespace {

using namespace concurrent::futures;

void initializer_fails() {
  sync::Atomic<int> initialized{0};
  const int failing = static_cast<int>(choose(3));  // which worker; 2: none
  sync::Atomic<int> runs{0};
  std::optional<Future<void>> futures[2];
  bool cancelled = false;
  {
    ThreadPoolExecutor pool({.max_workers = 2, .thread_name_prefix = "pool", .initializer = [&] {
                               if (initialized.fetch_add(1) == failing) throw std::runtime_error("of the initializer");
                             }});
    const auto submit = [&](std::optional<Future<void>>& future) {
      try {
        future = pool.submit([&] { (void)runs.fetch_add(1); });
      } catch (const BrokenThreadPool&) {
        check(failing < 2, "a pool does not break by itself");
      }
    };
    submit(futures[0]);
    check(futures[0].has_value() || failing == 0, "the first call is accepted, unless the first worker was faster");
    sync::Thread canceller([&] {
      if (futures[0]) cancelled = futures[0]->cancel();
    });
    submit(futures[1]);
    canceller.join();
    if (choose(2) == 1) pool.shutdown({.wait = choose(2) == 1, .cancel_futures = choose(2) == 1});
  }
  int returned = 0;
  for (const auto& future : futures) {
    if (!future) continue;
    check(future->done(), "every accepted call is ended");
    if (future->cancelled()) continue;
    if (const std::exception_ptr exception = future->exception()) {
      check(describe(exception) == "the initializer of a worker threw: of the initializer",
            "a call says why it did not run");
    } else {
      ++returned;
    }
  }
  check(runs.load() == returned, "a call that was ended did not run");
  if (cancelled) check(futures[0]->cancelled(), "what was cancelled stays cancelled");
  check(log_records() == (initialized.load() > failing ? 1 : 0), "a failing initializer is logged once");
}

void initializer_runs_first() {
  sync::Atomic<int> initialized{0};
  ThreadPoolExecutor pool(
      {.max_workers = 2, .thread_name_prefix = "pool", .initializer = [&] { (void)initialized.fetch_add(1); }});
  const auto first = pool.submit([&] { return initialized.load(); });
  const auto second = pool.submit([&] { return initialized.load(); });
  check(first.result() >= 1 && second.result() >= 1, "a worker is initialized before its first call");
  pool.shutdown();
  check(initialized.load() <= 2, "each worker is initialized once");
}

// The first worker is idle, and perhaps searching, when calls arrive that need one worker each.
void initialized_workers_meet() {
  ThreadPoolExecutor pool({.max_workers = 3, .thread_name_prefix = "pool", .initializer = [] {}});
  pool.submit([] {}).result();
  sync::Mutex mutex;
  sync::Condition met;
  int missing = 3;
  const auto meet = [&] {
    sync::Lock lock(mutex);
    if (--missing == 0) met.notify_all();
    while (missing > 0) met.wait(lock);
  };
  for (int call = 0; call < 3; ++call) (void)pool.submit(meet);
  pool.shutdown();
  check(missing == 0, "as many calls run side by side as there may be workers");
}

}  // namespace

std::vector<Scenario> initializer_scenarios() {
  return {
      {"initializer_fails", "an initializer throws while calls are queued, cancelled and shut down", initializer_fails},
      {"initialized_workers_meet", "three calls that wait for one another arrive at an idle worker",
       initialized_workers_meet},
      {"initializer_runs_first", "calls arrive while workers are being initialized", initializer_runs_first},
  };
}

}  // namespace touchstone::fuzz
