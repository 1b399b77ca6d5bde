// result, wait and as_completed against completion, cancel and time: nobody is left behind, and no observer is left.

#include <array>
#include <chrono>
#include <concurrent/futures.hpp>
#include <scenario.hpp>
#include <scheduler.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace touchstone::fuzz {
namespace {

using namespace concurrent::futures;
using namespace std::chrono_literals;

template <typename T>
void check_unobserved(const Future<T>& future) {
  check(detail::Access::outcome(future).observers() == 0, "whoever has waited leaves no observer");
}

/// Two promises, and what may happen to them.
class Pair {
 public:
  [[nodiscard]] std::vector<Future<int>> futures() const { return {promises_[0].future(), promises_[1].future()}; }

  /// Completes both, in one of several ways.
  void complete() {
    const std::size_t way = choose(4);
    if (way == 0) {
      promises_[0].future().cancel();
    } else {
      promises_[0].set_result(1);
    }
    if (way == 1) return promises_[1].set_exception(std::make_exception_ptr(std::runtime_error("of the call")));
    if (way == 2) {
      check(promises_[1].set_running_or_notify_cancel(), "nobody else completes it");
    }
    promises_[1].set_result(2);
  }

  void check_unobserved() const {
    for (const Future<int>& future : futures()) {
      check(future.done(), "both were completed");
      fuzz::check_unobserved(future);
    }
  }

 private:
  std::array<Promise<int>, 2> promises_;
};

void waiters_of_both() {
  Pair pair;
  const auto await = [&](ReturnWhen return_when, Timeout timeout) {
    const auto result = wait(pair.futures(), {.timeout = timeout, .return_when = return_when});
    check(result.done.size() + result.not_done.size() == 2, "each future is in one of the sets");
    const bool timed = timeout.limit().has_value();
    if (return_when == ReturnWhen::first_completed) {
      check(timed || !result.done.empty(), "without a limit, wait returns when one is done");
    } else if (return_when == ReturnWhen::all_completed) {
      check(timed || result.not_done.empty(), "without a limit, wait returns when all are done");
    }
  };
  sync::Thread first([&] { await(ReturnWhen::first_completed, {}); });
  sync::Thread second([&] { await(choose(2) == 1 ? ReturnWhen::all_completed : ReturnWhen::first_exception, {}); });
  sync::Thread third([&] { await(ReturnWhen::all_completed, 1ms); });
  pair.complete();
  first.join();
  second.join();
  third.join();
  pair.check_unobserved();
}

void wait_for_first_exception() {
  Promise<int> good, bad;
  const std::vector<Future<int>> futures = {good.future(), bad.future()};
  sync::Thread producer([&] { bad.set_exception(std::make_exception_ptr(std::runtime_error("of the call"))); });
  const auto result = wait(futures, {.return_when = ReturnWhen::first_exception});
  check(result.done.size() == 1 && result.done[0] == bad.future(),
        "an exception ends the wait before the others are done");
  producer.join();
  check_unobserved(futures[0]);
  check_unobserved(futures[1]);
}

void results_against_cancel() {
  Promise<int> promise;
  const Future<int> future = promise.future();
  int results = 0;
  int cancellations = 0;
  int timeouts = 0;
  sync::Mutex mutex;
  const auto ask = [&](Timeout timeout) {
    int* count = &results;
    try {
      check(future.result(timeout) == 1, "the result is what the promise was given");
    } catch (const CancelledError&) {
      count = &cancellations;
    } catch (const TimeoutError&) {
      check(timeout.limit().has_value(), "only a wait with a limit can time out");
      count = &timeouts;
    }
    const sync::Lock lock(mutex);
    ++*count;
  };
  sync::Thread first([&] { ask({}); });
  sync::Thread second([&] { ask(1ms); });
  sync::Thread canceller([&] { (void)future.cancel(); });
  try {
    promise.set_result(1);
  } catch (const InvalidStateError&) {
    check(future.cancelled(), "only a cancelled promise cannot be kept");
  }
  first.join();
  second.join();
  canceller.join();
  check(results + cancellations + timeouts == 2, "everybody returns");
  check(future.cancelled() ? results == 0 : cancellations == 0, "and sees the same end");
  check_unobserved(future);
}

void as_completed_against_completion() {
  Pair pair;
  sync::Thread producer([&] { pair.complete(); });
  const std::size_t wanted = choose(3);
  {
    auto completions = as_completed(pair.futures(), choose(2) == 1 ? Timeout(1ms) : Timeout());
    std::vector<Future<int>> seen;
    try {
      while (seen.size() < wanted) {
        auto future = completions.next();
        check(future.has_value() && future->done(), "as_completed gives futures that are done");
        check(seen.empty() || seen[0] != *future, "and each once");
        seen.push_back(*future);
      }
      if (wanted == 2) check(!completions.next().has_value(), "and ends when all were given");
    } catch (const TimeoutError& error) {
      const std::string left = std::to_string(2 - seen.size());
      check(error.what() == left + " (of 2) futures unfinished", "a time-out says how many are unfinished");
      check(!completions.next().has_value(), "and is the end");
    }
  }
  producer.join();
  pair.check_unobserved();
}

void calls_of_a_pool() {
  ThreadPoolExecutor pool({.max_workers = 2, .thread_name_prefix = "pool"});
  const std::vector<Future<int>> futures = {pool.submit([] { return 1; }), pool.submit([] { return 2; })};
  sync::Thread other([&] {
    int sum = 0;
    for (const Future<int>& future : as_completed(futures)) sum += future.result();
    check(sum == 3, "as_completed gives every call");
  });
  check(wait(futures).not_done.empty(), "wait returns when all are done");
  other.join();
  for (const Future<int>& future : futures) check_unobserved(future);
}

}  // namespace

std::vector<Scenario> waiting_scenarios() {
  return {
      {"waiters_of_both", "three threads wait for two futures, one of them with a limit", waiters_of_both},
      {"wait_for_first_exception", "an exception ends a wait while another future is pending",
       wait_for_first_exception},
      {"results_against_cancel", "two threads ask for a result that is set and cancelled", results_against_cancel},
      {"as_completed_against_completion", "as_completed is walked, times out or is dropped halfway",
       as_completed_against_completion},
      {"calls_of_a_pool", "wait and as_completed for the same calls of a pool", calls_of_a_pool},
  };
}

}  // namespace touchstone::fuzz
