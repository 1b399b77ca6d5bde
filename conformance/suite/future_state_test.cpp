// What a future says of its state, and that what it says fits together.
//
// Method: a HeldPool has one task running and all others pending for as long as the test likes; a
// Producer moves its future by hand, also into states that a pool passes through unseen.

#include <algorithm>
#include <atomic>
#include <cctype>
#include <fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase fits_one_state_in_a_pool{
    .name = "FutureState.fits_one_state_in_a_pool",
    .requirement = verifies("FUT-001"),
    .shows = "Pending, running, cancelled and finished tasks of a pool give the answers of their state.",
    .needs = {"workers.limit", "workers.threads", "future.shared", "queue.some"},
    .body = +[](World& world) {
      HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer pending = pool.executor.submit(task);
      const FuturePointer cancelled = pool.executor.submit(returns(2));
      ASSERT_TRUE(cancelled->cancel());
      EXPECT_EQ(ask(*pending), pending_state);
      EXPECT_EQ(ask(*pool.running), running_state);
      EXPECT_EQ(ask(*cancelled), cancelled_state);
      pool.witness_pending(task);
      pool.gate->open();
      (void)pool.running->result();
      EXPECT_EQ(ask(*pool.running), finished_state);
    }};

const TestCase fits_one_state_all_the_way{
    .name = "FutureState.fits_one_state_all_the_way",
    .requirement = verifies("FUT-001"),
    .shows = "A future that its producer moves gives the answers of its state after each step.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer finished(world), failed(world), cancelled(world);
      EXPECT_EQ(ask(*finished.future), pending_state);
      ASSERT_TRUE(finished.promise->set_running_or_notify_cancel());
      EXPECT_EQ(ask(*finished.future), running_state);
      finished.promise->set_result(1);
      EXPECT_EQ(ask(*finished.future), finished_state);
      failed.promise->set_exception(task_error("failed"));
      EXPECT_EQ(ask(*failed.future), finished_state);
      ASSERT_TRUE(cancelled.future->cancel());
      EXPECT_EQ(ask(*cancelled.future), cancelled_state);
      EXPECT_FALSE(cancelled.promise->set_running_or_notify_cancel());
      EXPECT_EQ(ask(*cancelled.future), cancelled_state);
      world.witness(true, "by construction: each step was made by the test itself, on one thread");
    }};

// Whatever is tried, the future must stay as it is; how an attempt is refused is for other tests.
void try_everything(const Producer& producer) {
  (void)producer.future->cancel();
  (void)refusal_of([&] { producer.promise->set_running_or_notify_cancel(); });
  (void)refusal_of([&] { producer.promise->set_result(2); });
  (void)refusal_of([&] { producer.promise->set_exception(task_error("late")); });
}

const TestCase stays_done{
    .name = "FutureState.stays_done",
    .requirement = verifies("FUT-002"),
    .shows = "A finished, failed or cancelled future keeps state and outcome whatever is tried with it.",
    .needs = {"promise", "future.running", "future.cancel", "future.shared"},
    .body = +[](World& world) {
      const Producer finished(world), failed(world), cancelled(world);
      finished.promise->set_result(1);
      failed.promise->set_exception(task_error("first"));
      ASSERT_TRUE(cancelled.future->cancel());
      world.witness(finished.future->done() && failed.future->done() && cancelled.future->done(),
                    "the futures were done before the other moves were tried");
      for (const Producer& producer : {finished, failed, cancelled}) {
        const SeenState before = ask(*producer.future);
        try_everything(producer);
        EXPECT_EQ(ask(*producer.future), before);
      }
      EXPECT_TRUE(gives(finished.future->result(), 1));
      EXPECT_TRUE(fails_with(failed.future->result(), "first"));
      EXPECT_TRUE(is_fault(cancelled.future->result(), Fault::cancelled));
    }};

// running() is asked before done(): once running was seen, "not running" must mean "done".
struct Watch {
  std::atomic<int> looks = 0;
  std::atomic<bool> moved_back = false;

  bool follow(Future& future) {
    bool was_running = false;
    for (int looks_when_done = 0; looks_when_done < 3; ++looks) {
      const bool running = future.running();
      const bool done = future.done();
      if ((was_running && !running && !done) || (looks_when_done > 0 && (running || !done))) moved_back = true;
      was_running = was_running || running;
      looks_when_done += done ? 1 : 0;
    }
    return was_running;
  }
};

const TestCase never_moves_back{
    .name = "FutureState.never_moves_back",
    .requirement = verifies("FUT-002"),
    .shows = "To a thread that keeps looking a future never stops running without being done, nor stops being done.",
    .needs = {"promise", "future.running"},
    .body = +[](World& world) {
      int seen_running = 0;
      for (int round = 0; round < 30; ++round) {
        const Producer producer(world);
        const auto watch = std::make_shared<Watch>();
        Background<bool> watcher(world, [watch, future = producer.future] { return watch->follow(*future); });
        const auto await_looks = [&] {
          world.await([&, before = watch->looks.load()] { return watch->looks > before + 2 || watcher.returned(); });
        };
        await_looks();
        ASSERT_TRUE(producer.promise->set_running_or_notify_cancel());
        await_looks();
        producer.promise->set_result(round);
        seen_running += watcher.value() ? 1 : 0;
        EXPECT_FALSE(watch->moved_back);
      }
      world.witness(seen_running == 30, "a second thread saw each of 30 futures running, and later done");
    }};

const TestCase done_is_no_while_the_task_runs{.name = "FutureState.done_is_no_while_the_task_runs",
                                              .requirement = verifies("FUT-003"),
                                              .shows = "done() answers no while the task stands at a gate.",
                                              .needs = {"workers.threads"},
                                              .body = +[](World& world) {
                                                const GatePointer gate = world.gate("the task");
                                                const FuturePointer future = world.make().submit(held_at(gate, 1));
                                                gate->await_arrivals(1);
                                                EXPECT_FALSE(future->done());
                                                world.witness(gate->arrivals() == 1,
                                                              "the task stood at a gate when done() was asked");
                                                gate->open();  // before the handle goes: some wait for their task then
                                              }};

const TestCase done_is_no_while_pending{.name = "FutureState.done_is_no_while_pending",
                                        .requirement = verifies("FUT-003"),
                                        .shows = "done() answers no while the task waits for a worker.",
                                        .needs = {"workers.limit", "workers.threads"},
                                        .body = +[](World& world) {
                                          const HeldPool pool(world);
                                          const Task task = returns(1);
                                          EXPECT_FALSE(pool.executor.submit(task)->done());
                                          pool.witness_pending(task);
                                        }};

const TestCase done_is_yes_after_any_end{
    .name = "FutureState.done_is_yes_after_any_end",
    .requirement = verifies("FUT-003"),
    .shows = "done() answers yes after a task has returned, and after one has thrown.",
    .needs = {"callable.throws", "future.shared"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const FuturePointer finished = executor.submit(returns(1));
      const FuturePointer failed = executor.submit(throws("failed"));
      const bool ended = finished->result().has_value() && !failed->result().has_value();
      EXPECT_TRUE(finished->done());
      EXPECT_TRUE(failed->done());
      world.witness(ended, "the outcomes had been delivered before done() was asked");
    }};

const TestCase done_is_yes_once_cancelled{
    .name = "FutureState.done_is_yes_once_cancelled",
    .requirement = verifies("FUT-003"),
    .shows = "done() answers yes after a cancellation, before any worker has come by.",
    .needs = {"workers.limit", "workers.threads", "future.cancel"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer future = pool.executor.submit(task);
      ASSERT_TRUE(future->cancel());
      EXPECT_TRUE(future->done());
      pool.witness_pending(task);
    }};

const TestCase running_is_yes_only_while_the_task_runs{
    .name = "FutureState.running_is_yes_only_while_the_task_runs",
    .requirement = verifies("FUT-004"),
    .shows = "running() answers no before, yes during, and no after the run of a task.",
    .needs = {"callable.throws", "workers.limit", "workers.threads", "future.shared"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = throws("failed");
      const FuturePointer behind = pool.executor.submit(task);
      EXPECT_FALSE(behind->running());
      EXPECT_TRUE(pool.running->running());
      pool.witness_pending(task);
      pool.gate->open();
      (void)pool.running->result();
      (void)behind->result();
      EXPECT_FALSE(pool.running->running());
      EXPECT_FALSE(behind->running());
    }};

const TestCase cancelled_is_yes_only_after_cancel{
    .name = "FutureState.cancelled_is_yes_only_after_cancel",
    .requirement = verifies("FUT-005"),
    .shows = "cancelled() answers yes for the cancelled task, and no for pending, running and finished ones.",
    .needs = {"workers.limit", "workers.threads", "future.shared"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer behind = pool.executor.submit(task);
      EXPECT_FALSE(behind->cancelled());
      EXPECT_FALSE(pool.running->cancelled());
      ASSERT_TRUE(behind->cancel());
      EXPECT_TRUE(behind->cancelled());
      pool.witness_pending(task);
      pool.gate->open();
      (void)pool.running->result();
      EXPECT_FALSE(pool.running->cancelled());
    }};

const TestCase cancelled_is_yes_before_and_after_notice{
    .name = "FutureState.cancelled_is_yes_before_and_after_notice",
    .requirement = verifies("FUT-005"),
    .shows = "cancelled() answers yes whether or not the producer has been notified.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      ASSERT_TRUE(producer.future->cancel());
      EXPECT_TRUE(producer.future->cancelled());
      world.witness(!producer.promise->set_running_or_notify_cancel(), "the producer was told of the cancellation");
      EXPECT_TRUE(producer.future->cancelled());
    }};

const TestCase questions_do_not_wait{
    .name = "FutureState.questions_do_not_wait",
    .requirement = verifies("FUT-006"),
    .shows = "done(), running() and cancelled() answer while the worker stands at a gate.",
    .needs = {"workers.limit", "workers.threads", "future.running", "future.cancel"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const FuturePointer behind = pool.executor.submit(task);
      (void)ask(*pool.running);
      (void)ask(*behind);
      pool.witness_pending(task);
    }};

const TestCase questions_do_not_wait_for_waiters{
    .name = "FutureState.questions_do_not_wait_for_waiters",
    .requirement = verifies("FUT-006"),
    .shows = "done(), running() and cancelled() answer while another thread is blocked in result().",
    .needs = {"promise", "future.running", "future.cancel", "future.shared"},
    .body = +[](World& world) {
      const Producer producer(world);
      Background<Answer> waiter = await_result(world, producer.future->copy());
      world.witness(waiter.blocked(), "a thread was blocked in result() when the questions were asked");
      EXPECT_EQ(ask(*producer.future), pending_state);
      producer.promise->set_result(1);
      EXPECT_TRUE(gives(waiter.value(), 1));
    }};

std::string lower_text(Future& future) {
  std::string text = future.text();
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

const TestCase text_names_the_state{
    .name = "FutureState.text_names_the_state",
    .requirement = verifies("FUT-007"),
    .shows = "The printed form holds the name of the state in each of the states.",
    .needs = {"promise", "future.cancel"},
    .body = +[](World& world) {
      const Producer finished(world), failed(world), cancelled(world);
      EXPECT_NE(lower_text(*finished.future).find("pending"), std::string::npos);
      ASSERT_TRUE(finished.promise->set_running_or_notify_cancel());
      EXPECT_NE(lower_text(*finished.future).find("running"), std::string::npos);
      finished.promise->set_result(1);
      EXPECT_NE(lower_text(*finished.future).find("finished"), std::string::npos);
      failed.promise->set_exception(task_error("failed"));
      EXPECT_NE(lower_text(*failed.future).find("finished"), std::string::npos);
      ASSERT_TRUE(cancelled.future->cancel());
      EXPECT_NE(lower_text(*cancelled.future).find("cancel"), std::string::npos);
      world.witness(true, "by construction: each step was made by the test itself, on one thread");
    }};

// The type of the value differs from subject to subject; that of an exception is the suite's own.
const TestCase text_names_the_type_of_the_exception{
    .name = "FutureState.text_names_the_type_of_the_exception",
    .requirement = verifies("FUT-007"),
    .shows = "The printed form of a failed future holds the type of the exception, that of another does not.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer finished(world), failed(world);
      finished.promise->set_result(1);
      failed.promise->set_exception(task_error("failed"));
      EXPECT_NE(lower_text(*failed.future).find("taskerror"), std::string::npos) << failed.future->text();
      EXPECT_EQ(lower_text(*finished.future).find("taskerror"), std::string::npos) << finished.future->text();
      world.witness(fails_with(failed.future->result(), "failed"), "the future held a TaskError");
    }};

const TestCase copies_are_equal{.name = "FutureState.copies_are_equal",
                                .requirement = verifies("FUT-008"),
                                .shows = "A handle and its copy are equal and have one hash.",
                                .needs = {"future.shared"},
                                .body = +[](World& world) {
                                  const FuturePointer future = world.make().submit(returns(1));
                                  const FuturePointer copy = future->copy();
                                  EXPECT_TRUE(future->same_as(*copy));
                                  EXPECT_TRUE(copy->same_as(*future));
                                  EXPECT_EQ(future->hash(), copy->hash());
                                  world.witness(future != copy, "there were two handles to one task");
                                }};

const TestCase equal_outcomes_do_not_make_futures_equal{
    .name = "FutureState.equal_outcomes_do_not_make_futures_equal",
    .requirement = verifies("FUT-008"),
    .shows = "The handles of two tasks that returned the same value differ.",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const FuturePointer one = executor.submit(returns(7));
      const FuturePointer other = executor.submit(returns(7));
      const bool equal_outcomes = one->result().value == other->result().value;
      EXPECT_FALSE(one->same_as(*other));
      world.witness(equal_outcomes, "the two tasks had returned equal values");
    }};

// An outcome that is published before it is complete shows for a moment as done and not ready.
const TestCase done_means_that_the_outcome_is_there{
    .name = "FutureState.done_means_that_the_outcome_is_there",
    .requirement = verifies("FUT-009"),
    .shows = "A thread that sees a future done while it is being completed finds the whole outcome in it.",
    .needs = {"promise", "future.timeout"},
    .body = +[](World& world) {
      Race race(world);
      for (int round = 0; race.goes_on(); ++round) {
        const Producer producer(world);
        bool was_done_at_first = false;
        Answer seen;
        race.round([&] { producer.promise->set_result(round); },
                   [&] {
                     was_done_at_first = producer.future->done();
                     while (!producer.future->done()) std::this_thread::yield();
                     seen = producer.future->result(std::chrono::nanoseconds(0));
                   });
        ASSERT_TRUE(gives(seen, round));
        race.own_was_first(!was_done_at_first);
      }
      world.witness(race.both_orders_seen(), "a look and the completion came first, in rounds: " + race.tally());
    }};

}  // namespace

std::vector<TestCase> future_state_tests() {
  return {fits_one_state_in_a_pool,
          fits_one_state_all_the_way,
          stays_done,
          never_moves_back,
          done_is_no_while_the_task_runs,
          done_is_no_while_pending,
          done_is_yes_after_any_end,
          done_is_yes_once_cancelled,
          running_is_yes_only_while_the_task_runs,
          cancelled_is_yes_only_after_cancel,
          cancelled_is_yes_before_and_after_notice,
          questions_do_not_wait,
          questions_do_not_wait_for_waiters,
          text_names_the_state,
          text_names_the_type_of_the_exception,
          copies_are_equal,
          equal_outcomes_do_not_make_futures_equal,
          done_means_that_the_outcome_is_there};
}

}  // namespace touchstone
