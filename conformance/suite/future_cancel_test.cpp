// Future.cancel(): when it succeeds, what it stops, and who gets told.
//
// Method: the only worker of a HeldPool stands at a gate, so a task behind it is pending for as long
// as the test likes, and what must happen "at once" must happen while the gate is shut.

#include <algorithm>
#include <fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

// Ends all that could still run the tasks of the pool. Not by one more task and its result: only
// some executors start tasks in the order of their submission.
void drain(World& world, HeldPool& pool) {
  pool.gate->open();
  (void)pool.running->result();
  (void)pool.executor.submit(returns(0))->result();
  world.destroy(pool.executor);
}

const TestCase returns_true_while_pending{
    .name = "FutureCancel.returns_true_while_pending",
    .requirement = verifies("FUT-010"),
    .shows = "cancel() on a task that waits for a worker returns true, and the future is cancelled.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer future = pool.executor.submit(task);
      EXPECT_FALSE(future->cancelled());
      EXPECT_TRUE(future->cancel());
      EXPECT_TRUE(future->cancelled());
      pool.witness_pending(task);
    }};

const TestCase returns_true_for_a_promise{
    .name = "FutureCancel.returns_true_for_a_promise",
    .requirement = verifies("FUT-010"),
    .shows = "cancel() on a future that nobody has begun to produce returns true.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      EXPECT_TRUE(producer.future->cancel());
      EXPECT_TRUE(producer.future->cancelled());
      world.witness(true, "by construction: nobody but the test could have moved the future");
    }};

const TestCase returns_false_while_running{
    .name = "FutureCancel.returns_false_while_running",
    .requirement = verifies("FUT-011"),
    .shows = "cancel() on a task that stands at a gate returns false, and the task delivers its value.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world, 42);
      EXPECT_FALSE(pool.running->cancel());
      EXPECT_FALSE(pool.running->cancelled());
      world.witness(pool.gate->arrivals() == 1, "the task stood at a gate when cancel was called");
      pool.gate->open();
      EXPECT_TRUE(gives(pool.running->result(), 42));
    }};

const TestCase returns_false_once_finished{
    .name = "FutureCancel.returns_false_once_finished",
    .requirement = verifies("FUT-012"),
    .shows = "cancel() after the value was delivered returns false, and the value stays.",
    .needs = {"future.shared"},
    .body = +[](World& world) {
      const FuturePointer future = world.make().submit(returns(7));
      const bool finished = future->result().has_value();
      EXPECT_FALSE(future->cancel());
      EXPECT_FALSE(future->cancelled());
      EXPECT_TRUE(gives(future->result(), 7));
      world.witness(finished, "the value had been delivered before cancel was called");
    }};

const TestCase returns_false_once_failed{
    .name = "FutureCancel.returns_false_once_failed",
    .requirement = verifies("FUT-012"),
    .shows = "cancel() after the exception was delivered returns false, and the exception stays.",
    .needs = {"callable.throws", "future.shared"},
    .body = +[](World& world) {
      const FuturePointer future = world.make().submit(throws("failed"));
      const bool failed = !future->result().has_value();
      EXPECT_FALSE(future->cancel());
      EXPECT_FALSE(future->cancelled());
      EXPECT_TRUE(fails_with(future->result(), "failed"));
      world.witness(failed, "the exception had been delivered before cancel was called");
    }};

const TestCase returns_true_again{.name = "FutureCancel.returns_true_again",
                                  .requirement = verifies("FUT-013"),
                                  .shows = "A second cancel() returns true as well.",
                                  .needs = {"workers.limit", "workers.threads"},
                                  .body = +[](World& world) {
                                    const HeldPool pool(world);
                                    const Task task = returns(1);
                                    const FuturePointer future = pool.executor.submit(task);
                                    ASSERT_TRUE(future->cancel());
                                    EXPECT_TRUE(future->cancel());
                                    EXPECT_TRUE(future->cancelled());
                                    pool.witness_pending(task);
                                  }};

const TestCase runs_no_callback_again{.name = "FutureCancel.runs_no_callback_again",
                                      .requirement = verifies("FUT-013"),
                                      .shows = "A second cancel() calls no callback again.",
                                      .needs = {"workers.limit", "workers.threads", "future.callbacks"},
                                      .body = +[](World& world) {
                                        const HeldPool pool(world);
                                        const Task task = returns(1);
                                        const FuturePointer future = pool.executor.submit(task);
                                        const MarkPointer called = world.mark("callback");
                                        future->add_done_callback([called](const FuturePointer&) { called->hit(); });
                                        ASSERT_TRUE(future->cancel());
                                        called->await();
                                        EXPECT_TRUE(future->cancel());
                                        EXPECT_EQ(called->count(), 1);
                                        pool.witness_pending(task);
                                      }};

const TestCase does_not_undo_the_notice{
    .name = "FutureCancel.does_not_undo_the_notice",
    .requirement = verifies("FUT-013"),
    .shows = "A second cancel() leaves a future that is cancelled and notified in that state.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      producer.cancel_and_report();
      EXPECT_TRUE(producer.future->cancel());
      EXPECT_TRUE(producer.future->cancelled());
      // A future that is cancelled and notified refuses this; one that is only cancelled would not.
      EXPECT_TRUE(refusal_of([&] { producer.promise->set_running_or_notify_cancel(); }).has_value());
      world.witness(true, "by construction: the producer had been notified before the second cancel");
    }};

const TestCase keeps_the_task_from_running{
    .name = "FutureCancel.keeps_the_task_from_running",
    .requirement = verifies("FUT-014"),
    .shows = "A task that was cancelled while pending is not run when its worker is free, nor when the pool ends.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer future = pool.executor.submit(task);
      ASSERT_TRUE(future->cancel());
      pool.witness_pending(task);
      drain(world, pool);
      EXPECT_EQ(task.runs(), 0);
      EXPECT_TRUE(future->cancelled());
    }};

// The pause before cancel() grows while cancel() wins and shrinks while the start does.
const TestCase lets_exactly_one_side_win{
    .name = "FutureCancel.lets_exactly_one_side_win",
    .requirement = verifies("FUT-015"),
    .shows = "When cancel() meets a worker, the task is run if and only if cancel() returned false.",
    .needs = {"workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      std::vector<Task> cancelled;
      std::int64_t pause = static_cast<std::int64_t>(world.seed() % 64);
      int started = 0;
      for (int round = 0; round < 200; ++round) {
        const Task task = returns(round);
        // An executor may take a call up at once if a worker is idle: this one may be busy still.
        const FuturePointer first = executor.submit(returns(0));
        const FuturePointer future = executor.submit(task);
        dawdle(pause);
        if (future->cancel()) {
          cancelled.push_back(task);
          pause = std::min<std::int64_t>(pause + pause / 4 + 8, 4'000'000);
        } else {
          EXPECT_TRUE(gives(future->result(), round));
          EXPECT_EQ(task.runs(), 1);
          ++started;
          pause -= pause / 4;
        }
        EXPECT_TRUE(gives(first->result(), 0));
      }
      world.destroy(executor);
      for (const Task& task : cancelled) EXPECT_EQ(task.runs(), 0);
      world.witness(!cancelled.empty() && started > 0, "cancel won in " + std::to_string(cancelled.size()) +
                                                           " rounds, and the start in " + std::to_string(started));
    }};

const TestCase meets_the_producer_and_one_wins{
    .name = "FutureCancel.meets_the_producer_and_one_wins",
    .requirement = verifies("FUT-015"),
    .shows = "When cancel() meets set_running_or_notify_cancel(), exactly one of them returns true.",
    .needs = {"promise"},
    .body = +[](World& world) {
      Race race(world);
      for (int round = 0; race.goes_on(); ++round) {
        const Producer producer(world);
        bool started = false, cancelled = false;
        race.round([&] { started = producer.promise->set_running_or_notify_cancel(); },
                   [&] { cancelled = producer.future->cancel(); });
        ASSERT_NE(started, cancelled) << "in round " << round;
        EXPECT_EQ(producer.future->cancelled(), cancelled);
        race.own_was_first(cancelled);
      }
      world.witness(race.both_orders_seen(), "cancel and the start came first, in rounds: " + race.tally());
    }};

const TestCase wakes_a_thread_in_result{
    .name = "FutureCancel.wakes_a_thread_in_result",
    .requirement = verifies("FUT-016"),
    .shows = "A thread that is blocked in result() gets CancelledError while the worker is still held.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer future = pool.executor.submit(task);
      Background<Answer> waiter = await_result(world, future->copy());
      world.witness(waiter.blocked(), "a thread was blocked in result() when cancel was called");
      ASSERT_TRUE(future->cancel());
      EXPECT_TRUE(is_fault(waiter.value(), Fault::cancelled));
      pool.witness_pending(task);
    }};

const TestCase wakes_a_thread_in_exception{
    .name = "FutureCancel.wakes_a_thread_in_exception",
    .requirement = verifies("FUT-016"),
    .shows = "A thread that is blocked in exception() gets CancelledError.",
    .needs = {"promise", "future.exception"},
    .body = +[](World& world) {
      const Producer producer(world);
      Background<Answer> waiter(world, [future = producer.future->copy()] { return future->exception(); });
      world.witness(waiter.blocked(), "a thread was blocked in exception() when cancel was called");
      ASSERT_TRUE(producer.future->cancel());
      EXPECT_TRUE(is_fault(waiter.value(), Fault::cancelled));
    }};

const TestCase wakes_every_blocked_thread{
    .name = "FutureCancel.wakes_every_blocked_thread",
    .requirement = verifies("FUT-016"),
    .shows = "Four threads that are blocked in result() all get CancelledError.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      std::vector<Background<Answer>> waiters;
      bool all_blocked = true;
      for (int number = 0; number < 4; ++number) {
        waiters.push_back(await_result(world, producer.future->copy()));
        all_blocked = waiters.back().blocked() && all_blocked;
      }
      world.witness(all_blocked, "four threads were blocked in result() when cancel was called");
      ASSERT_TRUE(producer.future->cancel());
      for (auto& waiter : waiters) EXPECT_TRUE(is_fault(waiter.value(), Fault::cancelled));
    }};

const TestCase runs_callbacks_before_it_returns{
    .name = "FutureCancel.runs_callbacks_before_it_returns",
    .requirement = verifies("FUT-017"),
    .shows = "When cancel() returns, both callbacks have been called on the thread that called it.",
    .needs = {"workers.limit", "workers.threads", "closures"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer future = pool.executor.submit(task);
      const auto threads = std::make_shared<std::vector<std::thread::id>>();
      const auto note_thread = [threads](const FuturePointer&) { threads->push_back(std::this_thread::get_id()); };
      future->add_done_callback(note_thread);
      future->add_done_callback(note_thread);
      ASSERT_TRUE(future->cancel());
      EXPECT_EQ(*threads, std::vector<std::thread::id>(2, std::this_thread::get_id()));
      pool.witness_pending(task);
    }};

const TestCase is_seen_by_wait_at_once{
    .name = "FutureCancel.is_seen_by_wait_at_once",
    .requirement = verifies("FUT-018"),
    .shows = "wait returns a cancelled task as done while the worker that would discard it is held.",
    .needs = {"workers.limit", "workers.threads", "wait"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer future = pool.executor.submit(task);
      ASSERT_TRUE(future->cancel());
      const WaitResult waited = world.subject().wait(std::vector{future}, {}, ReturnWhen::all_completed);
      EXPECT_EQ(waited.done.size(), 1U);
      EXPECT_TRUE(waited.not_done.empty());
      pool.witness_pending(task);
    }};

const TestCase lets_a_blocked_wait_return{
    .name = "FutureCancel.lets_a_blocked_wait_return",
    .requirement = verifies("FUT-018"),
    .shows = "A thread that is blocked in wait returns when a task is cancelled, while the worker is held.",
    .needs = {"workers.limit", "workers.threads", "wait"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer future = pool.executor.submit(task);
      Background<WaitResult> waiter(world, [&subject = world.subject(), future] {
        return subject.wait(std::vector{future}, {}, ReturnWhen::first_completed);
      });
      world.witness(waiter.blocked(), "a thread was blocked in wait when cancel was called");
      ASSERT_TRUE(future->cancel());
      EXPECT_EQ(waiter.value().done.size(), 1U);
      pool.witness_pending(task);
    }};

const TestCase is_seen_by_as_completed_at_once{
    .name = "FutureCancel.is_seen_by_as_completed_at_once",
    .requirement = verifies("FUT-018"),
    .shows = "as_completed yields a cancelled task while the worker that would discard it is held.",
    .needs = {"workers.limit", "workers.threads", "as_completed"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer future = pool.executor.submit(task);
      const auto iterator = world.subject().as_completed(std::vector{future}, {});
      ASSERT_TRUE(future->cancel());
      const FuturePointer yielded = iterator->next();
      ASSERT_NE(yielded, nullptr);
      EXPECT_TRUE(yielded->cancelled());
      pool.witness_pending(task);
    }};

const TestCase is_seen_by_result_at_once{
    .name = "FutureCancel.is_seen_by_result_at_once",
    .requirement = verifies("FUT-026"),
    .shows = "result() on a cancelled task throws CancelledError while the worker is held.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer future = pool.executor.submit(task);
      ASSERT_TRUE(future->cancel());
      EXPECT_TRUE(is_fault(future->result(), Fault::cancelled));
      pool.witness_pending(task);
    }};

const TestCase leaves_the_worker_in_service{
    .name = "FutureCancel.leaves_the_worker_in_service",
    .requirement = verifies("FUT-019"),
    .shows = "Tasks before and after a cancelled one are run, and so is one that is submitted later.",
    .needs = {"workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer before = pool.executor.submit(returns(2));
      const FuturePointer cancelled = pool.executor.submit(task);
      const FuturePointer after = pool.executor.submit(returns(3));
      ASSERT_TRUE(cancelled->cancel());
      pool.witness_pending(task);
      pool.gate->open();
      EXPECT_TRUE(gives(before->result(), 2));
      EXPECT_TRUE(gives(after->result(), 3));
      EXPECT_TRUE(gives(pool.executor.submit(returns(4))->result(), 4));
      EXPECT_EQ(task.runs(), 0);
    }};

const TestCase is_passed_over_in_silence{
    .name = "FutureCancel.is_passed_over_in_silence",
    .requirement = verifies("FUT-019"),
    .shows = "A pool whose queue holds a cancelled task logs nothing while it works the queue off.",
    .needs = {"workers.limit", "workers.threads", "log"},
    .body = +[](World& world) {
      HeldPool pool(world);
      const LogBook log(world);
      const Task task = returns(1);
      const FuturePointer future = pool.executor.submit(task);
      ASSERT_TRUE(future->cancel());
      pool.witness_pending(task);
      drain(world, pool);
      EXPECT_TRUE(log.records().empty());
    }};

}  // namespace

std::vector<TestCase> future_cancel_tests() {
  return {returns_true_while_pending,  returns_true_for_a_promise,      returns_false_while_running,
          returns_false_once_finished, returns_false_once_failed,       returns_true_again,
          runs_no_callback_again,      does_not_undo_the_notice,        keeps_the_task_from_running,
          lets_exactly_one_side_win,   meets_the_producer_and_one_wins, wakes_a_thread_in_result,
          wakes_a_thread_in_exception, wakes_every_blocked_thread,      runs_callbacks_before_it_returns,
          is_seen_by_wait_at_once,     lets_a_blocked_wait_return,      is_seen_by_as_completed_at_once,
          is_seen_by_result_at_once,   leaves_the_worker_in_service,    is_passed_over_in_silence};
}

}  // namespace touchstone
