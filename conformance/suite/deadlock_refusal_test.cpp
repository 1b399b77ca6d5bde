// Waits for one future inside workers that could never end: executors with `deadlock.detection` refuse them.
//
// Method: the knots are tied by construction, with pools of one or two workers that meet at a gate. Which
// of two workers closes a knot is not known to the test, and it does not matter: exactly one is refused.

#include <atomic>
#include <nested_fixtures.hpp>
#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

/// How many of the tasks were refused; the others must have got a value.
int refusals(const std::vector<FuturePointer>& futures) {
  int refused = 0;
  for (const FuturePointer& future : futures) {
    const Answer answer = future->result();
    EXPECT_TRUE(gives(answer, got_value) || gives(answer, got_refused)) << answer.to_string();
    if (gives(answer, got_refused)) ++refused;
  }
  return refused;
}

// ------------------------------------------------------------------------- A wait for a pending task

const TestCase result_of_a_task_that_cannot_start{
    .name = "DeadlockRefusal.result_of_a_task_that_cannot_start",
    .requirement = verifies("DLK-003"),
    .shows = "the only worker of a pool is refused the result of a pending task of that pool",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Task inner = returns(7);
      const FuturePointer outer =
          executor.submit([&executor, inner] { return said(executor.submit(inner)->result()); });
      EXPECT_TRUE(gives(outer->result(), got_refused));
      world.witness(true, "the only worker waited for a task that only it could run");
    }};

const TestCase exception_of_a_task_that_cannot_start{
    .name = "DeadlockRefusal.exception_of_a_task_that_cannot_start",
    .requirement = verifies("DLK-003"),
    .shows = "the only worker of a pool is refused the exception of a pending task of that pool",
    .needs = {"callable.throws", "closures", "future.exception"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const FuturePointer outer =
          executor.submit([&executor] { return said(executor.submit(throws("on purpose"))->exception()); });
      EXPECT_TRUE(gives(outer->result(), got_refused));
      world.witness(true, "the only worker waited for a task that only it could run");
    }};

const TestCase result_when_the_other_worker_waits_for_this_one{
    .name = "DeadlockRefusal.result_when_the_other_worker_waits_for_this_one",
    .requirement = verifies("DLK-003"),
    .shows = "one is refused of a worker that waits for a pending task and a worker that waits for it",
    .needs = {"closures", "future.shared"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer gate = world.gate("both workers");
      const auto handles = std::make_shared<Handles>();
      const FuturePointer first = executor.submit([&executor, gate] {
        gate->pass();
        return said(executor.submit(returns(7))->result());
      });
      const FuturePointer second = executor.submit([gate, handles] {
        gate->pass();
        return said(handles->of("first")->result());
      });
      handles->put("first", first);
      gate->await_arrivals(2);
      gate->open();
      EXPECT_EQ(refusals({first, second}), 1);
      world.witness(gate->arrivals() == 2, "one worker waited for a pending task, and the other for that worker");
      handles->clear();
    }};

// ------------------------------------------------------------------------ A circle of running tasks

const TestCase result_of_the_task_itself{.name = "DeadlockRefusal.result_of_the_task_itself",
                                         .requirement = verifies("DLK-004"),
                                         .shows = "a task is refused its own result, although another worker is idle",
                                         .needs = {"closures", "future.shared", "workers.threads"},
                                         .body = +[](World& world) {
                                           Executor& executor = world.make({.max_workers = 2});
                                           const GatePointer gate = world.gate("before the task waits for itself");
                                           const auto handles = std::make_shared<Handles>();
                                           const FuturePointer task = executor.submit([gate, handles] {
                                             gate->pass();
                                             return said(handles->of("itself")->result());
                                           });
                                           handles->put("itself", task);
                                           gate->open();
                                           EXPECT_TRUE(gives(task->result(), got_refused));
                                           world.witness(true, "a task waited for its own future");
                                           handles->clear();
                                         }};

/// Submits `count` tasks that each wait for the next, the last for the first, and lets them go together.
std::vector<FuturePointer> submit_circle(World& world, Executor& executor, int count) {
  const GatePointer gate = world.gate("the circle");
  const auto handles = std::make_shared<Handles>();
  std::vector<FuturePointer> circle;
  for (int place = 0; place < count; ++place) {
    circle.push_back(executor.submit([gate, handles, next = std::to_string((place + 1) % count)] {
      gate->pass();
      return said(handles->of(next)->result());
    }));
    handles->put(std::to_string(place), circle.back());
  }
  gate->await_arrivals(count);
  world.witness(gate->arrivals() == count, "all tasks of the circle were running before any of them waited");
  gate->open();
  return circle;
}

const TestCase result_in_a_circle{
    .name = "DeadlockRefusal.result_in_a_circle",
    .requirement = verifies("DLK-004"),
    .shows = "of three tasks that wait for one another in a circle exactly one is refused",
    .needs = {"closures", "future.shared", "workers.limit"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 4});
      EXPECT_EQ(refusals(submit_circle(world, executor, 3)), 1);
    }};

// --------------------------------------------------------------------------------- Who is refused

/// Fills a pool with tasks that each submit another one and wait for it.
std::vector<FuturePointer> fill_and_wait(World& world, Executor& executor, int workers) {
  const GatePointer gate = world.gate("every worker");
  std::vector<FuturePointer> outers = submit_all(
      executor,
      [&executor, gate] {
        gate->pass();
        return said(executor.submit(returns(7))->result());
      },
      workers);
  gate->await_arrivals(workers);
  world.witness(gate->arrivals() == workers, "every worker was inside a task before any of them waited");
  gate->open();
  return outers;
}

const TestCase only_one_of_a_full_pool{
    .name = "DeadlockRefusal.only_one_of_a_full_pool",
    .requirement = verifies("DLK-005"),
    .shows = "of four workers that wait for pending tasks of their pool one is refused, and the others get values",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 4});
      EXPECT_EQ(refusals(fill_and_wait(world, executor, 4)), 1);
    }};

/// Lets two tasks go on together, closer to each other than a gate would bring them.
void meet(std::atomic<int>& arrived, int count) {
  arrived.fetch_add(1);
  while (arrived.load() < count) std::this_thread::yield();
}

const TestCase exactly_one_of_two_at_the_same_moment{
    .name = "DeadlockRefusal.exactly_one_of_two_at_the_same_moment",
    .requirement = verifies("DLK-006"),
    .shows = "a hundred times exactly one is refused of two workers that begin to wait at the same moment",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      constexpr int rounds = 100;
      int refused = 0;
      for (int round = 0; round < rounds; ++round) {
        const auto arrived = std::make_shared<std::atomic<int>>(0);
        const auto outer = [&executor, arrived] {
          meet(*arrived, 2);  // both workers are taken
          const FuturePointer inner = executor.submit(returns(7));
          meet(*arrived, 4);  // both begin to wait
          return said(inner->result());
        };
        refused += refusals(submit_all(executor, outer, 2));
        ASSERT_EQ(refused, round + 1) << "in round " << round;
      }
      world.witness(refused == rounds, "a hundred times both workers began to wait at the same moment");
    }};

const TestCase knot_of_two_pools{
    .name = "DeadlockRefusal.knot_of_two_pools",
    .requirement = verifies("DLK-007"),
    .shows = "one is refused of the workers of two pools that wait for each other's pool",
    .needs = {"closures", "future.shared"},
    .body = +[](World& world) {
      Executor& here = world.make();
      Executor& there = world.make();
      const auto inside = std::make_shared<Handles>();
      const FuturePointer outer = here.submit([&here, &there, inside] {
        const FuturePointer other = there.submit([&here] { return said(here.submit(returns(7))->result()); });
        inside->put("other", other->copy());
        return said(other->result());
      });
      const Answer answer = outer->result();
      EXPECT_EQ(refusals({inside->of("other")}) + (gives(answer, got_refused) ? 1 : 0), 1) << answer.to_string();
      world.witness(true, "the only worker of each pool waited for the other pool");
    }};

const TestCase although_a_handle_is_elsewhere{
    .name = "DeadlockRefusal.although_a_handle_is_elsewhere",
    .requirement = verifies("DLK-020"),
    .shows = "a wait is refused although another thread could cancel what it waits for",
    .needs = {"closures", "future.shared"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const auto inner = std::make_shared<Handles>();
      const FuturePointer outer = executor.submit([&executor, inner] {
        const FuturePointer future = executor.submit(returns(7));
        inner->put("inner", future->copy());
        return said(future->result());
      });
      EXPECT_TRUE(gives(outer->result(), got_refused));
      world.witness(true, "the test held a handle of the pending task, and could have cancelled it");
      EXPECT_TRUE(gives(inner->of("inner")->result(), 7));
    }};

// ----------------------------------------------------------------------------- What is said of it

const TestCase with_the_names_of_the_knot{
    .name = "DeadlockRefusal.with_the_names_of_the_knot",
    .requirement = verifies("DLK-021"),
    .shows = "the text of the refusal names both workers of the knot and what they wait for",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2, .thread_name_prefix = "knot"});
      const GatePointer gate = world.gate("both workers");
      const auto text = std::make_shared<std::string>();
      const Task outer([&executor, gate, text] {
        gate->pass();
        const Answer answer = executor.submit(returns(7))->result();
        if (answer.fault == Fault::deadlock) *text = answer.text;
        return said(answer);
      });
      const std::vector<FuturePointer> outers = submit_all(executor, outer, 2);
      gate->await_arrivals(2);
      gate->open();
      EXPECT_EQ(refusals(outers), 1);
      for (const char* worker : {"knot_0", "knot_1"}) {
        EXPECT_NE(text->find(std::string(worker) + " waits for"), std::string::npos) << worker << ": " << *text;
      }
      world.witness(!text->empty(), "two workers of one pool formed the knot");
    }};

const TestCase and_the_pool_goes_on{
    .name = "DeadlockRefusal.and_the_pool_goes_on",
    .requirement = verifies("DLK-022"),
    .shows = "after a refusal the pool runs the tasks that were waited for, and ten more",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const MarkPointer inner = world.mark("an inner task ran");
      const GatePointer gate = world.gate("both workers");
      const Task outer([&executor, gate, inner] {
        gate->pass();
        return said(executor.submit(hits(inner))->result());
      });
      const std::vector<FuturePointer> outers = submit_all(executor, outer, 2);
      gate->await_arrivals(2);
      gate->open();
      world.witness(refusals(outers) > 0, "a wait of a full pool was refused");
      for (const FuturePointer& future : submit_all(executor, returns(8), 10)) EXPECT_TRUE(gives(future->result(), 8));
      inner->await(2);
      EXPECT_EQ(inner->count(), 2);
    }};

}  // namespace

std::vector<TestCase> deadlock_refusal_tests() {
  return {result_of_a_task_that_cannot_start,
          exception_of_a_task_that_cannot_start,
          result_when_the_other_worker_waits_for_this_one,
          result_of_the_task_itself,
          result_in_a_circle,
          only_one_of_a_full_pool,
          exactly_one_of_two_at_the_same_moment,
          knot_of_two_pools,
          although_a_handle_is_elsewhere,
          with_the_names_of_the_knot,
          and_the_pool_goes_on};
}

}  // namespace touchstone
