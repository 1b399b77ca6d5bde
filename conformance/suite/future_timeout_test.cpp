// Future.result() with a limit: when it gives up, when it must not, and what that leaves behind.
//
// Method: the limits are short, and only lower bounds of time are asserted: a slow machine can make
// these tests slower, and nothing else. What must happen "at once" is asked for while the task
// stands at a gate, which makes a wait for it endless.

#include <fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

using namespace std::chrono_literals;

// A task at a gate: it is running, and stays so until the gate is opened.
struct HeldTask {
  explicit HeldTask(World& world, Value value = 42)
      : gate(world.gate("the task")), future(world.make().submit(held_at(gate, std::move(value)))) {
    gate->await_arrivals(1);
  }
  // Before the handle goes: some wait for their task then.
  ~HeldTask() { gate->open(); }
  HeldTask(const HeldTask&) = delete;
  HeldTask& operator=(const HeldTask&) = delete;

  GatePointer gate;
  FuturePointer future;
};

const TestCase gives_up_when_the_time_has_passed{
    .name = "FutureTimeout.gives_up_when_the_time_has_passed",
    .requirement = verifies("FUT-021"),
    .shows = "result(20 ms) of a task at a gate throws TimeoutError, and not before the time has passed.",
    .needs = {"workers.threads"},
    .body = +[](World& world) {
      const HeldTask held(world);
      Answer answer;
      const auto waited = time_of([&] { answer = held.future->result(20ms); });
      EXPECT_TRUE(is_fault(answer, Fault::timeout));
      EXPECT_GE(waited, 20ms);
      world.witness(held.gate->arrivals() == 1, "the task stood at a gate for all of the 20 milliseconds");
    }};

const TestCase gives_up_on_a_pending_task{
    .name = "FutureTimeout.gives_up_on_a_pending_task",
    .requirement = verifies("FUT-021"),
    .shows = "result(20 ms) of a task that waits for a worker throws TimeoutError, not before the time has passed.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      Answer answer;
      const auto waited = time_of([&] { answer = pool.executor.submit(task)->result(20ms); });
      EXPECT_TRUE(is_fault(answer, Fault::timeout));
      EXPECT_GE(waited, 20ms);
      pool.witness_pending(task);
    }};

const TestCase delivers_in_time{
    .name = "FutureTimeout.delivers_in_time",
    .requirement = verifies("FUT-021"),
    .shows = "A thread that is blocked in result(1 hour) gets the value when it is set.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      Background<Answer> waiter(world, [future = producer.future] { return future->result(1h); });
      world.witness(waiter.blocked(), "a thread was blocked in result(1 hour) when the value was set");
      producer.promise->set_result(5);
      EXPECT_TRUE(gives(waiter.value(), 5));
    }};

const TestCase polls_with_zero{.name = "FutureTimeout.polls_with_zero",
                               .requirement = verifies("FUT-023"),
                               .shows = "result(0) of a task at a gate throws TimeoutError while the gate is shut.",
                               .needs = {"workers.threads"},
                               .body = +[](World& world) {
                                 const HeldTask held(world);
                                 EXPECT_TRUE(is_fault(held.future->result(0ns), Fault::timeout));
                                 world.witness(held.gate->arrivals() == 1,
                                               "the task stood at a gate when its result was polled for");
                               }};

const TestCase polls_a_done_future_with_zero{.name = "FutureTimeout.polls_a_done_future_with_zero",
                                             .requirement = verifies("FUT-023"),
                                             .shows = "result(0) of a finished future gives its value.",
                                             .needs = {"promise"},
                                             .body = +[](World& world) {
                                               const Producer producer(world);
                                               producer.promise->set_result(5);
                                               EXPECT_TRUE(gives(producer.future->result(0ns), 5));
                                               world.witness(true,
                                                             "by construction: the test itself had set the value");
                                             }};

const TestCase polls_with_a_negative_time{
    .name = "FutureTimeout.polls_with_a_negative_time",
    .requirement = verifies("FUT-024"),
    .shows = "result() with a negative limit throws TimeoutError while the gate is shut.",
    .needs = {"workers.threads"},
    .body = +[](World& world) {
      const HeldTask held(world);
      EXPECT_TRUE(is_fault(held.future->result(-1ns), Fault::timeout));
      EXPECT_TRUE(is_fault(held.future->result(before_every_clock), Fault::timeout));
      world.witness(held.gate->arrivals() == 1, "the task stood at a gate when its result was polled for");
    }};

const TestCase delivers_what_is_there_whatever_the_time{
    .name = "FutureTimeout.delivers_what_is_there_whatever_the_time",
    .requirement = verifies("FUT-025"),
    .shows = "result() of done futures gives value and exception with limits from minus a century to an hour.",
    .needs = {"callable.throws", "future.shared"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const FuturePointer finished = executor.submit(returns(5));
      const FuturePointer failed = executor.submit(throws("failed"));
      const bool done = finished->result().has_value() && !failed->result().has_value();
      for (const Timeout timeout :
           {Timeout(0ns), Timeout(-1ns), Timeout(before_every_clock), Timeout(1ns), Timeout(1h)}) {
        EXPECT_TRUE(gives(finished->result(timeout), 5));
        EXPECT_TRUE(fails_with(failed->result(timeout), "failed"));
      }
      world.witness(done, "the outcomes had been delivered before they were asked for with a limit");
    }};

const TestCase delivers_a_cancellation_whatever_the_time{
    .name = "FutureTimeout.delivers_a_cancellation_whatever_the_time",
    .requirement = verifies("FUT-026"),
    .shows = "result() of a cancelled future throws CancelledError, not TimeoutError, with a limit of zero or less.",
    .needs = {"promise", "future.timeout", "future.shared"},
    .body = +[](World& world) {
      const Producer producer(world);
      const bool cancelled = producer.future->cancel();
      EXPECT_TRUE(is_fault(producer.future->result(0ns), Fault::cancelled));
      EXPECT_TRUE(is_fault(producer.future->result(-1ns), Fault::cancelled));
      world.witness(cancelled, "the future had been cancelled");
    }};

const TestCase leaves_the_task_alone{
    .name = "FutureTimeout.leaves_the_task_alone",
    .requirement = verifies("FUT-030"),
    .shows = "A task whose result was waited for in vain three times is run once and delivers its value.",
    .needs = {"workers.threads"},
    .body = +[](World& world) {
      const GatePointer gate = world.gate("the task");
      const Task task = held_at(gate, 42);
      const FuturePointer future = world.make().submit(task);
      gate->await_arrivals(1);
      for (const Timeout timeout : {Timeout(0ns), Timeout(1ms), Timeout(0ns)}) {
        EXPECT_TRUE(is_fault(future->result(timeout), Fault::timeout));
      }
      world.witness(task.runs() == 1, "three waits had timed out while the task stood at a gate");
      gate->open();
      EXPECT_TRUE(gives(future->result(), 42));
      EXPECT_EQ(task.runs(), 1);
    }};

const TestCase leaves_other_waiters_alone{
    .name = "FutureTimeout.leaves_other_waiters_alone",
    .requirement = verifies("FUT-030"),
    .shows = "A thread that waits without a limit is not disturbed by another one whose wait times out.",
    .needs = {"promise", "future.shared"},
    .body = +[](World& world) {
      const Producer producer(world);
      Background<Answer> patient = await_result(world, producer.future->copy());
      world.witness(patient.blocked(), "a thread was blocked in result() while another's wait timed out");
      EXPECT_TRUE(is_fault(producer.future->result(1ms), Fault::timeout));
      EXPECT_FALSE(patient.returned());
      producer.promise->set_result(1);
      EXPECT_TRUE(gives(patient.value(), 1));
    }};

// An executor whose limits expire without an exception has no timeout error that a task could throw:
// its tasks throw one of the suite's own here.
void throw_a_timeout(Subject& subject) {
  try {
    subject.raise(Fault::timeout);
  } catch (const std::logic_error&) {
    throw TaskError("the task gave up");
  }
}

const TestCase delivers_a_timeout_of_the_task{
    .name = "FutureTimeout.delivers_a_timeout_of_the_task",
    .requirement = verifies("FUT-032"),
    .shows = "The future of a task that threw a timeout error is done, and result() delivers that error.",
    .needs = {"closures", "future.shared"},
    .body = +[](World& world) {
      const Task task([&subject = world.subject()] { throw_a_timeout(subject); });
      const FuturePointer future = world.make().submit(task);
      const Answer answer = future->result();
      EXPECT_TRUE(answer.fault == Fault::timeout || answer.fault == Fault::task) << answer.to_string();
      EXPECT_NE(answer.error, nullptr);
      EXPECT_TRUE(future->done());
      EXPECT_EQ(future->result(1h).fault, answer.fault);
      world.witness(task.runs() == 1, "the task was run, and threw a timeout error");
    }};

const TestCase tells_a_timeout_of_the_task_from_its_own{
    .name = "FutureTimeout.tells_a_timeout_of_the_task_from_its_own",
    .requirement = verifies("FUT-032"),
    .shows = "After result() has thrown a timeout error, done() tells whether it was the task's.",
    .needs = {"closures", "promise"},
    .body = +[](World& world) {
      const Producer failed(world), late(world);
      try {
        throw_a_timeout(world.subject());
      } catch (...) {
        failed.promise->set_exception(std::current_exception());
      }
      EXPECT_FALSE(failed.future->result(1ms).has_value());
      EXPECT_TRUE(failed.future->done());
      EXPECT_FALSE(late.future->result(1ms).has_value());
      EXPECT_FALSE(late.future->done());
      world.witness(true, "by construction: one future held a timeout error, the other held nothing yet");
    }};

const TestCase keeps_fractions_of_a_second{
    .name = "FutureTimeout.keeps_fractions_of_a_second",
    .requirement = verifies("FUT-037"),
    .shows = "Limits of 1.5 and 10.75 milliseconds are waited for in full.",
    .needs = {"workers.threads"},
    .body = +[](World& world) {
      const HeldTask held(world);
      for (const std::chrono::nanoseconds timeout : {1'500us, 10'750us}) {
        Answer answer;
        const auto waited = time_of([&] { answer = held.future->result(timeout); });
        EXPECT_TRUE(is_fault(answer, Fault::timeout));
        EXPECT_GE(waited, timeout);
      }
      world.witness(held.gate->arrivals() == 1, "the task stood at a gate for all of the time");
    }};

}  // namespace

std::vector<TestCase> future_timeout_tests() {
  return {gives_up_when_the_time_has_passed,
          gives_up_on_a_pending_task,
          delivers_in_time,
          polls_with_zero,
          polls_a_done_future_with_zero,
          polls_with_a_negative_time,
          delivers_what_is_there_whatever_the_time,
          delivers_a_cancellation_whatever_the_time,
          leaves_the_task_alone,
          leaves_other_waiters_alone,
          delivers_a_timeout_of_the_task,
          tells_a_timeout_of_the_task_from_its_own,
          keeps_fractions_of_a_second};
}

}  // namespace touchstone
