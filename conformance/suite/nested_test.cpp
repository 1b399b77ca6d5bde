// Nested use: tasks that submit to their own executor and wait for what they submitted. What happens when
// the pool is full, and when a wait inside a worker must not be refused. What must be refused has a file
// of its own.
//
// Method: a pool of one is full when its task runs; in a larger one a gate brings all workers together before any of
// them waits.
// Where a wait must not be refused, what it waits for is kept back for a short while: that a refusal
// comes too late to be seen is possible, that one is invented is not.

#include <chrono>
#include <nested_fixtures.hpp>
#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

using std::chrono::milliseconds;

// Fills a pool of one with a task that submits another one to it, and then waits for that. A pool of two would have to
// be filled first, and some do not run two tasks side by side.
const TestCase classifies_the_wait_on_a_full_pool{
    .name = "Nested.classifies_the_wait_on_a_full_pool",
    .requirement = verifies("DLK-001"),
    .shows = "what becomes of a task that fills a pool of one and waits for what it submits to it",
    .needs = {"closures"},
    .body =
        +[](World& world) {
          Executor& executor = world.make({.max_workers = 1});
          const Task inner = returns(7);
          const FuturePointer outer = executor.submit([&world, &executor, inner] {
            const FuturePointer future = executor.submit(inner);
            world.witness(true, "the outer task had submitted its inner task, and was about to wait for it");
            return said(future->result());
          });
          const Answer answer = outer->result();
          const bool refused = gives(answer, got_refused);
          EXPECT_TRUE(refused || gives(answer, got_value)) << answer.to_string();
          EXPECT_TRUE(refused || inner.runs() == 1) << "inner tasks that ran: " << inner.runs();
          world.choose(refused ? "detects" : "progresses");
        },
    .hang_means = "deadlocks"};

const TestCase works_while_a_worker_is_left{
    .name = "Nested.works_while_a_worker_is_left",
    .requirement = verifies("DLK-002"),
    .shows = "a task gets the outcome of a task of its own pool from the other worker",
    .needs = {"closures", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer gate = world.gate("inside the inner task");
      const FuturePointer outer =
          executor.submit([&executor, gate] { return said(executor.submit(held_at(gate, 7))->result()); });
      gate->await_arrivals(1);
      world.witness(true, "the inner task ran, on the other worker, while the outer one could not have its outcome");
      gate->open();
      EXPECT_TRUE(gives(outer->result(), got_value));
    }};

const TestCase works_at_the_first_submit_of_a_pool{
    .name = "Nested.works_at_the_first_submit_of_a_pool",
    .requirement = verifies("DLK-002"),
    .shows = "the first task of a new pool gets the outcome of the second",
    .needs = {"closures"},
    .body = +[](World& world) {
      int values = 0;
      for (int round = 0; round < 100; ++round) {
        Executor& executor = world.make({.max_workers = 2});
        const Answer answer =
            executor.submit([&executor] { return said(executor.submit(returns(7))->result()); })->result();
        ASSERT_TRUE(gives(answer, got_value)) << "in round " << round;
        ++values;
        world.destroy(executor);
      }
      world.witness(values > 0, "the pools had made one worker of two when its task waited for another");
    }};

// ------------------------------------------------------------------------------------ Timeouts

const TestCase of_two_that_wait_for_each_other_a_timeout_is_honoured{
    .name = "Nested.of_two_that_wait_for_each_other_a_timeout_is_honoured",
    .requirement = verifies("TPE-022"),
    .shows = "of two tasks that wait for each other the one with a timeout gets it, and the other its outcome",
    .needs = {"closures", "workers.limit"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer gate = world.gate("both tasks");
      const auto handles = std::make_shared<Handles>();
      const FuturePointer timed = executor.submit([gate, handles] {
        gate->pass();
        return said(handles->of("untimed")->result(milliseconds(50)));
      });
      const FuturePointer untimed = executor.submit([gate, handles] {
        gate->pass();
        return said(handles->of("timed")->result());
      });
      handles->put("timed", timed);
      handles->put("untimed", untimed);
      gate->await_arrivals(2);
      gate->open();
      EXPECT_TRUE(gives(timed->result(), got_timeout));
      EXPECT_TRUE(gives(untimed->result(), got_value));
      world.witness(gate->arrivals() == 2, "both tasks were running before either waited for the other");
      handles->clear();
    }};

const TestCase one_worker_honours_a_timeout{
    .name = "Nested.one_worker_honours_a_timeout",
    .requirement = verifies("TPE-023"),
    .shows = "on a pool of one a task that waits for another gets its timeout, and the pool goes on",
    .needs = {"closures", "future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Task inner = returns(7);
      const FuturePointer outer =
          executor.submit([&executor, inner] { return said(executor.submit(inner)->result(milliseconds(50))); });
      EXPECT_TRUE(gives(outer->result(), got_timeout));
      EXPECT_TRUE(gives(executor.submit(returns(8))->result(), 8));
      world.witness(true, "the inner task could not start: the only worker was waiting for it");
    }};

const TestCase a_timed_wait_is_not_refused{
    .name = "Nested.a_timed_wait_is_not_refused",
    .requirement = verifies("DLK-008"),
    .shows = "a wait with a timeout that could never end lasts until its time is up",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const auto took = std::make_shared<std::chrono::nanoseconds>();
      const FuturePointer outer = executor.submit([&executor, took] {
        const FuturePointer inner = executor.submit(returns(7));
        Answer answer;
        *took = time_of([&] { answer = inner->result(milliseconds(50)); });
        return said(answer);
      });
      EXPECT_TRUE(gives(outer->result(), got_timeout));
      EXPECT_GE(*took, milliseconds(50));
      world.witness(true, "the only worker waited, with a timeout, for a task that could not start");
    }};

const TestCase a_wait_for_one_that_waits_with_a_timeout_is_not_refused{
    .name = "Nested.a_wait_for_one_that_waits_with_a_timeout_is_not_refused",
    .requirement = verifies("DLK-009"),
    .shows = "a wait for a task that is inside a wait with a timeout ends with that task's value",
    .needs = {"closures", "future.shared"},
    .body = +[](World& world) {
      using Clock = std::chrono::steady_clock;
      struct Moments {
        Clock::time_point timed_wait_begins, timed_wait_ends, other_wait_begins;
      };
      Executor& executor = world.make({.max_workers = 2});
      const MarkPointer waits = world.mark("the wait with a timeout begins");
      const GatePointer gate = world.gate("both tasks");
      const auto moments = std::make_shared<Moments>();
      const auto handles = std::make_shared<Handles>();
      const FuturePointer timed = executor.submit([&executor, gate, waits, moments] {
        gate->pass();
        const FuturePointer pending = executor.submit(returns(7));
        moments->timed_wait_begins = Clock::now();
        waits->hit();
        const Answer answer = pending->result(milliseconds(200));
        moments->timed_wait_ends = Clock::now();
        return said(answer);
      });
      handles->put("timed", timed);
      const FuturePointer untimed = executor.submit([gate, waits, moments, handles] {
        gate->pass();
        waits->await();
        moments->other_wait_begins = Clock::now();
        return said(handles->of("timed")->result());
      });
      gate->await_arrivals(2);
      gate->open();
      EXPECT_TRUE(gives(untimed->result(), got_value));
      world.witness(moments->timed_wait_begins < moments->other_wait_begins &&
                        moments->other_wait_begins < moments->timed_wait_ends,
                    "one task began to wait for the other while that was inside its wait with a timeout");
      handles->clear();
    }};

// ---------------------------------------------------------------------------- Must not be refused

/// A task that waits, on a pool, for something that is kept back; the test looks whether it goes on waiting.
struct Patient {
  Patient(World& surroundings, Executor& executor, std::function<Answer()> wait)
      : world(surroundings), begun(world.mark("the wait begins")), ended(world.mark("the wait has ended")) {
    future = executor.submit([wait = std::move(wait), begun = begun, ended = ended] {
      begun->hit();
      const Answer answer = wait();
      ended->hit();
      return said(answer);
    });
    begun->await();
  }

  /// Whether the wait does not end while what it waits for is kept back.
  [[nodiscard]] testing::AssertionResult goes_on() const {
    const bool quiet = world.stays_quiet([this] { return ended->count() > 0; });
    world.witness(begun->count() == 1, "the wait had begun while what it waits for was kept back");
    if (quiet) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "the wait ended with: " << future->result().to_string();
  }

  World& world;
  MarkPointer begun, ended;
  FuturePointer future;
};

const TestCase a_wait_is_not_refused_while_another_worker_can_go_on{
    .name = "Nested.a_wait_is_not_refused_while_another_worker_can_go_on",
    .requirement = verifies("DLK-010"),
    .shows = "a wait for a pending task goes on while another worker stands at a gate",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer gate = world.gate("the other worker");
      (void)executor.submit(held_at(gate));
      gate->await_arrivals(1);
      const Patient outer(world, executor, [&executor] { return executor.submit(returns(7))->result(); });
      EXPECT_TRUE(outer.goes_on());
      gate->open();
      EXPECT_TRUE(gives(outer.future->result(), got_value));
    }};

const TestCase a_wait_is_not_refused_while_another_worker_waits_for_the_program{
    .name = "Nested.a_wait_is_not_refused_while_another_worker_waits_for_the_program",
    .requirement = verifies("DLK-010"),
    .shows = "a wait for a pending task goes on while the other worker waits for a promise",
    .needs = {"closures", "promise", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const Producer producer(world);
      const Patient other(world, executor, [future = producer.future] { return future->result(); });
      EXPECT_TRUE(other.goes_on());
      const Patient outer(world, executor, [&executor] { return executor.submit(returns(7))->result(); });
      EXPECT_TRUE(outer.goes_on());
      producer.promise->set_result(8);
      EXPECT_TRUE(gives(other.future->result(), got_value));
      EXPECT_TRUE(gives(outer.future->result(), got_value));
    }};

const TestCase a_wait_is_not_refused_while_a_worker_may_be_created{
    .name = "Nested.a_wait_is_not_refused_while_a_worker_may_be_created",
    .requirement = verifies("DLK-011"),
    .shows = "three tasks, each waiting for the next, all run on a new pool of three",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 3});
      const GatePointer gate = world.gate("inside the innermost task");
      const FuturePointer outer = executor.submit([&executor, gate] {
        return said(
            executor.submit([&executor, gate] { return said(executor.submit(held_at(gate, 7))->result()); })->result());
      });
      gate->await_arrivals(1);
      world.witness(true, "two of three workers were waiting, each for a task that was submitted when none was idle");
      gate->open();
      EXPECT_TRUE(gives(outer->result(), got_value));
    }};

const TestCase a_wait_for_a_promise_is_not_refused{
    .name = "Nested.a_wait_for_a_promise_is_not_refused",
    .requirement = verifies("DLK-012"),
    .shows = "the only worker waits for a promise until the program fulfils it",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      for (const bool running : {false, true}) {
        const Producer producer(world);
        if (running) {
          EXPECT_TRUE(producer.promise->set_running_or_notify_cancel());
        }
        const Patient outer(world, executor, [future = producer.future] { return future->result(); });
        EXPECT_TRUE(outer.goes_on()) << (running ? "for a running promise" : "for a pending promise");
        producer.promise->set_result(7);
        EXPECT_TRUE(gives(outer.future->result(), got_value));
      }
    }};

const TestCase a_wait_for_one_at_a_gate_is_not_refused{
    .name = "Nested.a_wait_for_one_at_a_gate_is_not_refused",
    .requirement = verifies("DLK-013"),
    .shows = "a wait for a task that stands at a gate goes on until the gate opens",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer gate = world.gate("the task that is waited for");
      const FuturePointer held = executor.submit(held_at(gate, 7));
      gate->await_arrivals(1);
      const Patient outer(world, executor, [held] { return held->result(); });
      EXPECT_TRUE(outer.goes_on());
      gate->open();
      EXPECT_TRUE(gives(outer.future->result(), got_value));
    }};

const TestCase other_threads_are_not_refused{
    .name = "Nested.other_threads_are_not_refused",
    .requirement = verifies("DLK-014"),
    .shows = "a thread of the program waits for a worker that is stuck until the program helps it",
    .needs = {"closures", "future.shared"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 1, .detect_deadlocks = false});
      const auto inner = std::make_shared<Handles>();
      const Patient outer(world, executor, [&executor, inner] {
        const FuturePointer future = executor.submit(returns(7));
        inner->put("inner", future);
        return future->result();
      });
      Background<Answer> bystander = await_result(world, outer.future);
      world.witness(bystander.blocked(), "a thread of the program waited for a worker that waited for itself");
      EXPECT_TRUE(world.stays_quiet([&] { return bystander.returned(); }));
      EXPECT_TRUE(inner->of("inner")->cancel());
      EXPECT_TRUE(gives(bystander.value(), got_cancelled));
    }};

const TestCase other_threads_may_wait_for_a_full_pool{
    .name = "Nested.other_threads_may_wait_for_a_full_pool",
    .requirement = verifies("DLK-014"),
    .shows = "a thread of the program waits for a call behind a worker that waits, detection being on",
    .needs = {"closures", "future.shared", "promise"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 1});
      const Producer producer(world);
      const Patient outer(world, executor, [future = producer.future] { return future->result(); });
      Background<Answer> bystander = await_result(world, executor.submit(returns(8)));
      world.witness(bystander.blocked(),
                    "a thread of the program waited for a call behind the only worker, which waited");
      EXPECT_TRUE(world.stays_quiet([&] { return bystander.returned(); }));
      producer.promise->set_result(7);
      EXPECT_TRUE(gives(bystander.value(), 8));
    }};

const TestCase detection_can_be_turned_off{
    .name = "Nested.detection_can_be_turned_off",
    .requirement = verifies("DLK-023"),
    .shows = "with detection off a worker that waits for itself blocks until the program helps it",
    .needs = {"closures", "future.shared"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 1, .detect_deadlocks = false});
      const auto inner = std::make_shared<Handles>();
      const Patient outer(world, executor, [&executor, inner] {
        const FuturePointer future = executor.submit(returns(7));
        inner->put("inner", future);
        return future->result();
      });
      EXPECT_TRUE(outer.goes_on());
      EXPECT_TRUE(inner->of("inner")->cancel());
      EXPECT_TRUE(gives(outer.future->result(), got_cancelled));
    }};

}  // namespace

std::vector<TestCase> nested_tests() {
  return {classifies_the_wait_on_a_full_pool,
          works_while_a_worker_is_left,
          works_at_the_first_submit_of_a_pool,
          of_two_that_wait_for_each_other_a_timeout_is_honoured,
          one_worker_honours_a_timeout,
          a_timed_wait_is_not_refused,
          a_wait_for_one_that_waits_with_a_timeout_is_not_refused,
          a_wait_is_not_refused_while_another_worker_can_go_on,
          a_wait_is_not_refused_while_another_worker_waits_for_the_program,
          a_wait_is_not_refused_while_a_worker_may_be_created,
          a_wait_for_a_promise_is_not_refused,
          a_wait_for_one_at_a_gate_is_not_refused,
          other_threads_are_not_refused,
          other_threads_may_wait_for_a_full_pool,
          detection_can_be_turned_off};
}

}  // namespace touchstone
