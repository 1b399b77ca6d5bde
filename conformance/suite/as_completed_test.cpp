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

void yields_each_future_once_when_it_is_complete(World& world) {
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
}

void yields_all_tasks_of_a_pool(World& world) {
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
}

void yields_duplicates_once(World& world) {
  const FuturePointer one = world.make().submit(returns(1));
  const FuturePointer other = world.make().submit(returns(2));
  const Futures repeated = {one, one, one->copy(), other, one, other};
  const IteratorPointer iterator = iterate(world, repeated);
  int yielded = 0;
  while (iterator->next() != nullptr) ++yielded;
  EXPECT_EQ(yielded, 2);
  world.witness(repeated.size() > 2, "six handles of two futures were given");
}

void yields_duplicates_once_while_pending(World& world) {
  const Producer producer(world);
  const IteratorPointer iterator = iterate(world, {producer.future, producer.future, producer.future->copy()});
  auto advance = advancing(world, iterator);
  world.witness(advance.blocked(), "the consumer was blocked on three handles of one pending future");
  producer.promise->set_result(1);
  EXPECT_NE(advance.value(), nullptr);
  EXPECT_EQ(iterator->next(), nullptr);
}

void yields_first_what_is_complete_at_the_call(World& world) {
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
}

void yields_in_the_order_of_completion(World& world) {
  const auto made = producers(world, 5);
  const Futures futures = futures_of(made);
  const IteratorPointer iterator = iterate(world, futures);
  const std::vector<int> completions = {3, 1, 4, 0, 2};
  for (const int index : completions) made[static_cast<std::size_t>(index)].promise->set_result(index);
  EXPECT_EQ(rest_of(world, iterator, futures), completions);
  world.witness(true, "by construction: the test itself completed the futures, one after the other");
}

void yields_what_was_complete_in_any_order(World& world) {
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
}

void yields_a_reported_cancellation(World& world) {
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
}

void yields_a_cancellation_before_it_is_reported(World& world) {
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
}

void takes_futures_of_several_executors(World& world) {
  Executor& one = world.make();
  Executor& other = world.make({.max_workers = 2});
  const std::vector<Task> tasks = {returns(1), returns(2), throws("failed"), returns(4)};
  const Futures futures = {one.submit(tasks[0]), other.submit(tasks[1]), one.submit(tasks[2]), other.submit(tasks[3])};
  std::vector<int> order = rest_of(world, iterate(world, futures), futures);
  std::sort(order.begin(), order.end());
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
  const bool all_run = std::all_of(tasks.begin(), tasks.end(), [](const Task& task) { return task.runs() == 1; });
  world.witness(all_run, "two executors ran two tasks each");
}

void yields_whichever_executor_is_first(World& world) {
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
}

void yields_nothing_for_no_futures(World& world) {
  const FuturePointer yielded = iterate(world, {})->next();
  EXPECT_EQ(yielded, nullptr);
  EXPECT_EQ(iterate(world, {}, 0ns)->next(), nullptr);
  world.witness(true, "by construction: no futures were given");
}

void yields_failed_futures_without_throwing(World& world) {
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
}

}  // namespace

std::vector<TestCase> as_completed_tests() {
  return {
      {"AsCompleted.yields_each_future_once_when_it_is_complete",
       verifies("ASC-001"),
       "An advance is blocked until a future is complete, yields that one, and after three of them the end.",
       {"future.identity", "promise"},
       yields_each_future_once_when_it_is_complete},
      {"AsCompleted.yields_all_tasks_of_a_pool",
       verifies("ASC-001"),
       "Each of 20 tasks, failed ones among them, is yielded once.",
       {"future.identity"},
       yields_all_tasks_of_a_pool},
      {"AsCompleted.yields_duplicates_once",
       verifies("ASC-002"),
       "Six handles of two tasks yield two futures.",
       {},
       yields_duplicates_once},
      {"AsCompleted.yields_duplicates_once_while_pending",
       verifies("ASC-002"),
       "Three handles of one pending future yield one.",
       {"promise"},
       yields_duplicates_once_while_pending},
      {"AsCompleted.yields_first_what_is_complete_at_the_call",
       verifies("ASC-003"),
       "Two futures that were complete at the call come before two that were completed after it.",
       {"future.identity", "promise"},
       yields_first_what_is_complete_at_the_call},
      {"AsCompleted.yields_in_the_order_of_completion",
       verifies("ASC-004"),
       "Five futures that are completed one after the other are yielded in that order.",
       {"future.identity", "promise"},
       yields_in_the_order_of_completion},
      {"AsCompleted.yields_what_was_complete_in_any_order",
       verifies("ASC-005"),
       "Four futures that were complete at the call are all yielded, in an order that is reported.",
       {"promise", "future.identity"},
       yields_what_was_complete_in_any_order},
      {"AsCompleted.yields_a_reported_cancellation",
       verifies("ASC-006"),
       "Reported cancellations are yielded, whether they came before the call or while the consumer was blocked.",
       {"future.identity", "promise"},
       yields_a_reported_cancellation},
      {"AsCompleted.takes_futures_of_several_executors",
       verifies("ASC-007"),
       "Tasks of two executors are all yielded by one iterator.",
       {"future.identity"},
       takes_futures_of_several_executors},
      {"AsCompleted.yields_whichever_executor_is_first",
       verifies("ASC-007"),
       "Futures of two pools and a promise are yielded in the order in which these are let go.",
       {"workers.limit", "workers.threads", "promise", "future.identity"},
       yields_whichever_executor_is_first},
      {"AsCompleted.yields_nothing_for_no_futures",
       verifies("ASC-017"),
       "No futures yield an end at once.",
       {},
       yields_nothing_for_no_futures},
      {"AsCompleted.yields_a_cancellation_before_it_is_reported",
       verifies("ASC-018"),
       "Cancelled futures are yielded though nobody was notified: before, between and during advances.",
       {"future.identity", "promise"},
       yields_a_cancellation_before_it_is_reported},
      {"AsCompleted.yields_failed_futures_without_throwing",
       verifies("ASC-019"),
       "A failed task is yielded as its future, which holds the exception.",
       {},
       yields_failed_futures_without_throwing},
  };
}

}  // namespace touchstone
