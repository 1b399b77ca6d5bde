// Future.exception(): the same waiting as result(), with the task's exception as an answer.
//
// Method: as for result(); a task that must not end stands at a gate.

#include <fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

using namespace std::chrono_literals;

const TestCase returns_what_the_task_threw{
    .name = "FutureException.returns_what_the_task_threw",
    .requirement = verifies("FUT-040"),
    .shows = "exception() gives the exception of the task, with its text.",
    .needs = {"callable.throws"},
    .body = +[](World& world) {
      const Task task = throws("the task's own words");
      EXPECT_TRUE(fails_with(world.make().submit(task)->exception(), "the task's own words"));
      world.witness(task.runs() == 1, "the task was run");
    }};

const TestCase returns_nothing_after_success{.name = "FutureException.returns_nothing_after_success",
                                             .requirement = verifies("FUT-040"),
                                             .shows = "exception() of a task that returned gives nothing.",
                                             .body = +[](World& world) {
                                               const Task task = returns(1);
                                               const Answer answer = world.make().submit(task)->exception();
                                               EXPECT_FALSE(answer.fault) << answer.to_string();
                                               EXPECT_FALSE(answer.error);
                                               world.witness(task.runs() == 1, "the task was run");
                                             }};

const TestCase blocks_until_the_task_is_done{
    .name = "FutureException.blocks_until_the_task_is_done",
    .requirement = verifies("FUT-040"),
    .shows = "exception() has not returned while the task stands at a gate, and returns after it has gone on.",
    .needs = {"callable.throws", "submit.beside_threads"},
    .body = +[](World& world) {
      const GatePointer gate = world.gate("the task");
      const MarkPointer passed = world.mark("the task has passed its gate");
      Background<std::pair<Answer, bool>> waiter(world, [&executor = world.make(), gate, passed] {
        const Answer answer = executor.submit(Script{Pass{gate}, Hit{passed}, Throw{"late"}})->exception();
        return std::pair(answer, passed->count() == 1);
      });
      gate->await_arrivals(1);
      world.witness(waiter.blocked(), "a thread was blocked while its task stood at a gate");
      EXPECT_FALSE(waiter.returned());
      gate->open();
      EXPECT_TRUE(fails_with(waiter.value().first, "late"));
      EXPECT_TRUE(waiter.value().second);
    }};

const TestCase wakes_every_blocked_thread{
    .name = "FutureException.wakes_every_blocked_thread",
    .requirement = verifies("FUT-031"),
    .shows = "Four threads that are blocked in exception() all return when the exception is set.",
    .needs = {"promise", "future.exception"},
    .body = +[](World& world) {
      const Producer producer(world);
      std::vector<Background<Answer>> waiters;
      bool all_blocked = true;
      for (int number = 0; number < 4; ++number) {
        waiters.emplace_back(world, [future = producer.future->copy()] { return future->exception(); });
        all_blocked = waiters.back().blocked() && all_blocked;
      }
      world.witness(all_blocked, "four threads were blocked in exception() when it was set");
      producer.promise->set_exception(task_error("for all"));
      for (auto& waiter : waiters) EXPECT_TRUE(fails_with(waiter.value(), "for all"));
    }};

const TestCase gives_up_when_the_time_has_passed{
    .name = "FutureException.gives_up_when_the_time_has_passed",
    .requirement = verifies("FUT-041"),
    .shows = "exception(20 ms) of a task at a gate throws TimeoutError, and not before the time has passed.",
    .needs = {"workers.threads"},
    .body = +[](World& world) {
      const GatePointer gate = world.gate("the task");
      const FuturePointer future = world.make().submit(held_at(gate));
      gate->await_arrivals(1);
      Answer answer;
      const auto waited = time_of([&] { answer = future->exception(20ms); });
      EXPECT_TRUE(is_fault(answer, Fault::timeout));
      EXPECT_GE(waited, 20ms);
      world.witness(gate->arrivals() == 1, "the task stood at a gate for all of the 20 milliseconds");
    }};

const TestCase polls_with_zero{
    .name = "FutureException.polls_with_zero",
    .requirement = verifies("FUT-041"),
    .shows = "exception() with a limit of zero throws TimeoutError if there is no outcome yet.",
    .needs = {"promise", "future.shared"},
    .body = +[](World& world) {
      const Producer pending(world), failed(world);
      failed.promise->set_exception(task_error("failed"));
      EXPECT_TRUE(is_fault(pending.future->exception(0ns), Fault::timeout));
      EXPECT_TRUE(fails_with(failed.future->exception(0ns), "failed"));
      world.witness(true, "by construction: one future was never completed, the other by the test itself");
    }};

const TestCase polls_with_a_negative_time{
    .name = "FutureException.polls_with_a_negative_time",
    .requirement = verifies("FUT-024"),
    .shows = "exception() with a negative limit throws TimeoutError if there is no outcome yet.",
    .needs = {"future.exception", "promise", "future.shared"},
    .body = +[](World& world) {
      const Producer pending(world);
      EXPECT_TRUE(is_fault(pending.future->exception(-1ns), Fault::timeout));
      world.witness(true, "by construction: the future was never completed");
    }};

const TestCase throws_on_a_cancelled_future{
    .name = "FutureException.throws_on_a_cancelled_future",
    .requirement = verifies("FUT-042"),
    .shows = "exception() of a cancelled task throws CancelledError while the worker is held.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer future = pool.executor.submit(task);
      ASSERT_TRUE(future->cancel());
      EXPECT_TRUE(is_fault(future->exception(), Fault::cancelled));
      pool.witness_pending(task);
    }};

// cancelled() promises that the task never ran, which is untrue for one that threw CancelledError.
const TestCase does_not_take_the_error_for_a_cancellation{
    .name = "FutureException.does_not_take_the_error_for_a_cancellation",
    .requirement = verifies("FUT-033"),
    .shows = "The future of a task that threw CancelledError is not cancelled, and cannot be.",
    .needs = {"closures", "future.shared"},
    .body = +[](World& world) {
      const Task task([&subject = world.subject()] { subject.raise(Fault::cancelled); });
      const FuturePointer future = world.make().submit(task);
      const Answer answer = future->result();
      EXPECT_FALSE(future->cancelled());
      EXPECT_FALSE(future->cancel());
      world.witness(answer.fault == Fault::cancelled && task.runs() == 1, "the task was run, and threw CancelledError");
    }};

}  // namespace

std::vector<TestCase> future_exception_tests() {
  return {returns_what_the_task_threw, returns_nothing_after_success,     blocks_until_the_task_is_done,
          wakes_every_blocked_thread,  gives_up_when_the_time_has_passed, polls_with_zero,
          polls_with_a_negative_time,  throws_on_a_cancelled_future,      does_not_take_the_error_for_a_cancellation};
}

}  // namespace touchstone
