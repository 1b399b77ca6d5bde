// The state machine: every state x every event, as one table.

#include <gtest/gtest.h>

#include <concurrent/futures/promise.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace concurrent::futures {
namespace {

// There may be many pending calls, and memory is what submitting them costs (detail/outcome.hpp).
static_assert(sizeof(detail::Outcome) <= 6 * sizeof(void*));

const auto error = std::make_exception_ptr(std::runtime_error("thrown"));

std::string state_of(const Future<int>& future) {
  const std::string text = to_string(future);
  const std::size_t begin = text.find("state=") + 6;
  return text.substr(begin, text.find_first_of(" >", begin) - begin);
}

struct StateMaker {
  std::string state;
  std::function<void(Promise<int>&)> reach;
};

const std::vector<StateMaker> states{
    {"pending", [](Promise<int>&) {}},
    {"running", [](Promise<int>& promise) { (void)promise.set_running_or_notify_cancel(); }},
    {"cancelled", [](Promise<int>& promise) { promise.future().cancel(); }},
    {"cancelled_and_notified",
     [](Promise<int>& promise) {
       promise.future().cancel();
       (void)promise.set_running_or_notify_cancel();
     }},
    {"finished", [](Promise<int>& promise) { promise.set_result(1); }},
};

/// What an event does in a state: the answer or error, then the state after.
struct Row {
  std::string state, event, answer, after;
};

const std::vector<Row> table{
    {"pending", "start", "true", "running"},
    {"pending", "cancel", "true", "cancelled"},
    {"pending", "set_result", "done", "finished"},
    {"pending", "set_exception", "done", "finished"},
    {"running", "start", "InvalidStateError", "running"},
    {"running", "cancel", "false", "running"},
    {"running", "set_result", "done", "finished"},
    {"running", "set_exception", "done", "finished"},
    {"cancelled", "start", "false", "cancelled_and_notified"},
    {"cancelled", "cancel", "true", "cancelled"},
    {"cancelled", "set_result", "InvalidStateError", "cancelled"},
    {"cancelled", "set_exception", "InvalidStateError", "cancelled"},
    {"cancelled_and_notified", "start", "InvalidStateError", "cancelled_and_notified"},
    {"cancelled_and_notified", "cancel", "true", "cancelled_and_notified"},
    {"cancelled_and_notified", "set_result", "InvalidStateError", "cancelled_and_notified"},
    {"cancelled_and_notified", "set_exception", "InvalidStateError", "cancelled_and_notified"},
    {"finished", "start", "InvalidStateError", "finished"},
    {"finished", "cancel", "false", "finished"},
    {"finished", "set_result", "InvalidStateError", "finished"},
    {"finished", "set_exception", "InvalidStateError", "finished"},
};

std::string apply(const std::string& event, Promise<int>& promise) {
  const auto word = [](bool answer) { return answer ? "true" : "false"; };
  try {
    if (event == "start") return word(promise.set_running_or_notify_cancel());
    if (event == "cancel") return word(promise.future().cancel());
    if (event == "set_result") promise.set_result(2);
    if (event == "set_exception") promise.set_exception(error);
    return "done";
  } catch (const InvalidStateError&) {
    return "InvalidStateError";
  }
}

TEST(Outcome, MovesAsTheTableSays) {
  for (const StateMaker& maker : states) {
    for (const Row& row : table) {
      if (row.state != maker.state) continue;
      SCOPED_TRACE(row.event + " in state " + row.state);
      Promise<int> promise;
      maker.reach(promise);
      ASSERT_EQ(state_of(promise.future()), row.state);
      EXPECT_EQ(apply(row.event, promise), row.answer);
      EXPECT_EQ(state_of(promise.future()), row.after);
    }
  }
}

TEST(Outcome, TellsWhetherItIsDoneRunningOrCancelled) {
  for (const StateMaker& maker : states) {
    SCOPED_TRACE(maker.state);
    Promise<int> promise;
    maker.reach(promise);
    EXPECT_EQ(promise.future().running(), maker.state == "running");
    EXPECT_EQ(promise.future().cancelled(), maker.state.starts_with("cancelled"));
    EXPECT_EQ(promise.future().done(), maker.state != "pending" && maker.state != "running");
  }
}

TEST(Outcome, KeepsNoObserverOfAWaitThatTimedOut) {
  Promise<int> promise;
  const detail::Outcome& outcome = detail::Access::outcome(promise.future());
  EXPECT_THROW(promise.future().result(std::chrono::milliseconds(1)), TimeoutError);
  EXPECT_EQ(outcome.observers(), 0U);
  promise.set_result(1);
}

TEST(Outcome, DropsItsCallbacksOnceTheyHaveRun) {
  Promise<int> promise;
  auto token = std::make_shared<int>();
  promise.future().add_done_callback([token](const Future<int>&) {});
  EXPECT_EQ(token.use_count(), 2);
  promise.set_result(1);
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(detail::Access::outcome(promise.future()).observers(), 0U);
}

TEST(Promise, FailsItsFutureIfItIsDestroyedUnkept) {
  Future<int> future;
  int calls = 0;
  {
    Promise<int> promise;
    future = promise.future();
    future.add_done_callback([&calls](const Future<int>&) { ++calls; });
  }
  EXPECT_THROW(future.result(), BrokenExecutor);
  EXPECT_EQ(calls, 1);
}

TEST(Promise, StaysUnfinishedIfTheResultCannotBeMade) {
  struct Fragile {
    explicit Fragile(int) { throw std::domain_error("made"); }
  };
  Promise<Fragile> promise;
  EXPECT_THROW(promise.set_result(1), std::domain_error);
  EXPECT_FALSE(promise.future().done());
  promise.set_exception(error);
  EXPECT_THROW(promise.future().result(), std::runtime_error);
}

template <typename T, typename... Arguments>
concept CanBeSet = requires(Promise<T>& promise, Arguments... arguments) {
  promise.set_result(arguments...);
};

TEST(Promise, OfAReferenceTakesAReference) {
  static_assert(CanBeSet<int&, std::reference_wrapper<int>>);
  static_assert(!CanBeSet<int&>);
  static_assert(!CanBeSet<int&, std::nullptr_t>);
  static_assert(!CanBeSet<int&, int*>);
  int number = 7;
  Promise<int&> promise;
  promise.set_result(number);
  EXPECT_EQ(&promise.future().result(), &number);
}

TEST(Promise, RefusesANullException) {
  Promise<int> promise;
  EXPECT_THROW(promise.set_exception(nullptr), std::invalid_argument);
  EXPECT_FALSE(promise.future().done());
}

}  // namespace
}  // namespace concurrent::futures
