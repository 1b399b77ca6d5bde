// wait over several futures: the three return conditions, the two groups, and the timeout.
//
// Method: the test completes the futures itself. "wait has not returned" is looked at when the
// waiting thread was seen to be blocked in the kernel; "returns" is shown by its return alone, with
// futures left unfinished for which a wrong wait would block for ever.

#include <topics.hpp>
#include <wait_fixtures.hpp>

namespace touchstone {
namespace {

using namespace std::chrono_literals;

// Which of the futures are in the group: "02" for the first and the third; '?' for one that is none of them.
std::string members(World& world, const Futures& group, const Futures& futures) {
  std::string text;
  for (std::size_t index = 0; index < futures.size(); ++index) {
    if (contains(world, group, futures[index])) text += std::to_string(index);
  }
  for (const FuturePointer& member : group) text += contains(world, futures, member) ? "" : "?";
  return text;
}

testing::AssertionResult splits(World& world, const WaitResult& result, const Futures& futures, const std::string& done,
                                const std::string& not_done) {
  const std::string is_done = members(world, result.done, futures);
  const std::string is_not_done = members(world, result.not_done, futures);
  const bool once = result.done.size() == done.size() && result.not_done.size() == not_done.size();
  if (is_done == done && is_not_done == not_done && once) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "expected done {" << done << "} and not_done {" << not_done << "}, got {"
                                     << is_done << "} (" << result.done.size() << " handles) and {" << is_not_done
                                     << "} (" << result.not_done.size() << " handles)";
}

const TestCase divides_into_done_and_not_done{
    .name = "Wait.divides_into_done_and_not_done",
    .requirement = verifies("WAI-001"),
    .shows = "The complete one of three futures is in done, the others are in not_done.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      made[1].promise->set_result(1);
      EXPECT_TRUE(splits(world, wait_for(world, futures, ReturnWhen::first_completed), futures, "1", "02"));
      world.witness(true, "by construction: the second of three futures had been finished by the test");
    }};

const TestCase waits_for_all_if_told_nothing_else{
    .name = "Wait.waits_for_all_if_told_nothing_else",
    .requirement = verifies("WAI-002"),
    .shows = "wait without timeout and condition is blocked after one of two completions, and returns after both.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const Futures futures = futures_of(made);
      auto waiter = waiting(world, futures, ReturnWhen::all_completed);
      made[0].promise->set_result(1);
      const bool blocked = waiter.blocked();
      EXPECT_FALSE(waiter.returned());
      world.witness(blocked, "a thread was blocked in wait when one of two futures was done");
      made[1].promise->set_exception(task_error("failed"));
      EXPECT_TRUE(splits(world, waiter.value(), futures, "01", ""));
    }};

const TestCase waits_for_all_whatever_their_end{
    .name = "Wait.waits_for_all_whatever_their_end",
    .requirement = verifies("WAI-003"),
    .shows = "With ALL_COMPLETED wait returns after a cancellation, a failure and a success, and not before.",
    .needs = {"future.cancel", "promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      auto waiter = waiting(world, futures, ReturnWhen::all_completed);
      made[0].cancel_and_report();
      made[1].promise->set_exception(task_error("failed"));
      const bool blocked = waiter.blocked();
      EXPECT_FALSE(waiter.returned());
      world.witness(blocked, "a thread was blocked in wait when one future was cancelled and another failed");
      made[2].promise->set_result(1);
      EXPECT_TRUE(splits(world, waiter.value(), futures, "012", ""));
    }};

const TestCase waits_for_all_of_a_pool{
    .name = "Wait.waits_for_all_of_a_pool",
    .requirement = verifies("WAI-003"),
    .shows = "With ALL_COMPLETED wait is blocked while a pool is held, and then returns all of its tasks.",
    .needs = {"callable.throws", "workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Futures futures = {pool.running, pool.executor.submit(throws("failed")), pool.executor.submit(returns(3))};
      auto waiter = waiting(world, futures, ReturnWhen::all_completed);
      world.witness(waiter.blocked(), "a thread was blocked in wait while the only worker stood at a gate");
      EXPECT_FALSE(waiter.returned());
      pool.gate->open();
      EXPECT_TRUE(splits(world, waiter.value(), futures, "012", ""));
    }};

const TestCase returns_at_the_first_completion{
    .name = "Wait.returns_at_the_first_completion",
    .requirement = verifies("WAI-004"),
    .shows = "With FIRST_COMPLETED wait returns when one of three futures holds a value.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      auto waiter = waiting(world, futures, ReturnWhen::first_completed);
      world.witness(waiter.blocked(), "a thread was blocked in wait when the first future was completed");
      made[2].promise->set_result(1);
      EXPECT_TRUE(splits(world, waiter.value(), futures, "2", "01"));
    }};

const TestCase returns_at_the_first_failure_too{
    .name = "Wait.returns_at_the_first_failure_too",
    .requirement = verifies("WAI-004"),
    .shows = "With FIRST_COMPLETED wait returns when one of two futures has failed.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const Futures futures = futures_of(made);
      auto waiter = waiting(world, futures, ReturnWhen::first_completed);
      world.witness(waiter.blocked(), "a thread was blocked in wait when the first future failed");
      made[0].promise->set_exception(task_error("failed"));
      EXPECT_TRUE(splits(world, waiter.value(), futures, "0", "1"));
    }};

const TestCase returns_at_once_with_all_that_is_complete{
    .name = "Wait.returns_at_once_with_all_that_is_complete",
    .requirement = verifies("WAI-005"),
    .shows = "With FIRST_COMPLETED wait returns both futures of four that were complete when it was called.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 4);
      const Futures futures = futures_of(made);
      made[1].promise->set_result(1);
      made[2].promise->set_exception(task_error("failed"));
      EXPECT_TRUE(splits(world, wait_for(world, futures, ReturnWhen::first_completed), futures, "12", "03"));
      world.witness(true, "by construction: two of four futures had been completed by the test");
    }};

const TestCase returns_at_the_first_exception{
    .name = "Wait.returns_at_the_first_exception",
    .requirement = verifies("WAI-006"),
    .shows = "With FIRST_EXCEPTION wait goes on after a success and returns at a failure, with both in done.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 4);
      const Futures futures = futures_of(made);
      auto waiter = waiting(world, futures, ReturnWhen::first_exception);
      made[0].promise->set_result(1);
      const bool blocked = waiter.blocked();
      EXPECT_FALSE(waiter.returned());
      world.witness(blocked, "a thread was blocked in wait after one future had succeeded");
      made[1].promise->set_exception(task_error("failed"));
      EXPECT_TRUE(splits(world, waiter.value(), futures, "01", "23"));
    }};

const TestCase waits_for_all_without_an_exception{
    .name = "Wait.waits_for_all_without_an_exception",
    .requirement = verifies("WAI-007"),
    .shows = "With FIRST_EXCEPTION wait is blocked until the last of three futures has succeeded.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      auto waiter = waiting(world, futures, ReturnWhen::first_exception);
      made[0].promise->set_result(1);
      made[1].promise->set_result(1);
      const bool blocked = waiter.blocked();
      EXPECT_FALSE(waiter.returned());
      world.witness(blocked, "a thread was blocked in wait after two of three futures had succeeded");
      made[2].promise->set_result(1);
      EXPECT_TRUE(splits(world, waiter.value(), futures, "012", ""));
    }};

const TestCase returns_at_once_after_an_exception{
    .name = "Wait.returns_at_once_after_an_exception",
    .requirement = verifies("WAI-008"),
    .shows = "With FIRST_EXCEPTION wait returns at once if a future had failed when it was called.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      made[0].promise->set_result(1);
      made[1].promise->set_exception(task_error("failed"));
      EXPECT_TRUE(splits(world, wait_for(world, futures, ReturnWhen::first_exception), futures, "01", "2"));
      world.witness(true, "by construction: one of three futures had been failed by the test");
    }};

const TestCase takes_no_cancellation_for_an_exception{
    .name = "Wait.takes_no_cancellation_for_an_exception",
    .requirement = verifies("WAI-009"),
    .shows = "With FIRST_EXCEPTION wait stays blocked at reported cancellations, before the call and during it.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      made[0].cancel_and_report();
      auto waiter = waiting(world, futures, ReturnWhen::first_exception);
      const bool blocked_at_first = waiter.blocked();
      made[1].cancel_and_report();
      const bool blocked_after = waiter.blocked();
      EXPECT_FALSE(waiter.returned());
      world.witness(blocked_at_first && blocked_after, "a thread was blocked in wait before and after a cancellation");
      made[2].promise->set_result(1);
      EXPECT_TRUE(splits(world, waiter.value(), futures, "012", ""));
    }};

const TestCase returns_at_a_cancellation{
    .name = "Wait.returns_at_a_cancellation",
    .requirement = verifies("WAI-010"),
    .shows = "With FIRST_COMPLETED wait returns when a cancellation is reported.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const Futures futures = futures_of(made);
      auto waiter = waiting(world, futures, ReturnWhen::first_completed);
      world.witness(waiter.blocked(), "a thread was blocked in wait when a future was cancelled, and that reported");
      made[1].cancel_and_report();
      EXPECT_TRUE(splits(world, waiter.value(), futures, "1", "0"));
    }};

const TestCase counts_a_reported_cancellation_as_done{
    .name = "Wait.counts_a_reported_cancellation_as_done",
    .requirement = verifies("WAI-011"),
    .shows = "A future whose cancellation was reported before the call is in done.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const Futures futures = futures_of(made);
      made[0].cancel_and_report();
      EXPECT_TRUE(splits(world, wait_for(world, futures, ReturnWhen::first_completed), futures, "0", "1"));
      EXPECT_TRUE(splits(world, wait_for(world, futures, ReturnWhen::all_completed, 0ns), futures, "0", "1"));
      world.witness(true, "by construction: the cancellation had been reported before wait was called");
    }};

const TestCase counts_a_cancellation_before_it_is_reported{
    .name = "Wait.counts_a_cancellation_before_it_is_reported",
    .requirement = verifies("WAI-012"),
    .shows = "A future that was cancelled before the call is in done in all modes, though nobody was notified.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const Futures futures = futures_of(made);
      const bool cancelled = made[0].future->cancel();
      EXPECT_TRUE(splits(world, wait_for(world, futures, ReturnWhen::first_completed), futures, "0", "1"));
      EXPECT_TRUE(splits(world, wait_for(world, {futures[0]}, ReturnWhen::all_completed), futures, "0", ""));
      EXPECT_TRUE(splits(world, wait_for(world, {futures[0]}, ReturnWhen::first_exception), futures, "0", ""));
      world.witness(cancelled, "the future was cancelled, and its producer not notified");
    }};

const TestCase wakes_at_a_cancellation_before_it_is_reported{
    .name = "Wait.wakes_at_a_cancellation_before_it_is_reported",
    .requirement = verifies("WAI-012"),
    .shows = "A thread that is blocked in wait returns when the last future is cancelled, though nobody was notified.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const Futures futures = futures_of(made);
      auto waiter = waiting(world, futures, ReturnWhen::all_completed);
      const bool blocked = waiter.blocked();
      made[0].promise->set_result(1);
      ASSERT_TRUE(made[1].future->cancel());
      EXPECT_TRUE(splits(world, waiter.value(), futures, "01", ""));
      world.witness(blocked, "a thread was blocked in wait when the last future was cancelled, which nobody reported");
    }};

const TestCase takes_duplicates_for_one{
    .name = "Wait.takes_duplicates_for_one",
    .requirement = verifies("WAI-013"),
    .shows = "Five handles of two futures are returned as two, polled or waited for.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const FuturePointer copy = made[0].future->copy();
      const Futures futures = {made[0].future, made[1].future};
      const Futures repeated = {made[0].future, made[0].future, copy, made[1].future, made[1].future};
      for (const ReturnWhen when :
           {ReturnWhen::first_completed, ReturnWhen::first_exception, ReturnWhen::all_completed}) {
        const WaitResult polled = wait_for(world, repeated, when, 0ns);
        EXPECT_TRUE(polled.done.empty());
        EXPECT_EQ(polled.not_done.size(), 2U);
      }
      auto waiter = waiting(world, repeated, ReturnWhen::all_completed);
      world.witness(waiter.blocked(), "a thread was blocked in wait over five handles of two futures");
      made[0].promise->set_result(1);
      made[1].promise->set_result(1);
      EXPECT_EQ(waiter.value().done.size(), 2U);
      EXPECT_TRUE(waiter.value().not_done.empty());
    }};

const TestCase returns_the_groups_at_its_timeout{
    .name = "Wait.returns_the_groups_at_its_timeout",
    .requirement = verifies("WAI-014"),
    .shows = "After 20 ms wait returns the futures as they are, without throwing, and not before.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      made[1].promise->set_result(1);
      for (const ReturnWhen when : {ReturnWhen::first_exception, ReturnWhen::all_completed}) {
        WaitResult result;
        const auto waited = time_of([&] { result = wait_for(world, futures, when, 20ms); });
        EXPECT_TRUE(splits(world, result, futures, "1", "02"));
        EXPECT_GE(waited, 20ms);
      }
      world.witness(true, "by construction: two of three futures were never completed");
    }};

const TestCase returns_nothing_done_at_its_timeout{
    .name = "Wait.returns_nothing_done_at_its_timeout",
    .requirement = verifies("WAI-014"),
    .shows = "With FIRST_COMPLETED wait over the tasks of a held pool returns them all in not_done after its timeout.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const Futures futures = {pool.running, pool.executor.submit(task)};
      for (const ReturnWhen when :
           {ReturnWhen::first_completed, ReturnWhen::first_exception, ReturnWhen::all_completed}) {
        WaitResult result;
        EXPECT_GE(time_of([&] { result = wait_for(world, futures, when, 20ms); }), 20ms);
        EXPECT_TRUE(splits(world, result, futures, "", "01"));
      }
      pool.witness_pending(task);
    }};

const TestCase polls_with_zero_or_less{
    .name = "Wait.polls_with_zero_or_less",
    .requirement = verifies("WAI-015"),
    .shows = "With a timeout from zero to minus a century wait returns though a future is never completed.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const Futures futures = futures_of(made);
      made[0].promise->set_result(1);
      for (const Timeout timeout : {Timeout(0ns), Timeout(-1ns), Timeout(before_every_clock)}) {
        EXPECT_TRUE(splits(world, wait_for(world, futures, ReturnWhen::all_completed, timeout), futures, "0", "1"));
        EXPECT_TRUE(
            splits(world, wait_for(world, {futures[1]}, ReturnWhen::first_completed, timeout), futures, "", "1"));
      }
      world.witness(true, "by construction: one of two futures was never completed");
    }};

const TestCase returns_at_once_for_no_futures{
    .name = "Wait.returns_at_once_for_no_futures",
    .requirement = verifies("WAI-016"),
    .shows = "wait over no futures returns two empty groups in all three modes.",
    .body = +[](World& world) {
      int returned = 0;
      for (const ReturnWhen when :
           {ReturnWhen::first_completed, ReturnWhen::first_exception, ReturnWhen::all_completed}) {
        const WaitResult result = wait_for(world, {}, when);
        EXPECT_TRUE(result.done.empty() && result.not_done.empty());
        ++returned;
      }
      world.witness(returned == 3, "wait was called without futures and without a timeout, in three modes");
    }};

const TestCase may_hold_more_than_one_completion{
    .name = "Wait.may_hold_more_than_one_completion",
    .requirement = verifies("WAI-018"),
    .shows = "After two completions in a row done holds the first, or both.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const Futures futures = futures_of(made);
      auto waiter = waiting(world, futures, ReturnWhen::first_completed);
      world.witness(waiter.blocked(), "a thread was blocked in wait when two futures were completed in a row");
      made[0].promise->set_result(1);
      made[1].promise->set_result(1);
      const WaitResult& result = waiter.value();
      world.choose(result.done.size() == 1 ? "done holds the future that ended the wait, and no other"
                                           : "done also holds futures that completed before wait returned");
      EXPECT_TRUE(splits(world, result, futures, "0", "1") || splits(world, result, futures, "01", ""));
    }};

}  // namespace

std::vector<TestCase> wait_tests() {
  return {divides_into_done_and_not_done,
          waits_for_all_if_told_nothing_else,
          waits_for_all_whatever_their_end,
          waits_for_all_of_a_pool,
          returns_at_the_first_completion,
          returns_at_the_first_failure_too,
          returns_at_once_with_all_that_is_complete,
          returns_at_the_first_exception,
          waits_for_all_without_an_exception,
          returns_at_once_after_an_exception,
          takes_no_cancellation_for_an_exception,
          returns_at_a_cancellation,
          counts_a_reported_cancellation_as_done,
          counts_a_cancellation_before_it_is_reported,
          wakes_at_a_cancellation_before_it_is_reported,
          takes_duplicates_for_one,
          returns_the_groups_at_its_timeout,
          returns_nothing_done_at_its_timeout,
          polls_with_zero_or_less,
          returns_at_once_for_no_futures,
          may_hold_more_than_one_completion};
}

}  // namespace touchstone
