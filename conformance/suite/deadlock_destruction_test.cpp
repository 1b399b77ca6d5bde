// Knots that a destructor closes, or a cancelling shutdown: a destructor cannot be refused, so others are.
//
// Method: as in deadlock_refusal_test.cpp. A wait that a test lets begin first may in truth begin last, and then it
// is refused as any other: the answers are the same.

#include <nested_fixtures.hpp>
#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase of_a_task_that_waits_for_the_destroyer{
    .name = "DeadlockRefusal.of_a_task_that_waits_for_the_destroyer",
    .requirement = verifies("DLK-024"),
    .shows = "a task that waits for a task which destroys its executor is refused, and the destructor returns",
    .needs = {"closures", "future.shared", "future.done"},
    .body = +[](World& world) {
      Executor& doomed = world.make();
      const GatePointer gate = world.gate("before the executor is destroyed");
      const MarkPointer begun = world.mark("the wait begins");
      const FuturePointer destroyer = world.make().submit([&world, &doomed, gate] {
        gate->pass();
        world.destroy(doomed);
        return Value(8);
      });
      const auto handles = std::make_shared<Handles>();
      handles->put("destroyer", destroyer);
      const FuturePointer outer = doomed.submit([handles, begun] {
        begun->hit();
        return said(handles->of("destroyer")->result());
      });
      begun->await();
      EXPECT_TRUE(world.stays_quiet([&] { return outer->done(); })) << outer->result().to_string();
      gate->open();
      EXPECT_TRUE(gives(outer->result(), got_refused));
      EXPECT_TRUE(gives(destroyer->result(), 8));
      world.witness(gate->arrivals() == 1 && begun->count() == 1,
                    "the executor's only worker waited for the task that destroyed it");
      handles->clear();
    }};

const TestCase of_no_more_tasks_than_must_be{
    .name = "DeadlockRefusal.of_no_more_tasks_than_must_be",
    .requirement = verifies("DLK-024"),
    .shows = "of two workers of which one waits for the other, and that for the destroyer, only the latter is refused",
    .needs = {"closures", "future.shared", "future.done"},
    .body = +[](World& world) {
      Executor& doomed = world.make({.max_workers = 2});
      const GatePointer gate = world.gate("before the executor is destroyed");
      const GatePointer both = world.gate("both workers");
      const FuturePointer destroyer = world.make().submit([&world, &doomed, gate] {
        gate->pass();
        world.destroy(doomed);
        return Value(8);
      });
      const auto handles = std::make_shared<Handles>();
      handles->put("destroyer", destroyer);
      const auto waits_for = [handles, both](const std::string& name) {
        return [handles, both, name] {
          both->pass();
          return said(handles->of(name)->result());
        };
      };
      const FuturePointer inner = doomed.submit(waits_for("destroyer"));
      handles->put("inner", inner);
      const FuturePointer outer = doomed.submit(waits_for("inner"));
      both->await_arrivals(2);
      both->open();
      EXPECT_TRUE(world.stays_quiet([&] { return inner->done() || outer->done(); }));
      gate->open();
      EXPECT_TRUE(gives(outer->result(), got_value));
      EXPECT_TRUE(gives(inner->result(), got_refused));
      EXPECT_TRUE(gives(destroyer->result(), 8));
      world.witness(both->arrivals() == 2 && gate->arrivals() == 1, "both workers waited, one for the other");
      handles->clear();
    }};

const TestCase lets_two_destructors_return{
    .name = "DeadlockRefusal.lets_two_destructors_return",
    .requirement = verifies("DLK-025"),
    .shows = "two tasks that each destroy the other's executor both return",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& first = world.make();
      Executor& second = world.make();
      const GatePointer gate = world.gate("both destroyers");
      const auto destroys = [&world, gate](Executor& executor) {
        return [&world, gate, &executor] {
          gate->pass();
          world.destroy(executor);
          return Value(8);
        };
      };
      const FuturePointer one = first.submit(destroys(second));
      const FuturePointer other = second.submit(destroys(first));
      gate->await_arrivals(2);
      gate->open();
      EXPECT_TRUE(gives(one->result(), 8));
      EXPECT_TRUE(gives(other->result(), 8));
      world.witness(gate->arrivals() == 2, "each executor was destroyed by a task of the other while that ran");
    }};

const TestCase of_a_callback_of_a_cancelled_task{
    .name = "DeadlockRefusal.of_a_callback_of_a_cancelled_task",
    .requirement = verifies("DLK-026"),
    .shows = "one is refused of a callback of a task that is being cancelled and a shutdown that waits for it",
    .needs = {"closures", "future.shared", "future.callbacks", "shutdown.cancel_futures", "shutdown.no_wait"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const GatePointer gate = world.gate("before the second shutdown");
      const auto handles = std::make_shared<Handles>();
      const auto in_callback = std::make_shared<std::string>();
      const FuturePointer waits = world.make().submit([&executor = pool.executor, gate] {
        gate->pass();
        return said(refusal_of([&] { executor.shutdown(); }));
      });
      handles->put("waits", waits);
      gate->await_arrivals(1);
      const FuturePointer queued = pool.executor.submit(returns(7));
      queued->add_done_callback([handles, in_callback, gate](const FuturePointer&) {
        gate->open();
        const Value value = said(handles->of("waits")->result());
        *in_callback = value == Value(got_refused) ? got_refused : got_value;
      });
      const FuturePointer cancels = world.make().submit([&executor = pool.executor] {
        executor.shutdown({.wait = false, .cancel_futures = true});
        return Value(8);
      });
      EXPECT_TRUE(gives(cancels->result(), 8)) << "the shutdown that cancels";
      pool.gate->open();
      const Answer answer = waits->result();
      EXPECT_NE(gives(answer, got_refused), *in_callback == got_refused) << answer.to_string();
      world.witness(gate->arrivals() == 1, "a worker waited for the end of a pool whose task another was cancelling");
      handles->clear();
    }};

}  // namespace

std::vector<TestCase> deadlock_destruction_tests() {
  return {of_a_task_that_waits_for_the_destroyer, of_no_more_tasks_than_must_be, lets_two_destructors_return,
          of_a_callback_of_a_cancelled_task};
}

}  // namespace touchstone
