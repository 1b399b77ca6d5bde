// The producing side of a future: which moves it may make, and what a move that it may not make does.
//
// Method: the test is the producer, and makes one move after the other on its own thread, so the
// state before each move is known by construction. Where two producers meet, they race in rounds.

#include <algorithm>
#include <cctype>
#include <fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase begins_a_pending_task{
    .name = "Promise.begins_a_pending_task",
    .requirement = verifies("FUT-050"),
    .shows = "set_running_or_notify_cancel() on a new future returns true, and cancel() is too late from then on.",
    .needs = {"future.done", "future.running", "future.cancel"},
    .body = +[](World& world) {
      const Producer producer(world);
      EXPECT_TRUE(producer.promise->set_running_or_notify_cancel());
      EXPECT_EQ(ask(*producer.future), running_state);
      EXPECT_FALSE(producer.future->cancel());
      world.witness(true, "by construction: the future was new when the producer began");
    }};

const TestCase is_told_of_a_cancellation{
    .name = "Promise.is_told_of_a_cancellation",
    .requirement = verifies("FUT-051"),
    .shows = "set_running_or_notify_cancel() on a cancelled future returns false, and it stays cancelled.",
    .body = +[](World& world) {
      const Producer producer(world);
      const bool cancelled = producer.future->cancel();
      EXPECT_FALSE(producer.promise->set_running_or_notify_cancel());
      EXPECT_TRUE(producer.future->cancelled());
      EXPECT_TRUE(is_fault(producer.future->result(), Fault::cancelled));
      world.witness(cancelled, "the future had been cancelled before the producer asked");
    }};

const TestCase is_told_of_a_cancellation_once{
    .name = "Promise.is_told_of_a_cancellation_once",
    .requirement = verifies("FUT-052"),
    .shows = "set_running_or_notify_cancel() on a cancelled future whose producer was notified is refused.",
    .needs = {"future.cancel"},
    .body = +[](World& world) {
      const Producer producer(world);
      ASSERT_TRUE(producer.future->cancel());
      const bool notified = !producer.promise->set_running_or_notify_cancel();
      EXPECT_TRUE(refusal_of([&] { producer.promise->set_running_or_notify_cancel(); }).has_value());
      EXPECT_TRUE(producer.future->cancelled());
      world.witness(notified, "the producer had been notified before it asked again");
    }};

const TestCase does_not_begin_twice{
    .name = "Promise.does_not_begin_twice",
    .requirement = verifies("FUT-052"),
    .shows = "set_running_or_notify_cancel() on a running future is refused, and the future can still be completed.",
    .needs = {"future.running"},
    .body = +[](World& world) {
      const Producer producer(world);
      const bool begun = producer.promise->set_running_or_notify_cancel();
      EXPECT_TRUE(refusal_of([&] { producer.promise->set_running_or_notify_cancel(); }).has_value());
      EXPECT_TRUE(producer.future->running());
      world.witness(begun, "the future was running when the producer asked again");
      producer.promise->set_result(1);
      EXPECT_TRUE(gives(producer.future->result(), 1));
    }};

const TestCase does_not_begin_what_is_finished{
    .name = "Promise.does_not_begin_what_is_finished",
    .requirement = verifies("FUT-052"),
    .shows = "set_running_or_notify_cancel() on a finished or failed future is refused, and the outcome stays.",
    .body = +[](World& world) {
      const Producer finished(world), failed(world);
      finished.promise->set_result(1);
      failed.promise->set_exception(task_error("failed"));
      for (const Producer& producer : {finished, failed}) {
        EXPECT_TRUE(refusal_of([&] { producer.promise->set_running_or_notify_cancel(); }).has_value());
      }
      world.witness(true, "by construction: the test itself had finished the futures");
      EXPECT_TRUE(gives(finished.future->result(), 1));
      EXPECT_TRUE(fails_with(failed.future->result(), "failed"));
    }};

const TestCase lets_one_of_two_producers_begin{
    .name = "Promise.lets_one_of_two_producers_begin",
    .requirement = verifies("FUT-052"),
    .shows = "When two producers begin one future at the same time, one is told yes and the other is refused.",
    .body = +[](World& world) {
      Race race(world);
      for (int round = 0; race.goes_on(); ++round) {
        const Producer producer(world);
        bool other = false, own = false;
        const auto begin = [&](bool& begun) {
          (void)refusal_of([&] { begun = producer.promise->set_running_or_notify_cancel(); });
        };
        race.round([&] { begin(other); }, [&] { begin(own); });
        ASSERT_NE(other, own) << "in round " << round;
        race.own_was_first(own);
      }
      world.witness(race.both_orders_seen(), "each of two producers came first, in rounds: " + race.tally());
    }};

const TestCase finishes_a_pending_future{
    .name = "Promise.finishes_a_pending_future",
    .requirement = verifies("FUT-053"),
    .shows = "A value and an exception are accepted by futures that nobody has begun.",
    .body = +[](World& world) {
      const Producer finished(world), failed(world);
      finished.promise->set_result("early");
      failed.promise->set_exception(task_error("early"));
      EXPECT_TRUE(gives(finished.future->result(), "early"));
      EXPECT_TRUE(fails_with(failed.future->result(), "early"));
      world.witness(true, "by construction: nobody had begun the tasks");
    }};

const TestCase finishes_a_running_future{.name = "Promise.finishes_a_running_future",
                                         .requirement = verifies("FUT-053"),
                                         .shows = "A value and an exception are accepted by running futures.",
                                         .body = +[](World& world) {
                                           const Producer finished(world), failed(world);
                                           const bool begun = finished.promise->set_running_or_notify_cancel() &&
                                                              failed.promise->set_running_or_notify_cancel();
                                           finished.promise->set_result("in time");
                                           failed.promise->set_exception(task_error("in time"));
                                           EXPECT_TRUE(gives(finished.future->result(), "in time"));
                                           EXPECT_TRUE(fails_with(failed.future->result(), "in time"));
                                           world.witness(begun, "the producer had begun both tasks");
                                         }};

// Tries a second completion of done futures in every state, and that the first outcome stays.
void refuses_a_second_outcome(World& world, void (*complete)(Promise&)) {
  const Producer finished(world), failed(world), cancelled(world), notified(world);
  finished.promise->set_result("first");
  failed.promise->set_exception(task_error("first"));
  const bool were_cancelled = cancelled.future->cancel();
  notified.cancel_and_report();
  for (const Producer& producer : {finished, failed, cancelled, notified}) {
    EXPECT_TRUE(refused_as(refusal_of([&] { complete(*producer.promise); }), Fault::invalid_state));
  }
  EXPECT_TRUE(gives(finished.future->result(), "first"));
  EXPECT_TRUE(fails_with(failed.future->result(), "first"));
  EXPECT_TRUE(is_fault(cancelled.future->result(), Fault::cancelled));
  EXPECT_TRUE(is_fault(notified.future->result(), Fault::cancelled));
  world.witness(were_cancelled, "the futures were finished, failed, cancelled, and cancelled and notified");
}

const TestCase refuses_a_second_value{
    .name = "Promise.refuses_a_second_value",
    .requirement = verifies("FUT-054"),
    .shows = "set_result() on finished, failed and cancelled futures throws InvalidStateError; the outcomes stay.",
    .needs = {"future.cancel"},
    .body =
        +[](World& world) { refuses_a_second_outcome(world, [](Promise& promise) { promise.set_result("second"); }); }};

const TestCase refuses_a_second_exception{
    .name = "Promise.refuses_a_second_exception",
    .requirement = verifies("FUT-055"),
    .shows = "set_exception() on finished, failed and cancelled futures throws InvalidStateError; the outcomes stay.",
    .needs = {"future.cancel"},
    .body = +[](World& world) {
      refuses_a_second_outcome(world, [](Promise& promise) { promise.set_exception(task_error("second")); });
    }};

const TestCase calls_no_callback_for_a_second_outcome{
    .name = "Promise.calls_no_callback_for_a_second_outcome",
    .requirement = verifies("FUT-054"),
    .shows = "Callbacks are not called again when a second outcome is refused.",
    .needs = {"future.callbacks"},
    .body = +[](World& world) {
      const Producer producer(world);
      const MarkPointer called = world.mark("callback");
      producer.future->add_done_callback([called](const FuturePointer&) { called->hit(); });
      producer.promise->set_result(1);
      called->await();
      EXPECT_TRUE(refusal_of([&] { producer.promise->set_result(2); }).has_value());
      EXPECT_TRUE(refusal_of([&] { producer.promise->set_exception(task_error("third")); }).has_value());
      EXPECT_EQ(called->count(), 1);
      world.witness(true, "by construction: the future was done when it was completed again");
    }};

const TestCase lets_one_of_two_outcomes_win{
    .name = "Promise.lets_one_of_two_outcomes_win",
    .requirement = verifies("FUT-055"),
    .shows = "When a value and an exception are set at the same time, one is refused and the other stays.",
    .body = +[](World& world) {
      Race race(world);
      for (int round = 0; race.goes_on(); ++round) {
        const Producer producer(world);
        bool value_refused = false, exception_refused = false;
        race.round(
            [&] {
              exception_refused = refusal_of([&] { producer.promise->set_exception(task_error("lost")); }).has_value();
            },
            [&] { value_refused = refusal_of([&] { producer.promise->set_result(round); }).has_value(); });
        ASSERT_NE(value_refused, exception_refused) << "in round " << round;
        EXPECT_EQ(producer.future->result().has_value(), exception_refused);
        race.own_was_first(exception_refused);
      }
      world.witness(race.both_orders_seen(), "a value and an exception came first, in rounds: " + race.tally());
    }};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

const TestCase names_the_state_in_the_way{
    .name = "Promise.names_the_state_in_the_way",
    .requirement = verifies("FUT-056"),
    .shows = "The text of the refusal holds the state and the printed form of the future.",
    .needs = {"future.cancel"},
    .body = +[](World& world) {
      const Producer finished(world), cancelled(world);
      finished.promise->set_result(1);
      const bool was_cancelled = cancelled.future->cancel();
      const auto after_value = refusal_of([&] { finished.promise->set_result(2); });
      const auto after_cancel = refusal_of([&] { cancelled.promise->set_result(2); });
      ASSERT_TRUE(after_value && after_cancel);
      EXPECT_NE(lower(after_value->what()).find("finished"), std::string::npos) << after_value->what();
      EXPECT_NE(lower(after_cancel->what()).find("cancel"), std::string::npos) << after_cancel->what();
      EXPECT_NE(std::string(after_value->what()).find(finished.future->text()), std::string::npos)
          << after_value->what();
      world.witness(was_cancelled, "a finished and a cancelled future stood in the way");
    }};

const TestCase lets_iterators_go_before_callbacks{
    .name = "Promise.lets_iterators_go_before_callbacks",
    .requirement = verifies("FUT-057"),
    .shows = "A thread that is blocked in as_completed gets the future while a callback does not return.",
    .needs = {"as_completed", "closures", "future.shared", "promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      const GatePointer gate = world.gate("the callback");
      producer.future->add_done_callback([gate](const FuturePointer&) { gate->pass(); });
      Background<bool> consumer(world, [&subject = world.subject(), futures = std::vector{producer.future->copy()}] {
        return subject.as_completed(futures, {})->next() != nullptr;
      });
      const bool blocked = consumer.blocked();
      world.thread([promise = producer.promise] { promise->set_result(9); });
      gate->await_arrivals(1);
      EXPECT_TRUE(consumer.value());
      world.witness(blocked,
                    "a thread was blocked in as_completed when a callback stopped at a gate, which stayed shut");
    }};

const TestCase lets_waiters_go_before_callbacks{
    .name = "Promise.lets_waiters_go_before_callbacks",
    .requirement = verifies("FUT-057"),
    .shows = "A thread that is blocked in result() returns while a callback of the same future does not.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      const GatePointer gate = world.gate("the callback");
      producer.future->add_done_callback([gate](const FuturePointer&) { gate->pass(); });
      Background<Answer> waiter = await_result(world, producer.future->copy());
      const bool blocked = waiter.blocked();
      world.thread([promise = producer.promise] { promise->set_result(9); });
      gate->await_arrivals(1);
      EXPECT_TRUE(gives(waiter.value(), 9));
      EXPECT_TRUE(gives(producer.future->result(), 9));
      world.witness(blocked,
                    "a thread was blocked in result() when a callback stopped at a gate, which was shut all along");
    }};

const TestCase lets_waiters_of_a_pool_go_before_callbacks{
    .name = "Promise.lets_waiters_of_a_pool_go_before_callbacks",
    .requirement = verifies("FUT-057"),
    .shows = "A thread that is blocked in result() of a task returns while a callback holds the worker.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world, 9);
      const GatePointer gate = world.gate("the callback");
      pool.running->add_done_callback([gate](const FuturePointer&) { gate->pass(); });
      Background<Answer> waiter = await_result(world, pool.running->copy());
      const bool blocked = waiter.blocked();
      pool.gate->open();
      gate->await_arrivals(1);
      EXPECT_TRUE(gives(waiter.value(), 9));
      world.witness(blocked,
                    "a thread was blocked in result() when a callback stopped at a gate, which was shut all along");
    }};

const TestCase publishes_before_it_calls_back{
    .name = "Promise.publishes_before_it_calls_back",
    .requirement = verifies("FUT-057"),
    .shows = "Another thread finds the future done, with its value, while a callback has not returned.",
    .needs = {"promise", "future.done"},
    .body = +[](World& world) {
      const Producer producer(world);
      const GatePointer gate = world.gate("the callback");
      producer.future->add_done_callback([gate](const FuturePointer&) { gate->pass(); });
      world.thread([promise = producer.promise] { promise->set_result(9); });
      gate->await_arrivals(1);
      EXPECT_TRUE(producer.future->done());
      EXPECT_TRUE(gives(producer.future->result(), 9));
      world.witness(gate->arrivals() == 1, "a callback stood at a gate when another thread looked at the future");
    }};

const TestCase is_completed_by_another_thread{
    .name = "Promise.is_completed_by_another_thread",
    .requirement = verifies("FUT-058"),
    .shows = "A future takes its outcome from a thread that neither made it nor waits for it.",
    .body = +[](World& world) {
      const Producer finished(world), failed(world);
      Background<Answer> waiter = await_result(world, finished.future);
      const bool blocked = waiter.blocked();
      Background<bool> other(world, [finished = finished.promise, failed = failed.promise] {
        const bool begun = finished->set_running_or_notify_cancel();
        finished->set_result(1);
        failed->set_exception(task_error("failed"));
        return begun;
      });
      EXPECT_TRUE(other.value());
      EXPECT_TRUE(gives(waiter.value(), 1));
      EXPECT_TRUE(fails_with(failed.future->result(), "failed"));
      world.witness(blocked, "one thread made the future, a second waited for it, and a third completed it");
    }};

const TestCase takes_no_exception_for_success_or_refuses{
    .name = "Promise.takes_no_exception_for_success_or_refuses",
    .requirement = verifies("FUT-059"),
    .shows = "A null exception is refused without effect, or makes an empty success.",
    .needs = {"future.done"},
    .body = +[](World& world) {
      const Producer producer(world);
      const auto refusal = refusal_of([&] { producer.promise->set_exception(nullptr); });
      if (refusal) {
        world.choose("it throws, and the future is as it was");
        EXPECT_FALSE(producer.future->done());
        producer.promise->set_result(1);
        EXPECT_TRUE(gives(producer.future->result(), 1));
      } else {
        world.choose("the future is finished with an empty success");
        EXPECT_TRUE(gives(producer.future->result(), Value()));
      }
      world.witness(true, "by construction: a null exception was given to a pending future");
    }};

}  // namespace

std::vector<TestCase> promise_tests() {
  return {begins_a_pending_task,
          is_told_of_a_cancellation,
          is_told_of_a_cancellation_once,
          does_not_begin_twice,
          does_not_begin_what_is_finished,
          lets_one_of_two_producers_begin,
          finishes_a_pending_future,
          finishes_a_running_future,
          refuses_a_second_value,
          refuses_a_second_exception,
          calls_no_callback_for_a_second_outcome,
          lets_one_of_two_outcomes_win,
          names_the_state_in_the_way,
          lets_waiters_go_before_callbacks,
          lets_iterators_go_before_callbacks,
          lets_waiters_of_a_pool_go_before_callbacks,
          publishes_before_it_calls_back,
          is_completed_by_another_thread,
          takes_no_exception_for_success_or_refuses};
}

}  // namespace touchstone
