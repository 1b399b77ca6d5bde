// Promises whose producers compete: one of them wins, and everybody sees what it gave.

#include <concurrent/futures.hpp>
#include <optional>
#include <scenario.hpp>
#include <scheduler.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace touchstone::fuzz {
namespace {

using namespace concurrent::futures;

void competing_producers() {
  Promise<std::string> promise;
  const Future<std::string> future = promise.future();
  sync::Atomic<int> winners{0};
  int callbacks = 0;
  std::string result;
  future.add_done_callback([&](const AnyFuture&) { ++callbacks; });
  const auto compete = [&](auto produce) {
    try {
      produce();
      (void)winners.fetch_add(1);
    } catch (const InvalidStateError&) {
    }
  };
  sync::Thread first([&] { compete([&] { promise.set_result("first"); }); });
  sync::Thread second(
      [&] { compete([&] { promise.set_exception(std::make_exception_ptr(std::runtime_error("second"))); }); });
  sync::Thread canceller([&] {
    if (future.cancel()) (void)winners.fetch_add(1);
  });
  const std::exception_ptr exception = [&]() -> std::exception_ptr {
    try {
      return future.exception();
    } catch (const CancelledError&) {
      return nullptr;
    }
  }();
  first.join();
  second.join();
  canceller.join();
  check(winners.load() == 1, "exactly one of those who compete wins");
  check(callbacks == 1, "the callback is called once");
  if (exception) {
    check(describe(exception) == "second", "the exception is the one that was set");
  } else if (!future.cancelled()) {
    check(future.result() == "first", "the result is the one that was set");
  }
}

void start_against_cancel() {
  Promise<int> promise;
  const Future<int> future = promise.future();
  bool cancelled = false;
  sync::Thread canceller([&] { cancelled = future.cancel(); });
  const bool running = promise.set_running_or_notify_cancel();
  if (running) {
    check(!future.cancel(), "what runs cannot be cancelled");
    promise.set_result(1);
  }
  canceller.join();
  check(cancelled != running, "it was either started or cancelled");
  check(future.cancelled() == cancelled, "and stays what it is");
}

void competing_starts() {
  Promise<int> promise;
  sync::Atomic<int> started{0};
  const auto start = [&] {
    try {
      if (promise.set_running_or_notify_cancel()) (void)started.fetch_add(1);
    } catch (const InvalidStateError&) {
    }
  };
  sync::Thread other(start);
  start();
  other.join();
  check(started.load() == 1, "a promise is started once");
  promise.set_result(1);
}

/// Its constructor throws once.
struct Reluctant {
  explicit Reluctant(bool& throws) {
    if (std::exchange(throws, false)) throw std::runtime_error("not yet");
  }
};

void result_that_cannot_be_made() {
  Promise<Reluctant> promise;
  const auto future = promise.future();
  bool throws = true;
  bool cancelled = false;
  sync::Thread canceller([&] { cancelled = future.cancel(); });
  bool kept = false;
  for (int i = 0; i < 2 && !kept; ++i) {
    try {
      promise.set_result(throws);
      kept = true;
    } catch (const InvalidStateError&) {
      check(future.cancelled(), "only a cancelled promise cannot be kept");
    } catch (const std::runtime_error&) {
      check(i == 0, "a result that could not be made leaves the promise as it was");
    }
  }
  canceller.join();
  check(kept != cancelled, "it is either kept or cancelled");
}

void dropped_promise() {
  std::optional<Promise<int>> promise(std::in_place);
  const Future<int> future = promise->future();
  sync::Thread canceller([&] { (void)future.cancel(); });
  promise.reset();
  try {
    (void)future.result();
    check(false, "nobody gave a result");
  } catch (const BrokenExecutor&) {
  } catch (const CancelledError&) {
  }
  canceller.join();
}

}  // namespace

std::vector<Scenario> promise_scenarios() {
  return {
      {"competing_producers", "a result, an exception and a cancel compete", competing_producers},
      {"start_against_cancel", "a promise is started and cancelled at once", start_against_cancel},
      {"competing_starts", "two threads start the same promise", competing_starts},
      {"result_that_cannot_be_made", "a result whose constructor throws, against cancel", result_that_cannot_be_made},
      {"dropped_promise", "a promise is dropped while its future is waited for and cancelled", dropped_promise},
  };
}

}  // namespace touchstone::fuzz
