// as_completed without a limit: what it yields, in which order, and what it lets go.
//
// Method: the test completes the futures itself, one by one, so the order of completion is known; an
// iterator that has nothing to yield is advanced in a thread that is then seen to be blocked.

#include <algorithm>
#include <topics.hpp>
#include <wait_fixtures.hpp>

namespace touchstone {
namespace {

using namespace std::chrono_literals;

const TestCase yields_each_future_once_when_it_is_complete{
    .name = "AsCompleted.yields_each_future_once_when_it_is_complete",
    .requirement = verifies("ASC-001"),
    .shows = "An advance is blocked until a future is complete, yields that one, and after three of them the end.",
    .needs = {"future.identity", "promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      const IteratorPointer iterator = iterate(world, futures);
      int blocked = 0;
      for (const int next : {1, 2, 0}) {
        auto advance = advancing(world, iterator);
        blocked += advance.blocked() ? 1 : 0;
        EXPECT_FALSE(advance.returned());
        made[static_cast<std::size_t>(next)].promise->set_result(next);
        EXPECT_EQ(index_of(world, futures, advance.value()), next);
      }
      EXPECT_EQ(iterator->next(), nullptr);
      world.witness(blocked == 3, "the consumer was blocked before each of three completions");
    }};

const TestCase yields_all_tasks_of_a_pool{
    .name = "AsCompleted.yields_all_tasks_of_a_pool",
    .requirement = verifies("ASC-001"),
    .shows = "Each of 20 tasks, failed ones among them, is yielded once.",
    .needs = {"callable.throws", "future.identity", "queue.unbounded"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      Futures futures;
      std::vector<Task> tasks;
      for (int number = 0; number < 20; ++number) {
        tasks.push_back(number % 3 == 0 ? throws("failed") : returns(number));
        futures.push_back(executor.submit(tasks.back()));
      }
      std::vector<int> order = rest_of(world, iterate(world, futures), futures);
      std::sort(order.begin(), order.end());
      ASSERT_EQ(order.size(), 20U);
      for (int number = 0; number < 20; ++number) EXPECT_EQ(order[static_cast<std::size_t>(number)], number);
      const bool all_run = std::all_of(tasks.begin(), tasks.end(), [](const Task& task) { return task.runs() == 1; });
      world.witness(all_run, "all 20 tasks were run");
    }};

const TestCase yields_duplicates_once{.name = "AsCompleted.yields_duplicates_once",
                                      .requirement = verifies("ASC-002"),
                                      .shows = "Six handles of two tasks yield two futures.",
                                      .needs = {"submit.beside_threads"},
                                      .body = +[](World& world) {
                                        const FuturePointer one = world.make().submit(returns(1));
                                        const FuturePointer other = world.make().submit(returns(2));
                                        const Futures repeated = {one, one, one->copy(), other, one, other};
                                        const IteratorPointer iterator = iterate(world, repeated);
                                        int yielded = 0;
                                        while (iterator->next() != nullptr) ++yielded;
                                        EXPECT_EQ(yielded, 2);
                                        world.witness(repeated.size() > 2, "six handles of two futures were given");
                                      }};

const TestCase yields_duplicates_once_while_pending{
    .name = "AsCompleted.yields_duplicates_once_while_pending",
    .requirement = verifies("ASC-002"),
    .shows = "Three handles of one pending future yield one.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      const IteratorPointer iterator = iterate(world, {producer.future, producer.future, producer.future->copy()});
      auto advance = advancing(world, iterator);
      world.witness(advance.blocked(), "the consumer was blocked on three handles of one pending future");
      producer.promise->set_result(1);
      EXPECT_NE(advance.value(), nullptr);
      EXPECT_EQ(iterator->next(), nullptr);
    }};

const TestCase yields_first_what_is_complete_at_the_call{
    .name = "AsCompleted.yields_first_what_is_complete_at_the_call",
    .requirement = verifies("ASC-003"),
    .shows = "Two futures that were complete at the call come before two that were completed after it.",
    .needs = {"future.identity", "promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 4);
      const Futures futures = futures_of(made);
      made[3].promise->set_result(3);
      made[1].promise->set_exception(task_error("failed"));
      const IteratorPointer iterator = iterate(world, futures);
      made[0].promise->set_result(0);
      made[2].promise->set_result(2);
      const std::vector<int> order = rest_of(world, iterator, futures);
      ASSERT_EQ(order.size(), 4U);
      EXPECT_TRUE((order[0] == 1 && order[1] == 3) || (order[0] == 3 && order[1] == 1)) << order[0] << " " << order[1];
      world.witness(true, "by construction: two futures were complete at the call, two were completed after it");
    }};

const TestCase yields_in_the_order_of_completion{
    .name = "AsCompleted.yields_in_the_order_of_completion",
    .requirement = verifies("ASC-004"),
    .shows = "Five futures that are completed one after the other are yielded in that order.",
    .needs = {"future.identity", "promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 5);
      const Futures futures = futures_of(made);
      const IteratorPointer iterator = iterate(world, futures);
      const std::vector<int> completions = {3, 1, 4, 0, 2};
      for (const int index : completions) made[static_cast<std::size_t>(index)].promise->set_result(index);
      EXPECT_EQ(rest_of(world, iterator, futures), completions);
      world.witness(true, "by construction: the test itself completed the futures, one after the other");
    }};

const TestCase yields_what_was_complete_in_any_order{
    .name = "AsCompleted.yields_what_was_complete_in_any_order",
    .requirement = verifies("ASC-005"),
    .shows = "Four futures that were complete at the call are all yielded, in an order that is reported.",
    .needs = {"promise", "future.identity"},
    .body = +[](World& world) {
      const auto made = producers(world, 4);
      const Futures futures = futures_of(made);
      const std::vector<int> completions = {2, 0, 3, 1};
      for (const int index : completions) made[static_cast<std::size_t>(index)].promise->set_result(index);
      std::vector<int> order = rest_of(world, iterate(world, futures), futures);
      const std::vector<int> given = {0, 1, 2, 3};
      world.choose(order == given         ? "in the order given"
                   : order == completions ? "in the order of completion"
                                          : "in some other order");
      std::sort(order.begin(), order.end());
      EXPECT_EQ(order, given);
      world.witness(true, "by construction: all futures had been completed before the call");
    }};

const TestCase yields_a_reported_cancellation{
    .name = "AsCompleted.yields_a_reported_cancellation",
    .requirement = verifies("ASC-006"),
    .shows = "Reported cancellations are yielded, whether they came before the call or while the consumer was blocked.",
    .needs = {"future.identity", "promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const Futures futures = futures_of(made);
      made[1].cancel_and_report();
      const IteratorPointer iterator = iterate(world, futures);
      EXPECT_EQ(index_of(world, futures, iterator->next()), 1);
      auto advance = advancing(world, iterator);
      const bool blocked = advance.blocked();
      made[0].cancel_and_report();
      EXPECT_EQ(index_of(world, futures, advance.value()), 0);
      EXPECT_EQ(iterator->next(), nullptr);
      world.witness(blocked, "one cancellation was reported before the call, one while the consumer was blocked");
    }};

const TestCase yields_a_cancellation_before_it_is_reported{
    .name = "AsCompleted.yields_a_cancellation_before_it_is_reported",
    .requirement = verifies("ASC-018"),
    .shows = "Cancelled futures are yielded though nobody was notified: before, between and during advances.",
    .needs = {"future.identity", "promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      ASSERT_TRUE(made[1].future->cancel());
      const IteratorPointer iterator = iterate(world, futures);
      EXPECT_EQ(index_of(world, futures, iterator->next()), 1);
      ASSERT_TRUE(made[2].future->cancel());
      EXPECT_EQ(index_of(world, futures, iterator->next()), 2);
      auto advance = advancing(world, iterator);
      const bool blocked = advance.blocked();
      ASSERT_TRUE(made[0].future->cancel());
      EXPECT_EQ(index_of(world, futures, advance.value()), 0);
      world.witness(blocked,
                    "futures were cancelled before the call, between advances, and while the consumer was blocked");
    }};

const TestCase takes_futures_of_several_executors{
    .name = "AsCompleted.takes_futures_of_several_executors",
    .requirement = verifies("ASC-007"),
    .shows = "Tasks of two executors are all yielded by one iterator.",
    .needs = {"callable.throws", "future.identity", "submit.beside_threads"},
    .body = +[](World& world) {
      Executor& one = world.make();
      Executor& other = world.make({.max_workers = 2});
      const std::vector<Task> tasks = {returns(1), returns(2), throws("failed"), returns(4)};
      const Futures futures = {one.submit(tasks[0]), other.submit(tasks[1]), one.submit(tasks[2]),
                               other.submit(tasks[3])};
      std::vector<int> order = rest_of(world, iterate(world, futures), futures);
      std::sort(order.begin(), order.end());
      EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
      const bool all_run = std::all_of(tasks.begin(), tasks.end(), [](const Task& task) { return task.runs() == 1; });
      world.witness(all_run, "two executors ran two tasks each");
    }};

const TestCase yields_whichever_executor_is_first{
    .name = "AsCompleted.yields_whichever_executor_is_first",
    .requirement = verifies("ASC-007"),
    .shows = "Futures of two pools and a promise are yielded in the order in which these are let go.",
    .needs = {"workers.limit", "workers.threads", "promise", "future.identity", "submit.beside_threads"},
    .body = +[](World& world) {
      const HeldPool one(world), other(world);
      const Producer producer(world);
      const Futures futures = {one.running, other.running, producer.future};
      const IteratorPointer iterator = iterate(world, futures);
      auto first = advancing(world, iterator);
      const bool blocked = first.blocked();
      other.gate->open();
      EXPECT_EQ(index_of(world, futures, first.value()), 1);
      producer.promise->set_result(1);
      EXPECT_EQ(index_of(world, futures, iterator->next()), 2);
      one.gate->open();
      EXPECT_EQ(rest_of(world, iterator, futures), std::vector<int>{0});
      world.witness(blocked, "the consumer was blocked on two held pools and a future of the test's own");
    }};

const TestCase yields_nothing_for_no_futures{.name = "AsCompleted.yields_nothing_for_no_futures",
                                             .requirement = verifies("ASC-017"),
                                             .shows = "No futures yield an end at once.",
                                             .body = +[](World& world) {
                                               const FuturePointer yielded = iterate(world, {})->next();
                                               EXPECT_EQ(yielded, nullptr);
                                               EXPECT_EQ(iterate(world, {}, 0ns)->next(), nullptr);
                                               world.witness(true, "by construction: no futures were given");
                                             }};

const TestCase yields_failed_futures_without_throwing{
    .name = "AsCompleted.yields_failed_futures_without_throwing",
    .requirement = verifies("ASC-019"),
    .shows = "A failed task is yielded as its future, which holds the exception.",
    .needs = {"callable.throws"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Task task = throws("failed");
      const Futures futures = {executor.submit(task), executor.submit(returns(1))};
      const IteratorPointer iterator = iterate(world, futures);
      const FuturePointer one = iterator->next();
      const FuturePointer other = iterator->next();
      ASSERT_TRUE(one != nullptr && other != nullptr);
      const FuturePointer failed = futures[0]->same_as(*one) ? one : other;
      EXPECT_TRUE(failed->same_as(*futures[0]));
      EXPECT_FALSE(one->same_as(*other));
      EXPECT_TRUE(fails_with(failed->result(), "failed"));
      world.witness(task.runs() == 1, "one of the tasks had thrown");
    }};

}  // namespace

std::vector<TestCase> as_completed_tests() {
  return {yields_each_future_once_when_it_is_complete,
          yields_all_tasks_of_a_pool,
          yields_duplicates_once,
          yields_duplicates_once_while_pending,
          yields_first_what_is_complete_at_the_call,
          yields_in_the_order_of_completion,
          yields_what_was_complete_in_any_order,
          yields_a_reported_cancellation,
          takes_futures_of_several_executors,
          yields_whichever_executor_is_first,
          yields_nothing_for_no_futures,
          yields_a_cancellation_before_it_is_reported,
          yields_failed_futures_without_throwing};
}

}  // namespace touchstone
