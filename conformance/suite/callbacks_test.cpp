// Done callbacks: that each is called, once, when, where and in which order.
//
// Method: a callback that is to be registered before the future is done is registered with a future
// that the test completes itself, or with a task that stands at a gate. Callbacks hold what they
// write to by shared pointers: nothing says that they are over when a waiter returns.

#include <algorithm>
#include <fixtures.hpp>
#include <topics.hpp>
#include <utility>

namespace touchstone {
namespace {

using Entries = std::vector<std::string>;

/// A callback that keeps the futures that it is given.
struct Receiver {
  explicit Receiver(World& world) : called(world.mark("callback")) {}

  void add_to(Future& future) const {
    future.add_done_callback([given = given, called = called](const FuturePointer& own) {
      given->push_back(own);
      called->hit();
    });
  }

  /// Waits for the one call, and leaves no circle behind.
  [[nodiscard]] FuturePointer received() const {
    called->await();
    return std::exchange(*given, {}).front();
  }

  std::shared_ptr<std::vector<FuturePointer>> given = std::make_shared<std::vector<FuturePointer>>();
  MarkPointer called;
};

const TestCase receives_its_future{
    .name = "Callbacks.receives_its_future",
    .requirement = verifies("CBK-001"),
    .shows = "The handle that a callback receives is equal to that of its own future, and of no other.",
    .needs = {"workers.threads", "submit.beside_threads"},
    .body = +[](World& world) {
      const GatePointer gate = world.gate("before the task ends");
      const FuturePointer future = world.make().submit(held_at(gate, 1));
      const FuturePointer other = world.make().submit(returns(1));
      const Receiver early(world);
      early.add_to(*future);
      world.witness(early.called->count() == 0, "the callback was registered before the task ended");
      gate->open();
      const FuturePointer given = early.received();
      EXPECT_TRUE(given->same_as(*future));
      EXPECT_FALSE(given->same_as(*other));
    }};

const TestCase receives_its_future_when_it_is_late{
    .name = "Callbacks.receives_its_future_when_it_is_late",
    .requirement = verifies("CBK-001"),
    .shows =
        "A callback that is registered when the future is done is given a handle that is equal to it, and to no other.",
    .needs = {"submit.beside_threads"},
    .body = +[](World& world) {
      const FuturePointer future = world.make().submit(returns(1));
      const FuturePointer other = world.make().submit(returns(1));
      (void)future->result();
      const Receiver late(world);
      late.add_to(*future);
      world.witness(true, "the future was done when the callback was registered");
      const FuturePointer given = late.received();
      EXPECT_TRUE(given->same_as(*future));
      EXPECT_FALSE(given->same_as(*other));
    }};

const TestCase is_called_after_success{
    .name = "Callbacks.is_called_after_success",
    .requirement = verifies("CBK-002"),
    .shows = "A callback is called when the task has returned, on whatever thread that is.",
    .body = +[](World& world) {
      const MarkPointer called = world.mark("callback");
      const Task task = returns(1);
      const FuturePointer future = world.make().submit(task);
      future->add_done_callback(calls_hit(called));
      (void)future->result();
      called->await();
      world.witness(task.runs() == 1, "the task was run and returned");
    }};

const TestCase is_called_after_success_by_a_worker{
    .name = "Callbacks.is_called_after_success_by_a_worker",
    .requirement = verifies("CBK-002"),
    .shows = "A callback that is registered while the task runs is not called before it ends, and then called.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const MarkPointer called = world.mark("callback");
      pool.running->add_done_callback(calls_hit(called));
      EXPECT_EQ(called->count(), 0);
      world.witness(pool.gate->arrivals() == 1, "the task stood at a gate when the callback was registered");
      pool.gate->open();
      called->await();
    }};

const TestCase is_called_after_failure{
    .name = "Callbacks.is_called_after_failure",
    .requirement = verifies("CBK-003"),
    .shows = "A callback is called when the task has thrown, on whatever thread that is.",
    .needs = {"callable.throws"},
    .body = +[](World& world) {
      const MarkPointer called = world.mark("callback");
      const Task task = throws("failed");
      const FuturePointer future = world.make().submit(task);
      future->add_done_callback(calls_hit(called));
      (void)future->result();
      called->await();
      world.witness(task.runs() == 1, "the task was run and threw");
    }};

const TestCase is_called_after_failure_by_a_worker{
    .name = "Callbacks.is_called_after_failure_by_a_worker",
    .requirement = verifies("CBK-003"),
    .shows = "A callback that is registered while the task runs is called after it has thrown.",
    .needs = {"callable.throws", "workers.threads"},
    .body = +[](World& world) {
      const GatePointer gate = world.gate("the task");
      const MarkPointer called = world.mark("callback");
      const FuturePointer future = world.make().submit(throws_behind(gate, "failed"));
      gate->await_arrivals(1);
      future->add_done_callback(calls_hit(called));
      EXPECT_EQ(called->count(), 0);
      world.witness(gate->arrivals() == 1, "the task stood at a gate when the callback was registered");
      gate->open();
      called->await();
    }};

const TestCase is_called_after_cancellation{.name = "Callbacks.is_called_after_cancellation",
                                            .requirement = verifies("CBK-004"),
                                            .shows = "A callback is called when its future is cancelled.",
                                            .needs = {"promise"},
                                            .body = +[](World& world) {
                                              const Producer producer(world);
                                              const MarkPointer called = world.mark("callback");
                                              producer.future->add_done_callback(calls_hit(called));
                                              const bool cancelled = producer.future->cancel();
                                              called->await();
                                              world.witness(cancelled, "the future was cancelled");
                                            }};

// A producer that is told of the cancellation must not call the callbacks a second time.
const TestCase is_called_once_for_a_reported_cancellation{
    .name = "Callbacks.is_called_once_for_a_reported_cancellation",
    .requirement = verifies("CBK-005"),
    .shows = "Notifying the producer of a cancellation does not call the callbacks again.",
    .needs = {"future.cancel", "promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      const MarkPointer called = world.mark("callback");
      producer.future->add_done_callback(calls_hit(called));
      producer.cancel_and_report();
      called->await();
      EXPECT_EQ(called->count(), 1);
      world.witness(true, "by construction: the cancellation was reported before the calls were counted");
    }};

const TestCase is_called_once_per_registration{
    .name = "Callbacks.is_called_once_per_registration",
    .requirement = verifies("CBK-005"),
    .shows = "A callable that is registered three times, the last time late, is called three times.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      const auto diary = std::make_shared<Diary>();
      const Future::Callback callback = writes(diary, "same");
      producer.future->add_done_callback(callback);
      producer.future->add_done_callback(callback);
      producer.future->add_done_callback(writes(diary, "other"));
      EXPECT_TRUE(diary->entries().empty());
      producer.promise->set_result(1);
      EXPECT_EQ(diary->entries().size(), 3U);
      producer.future->add_done_callback(callback);
      EXPECT_EQ(diary->entries().size(), 4U);
      world.witness(true, "by construction: one callable was registered twice before the completion, once after it");
    }};

const TestCase are_called_in_order{.name = "Callbacks.are_called_in_order",
                                   .requirement = verifies("CBK-006"),
                                   .shows = "Five callbacks are called in the order of their registration.",
                                   .needs = {"promise"},
                                   .body = +[](World& world) {
                                     const Producer producer(world);
                                     const auto diary = std::make_shared<Diary>();
                                     for (const char* entry : {"1", "2", "3", "4", "5"})
                                       producer.future->add_done_callback(writes(diary, entry));
                                     world.witness(diary->entries().empty(),
                                                   "five callbacks were registered before the future was done");
                                     producer.promise->set_result(1);
                                     EXPECT_EQ(diary->entries(), (Entries{"1", "2", "3", "4", "5"}));
                                   }};

const TestCase are_called_in_order_after_cancel{
    .name = "Callbacks.are_called_in_order_after_cancel",
    .requirement = verifies("CBK-006"),
    .shows = "Three callbacks of a cancelled future are called in the order of their registration.",
    .needs = {"future.cancel", "promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      const auto diary = std::make_shared<Diary>();
      for (const char* entry : {"1", "2", "3"}) producer.future->add_done_callback(writes(diary, entry));
      world.witness(diary->entries().empty(), "three callbacks were registered before the future was cancelled");
      ASSERT_TRUE(producer.future->cancel());
      EXPECT_EQ(diary->entries(), (Entries{"1", "2", "3"}));
    }};

const TestCase is_called_at_once_after_success{
    .name = "Callbacks.is_called_at_once_after_success",
    .requirement = verifies("CBK-007"),
    .shows = "A callback that is registered after the value was delivered has been called when that returns.",
    .needs = {"future.shared"},
    .body = +[](World& world) {
      const FuturePointer future = world.make().submit(returns(1));
      const MarkPointer called = world.mark("callback");
      const bool done = future->result().has_value();
      future->add_done_callback(calls_hit(called));
      EXPECT_EQ(called->count(), 1);
      world.witness(done, "the value had been delivered before the callback was registered");
    }};

const TestCase is_called_at_once_after_failure{
    .name = "Callbacks.is_called_at_once_after_failure",
    .requirement = verifies("CBK-008"),
    .shows = "A callback that is registered after the exception was delivered has been called when that returns.",
    .needs = {"callable.throws", "future.shared"},
    .body = +[](World& world) {
      const FuturePointer future = world.make().submit(throws("failed"));
      const MarkPointer called = world.mark("callback");
      const bool failed = !future->result().has_value();
      future->add_done_callback(calls_hit(called));
      EXPECT_EQ(called->count(), 1);
      world.witness(failed, "the exception had been delivered before the callback was registered");
    }};

const TestCase is_called_at_once_after_cancellation{
    .name = "Callbacks.is_called_at_once_after_cancellation",
    .requirement = verifies("CBK-009"),
    .shows =
        "A callback that is registered with a cancelled future, reported or not, has been called when that returns.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer cancelled(world), notified(world);
      const MarkPointer called = world.mark("callback");
      const bool were_cancelled = cancelled.future->cancel();
      notified.cancel_and_report();
      cancelled.future->add_done_callback(calls_hit(called));
      EXPECT_EQ(called->count(), 1);
      notified.future->add_done_callback(calls_hit(called));
      EXPECT_EQ(called->count(), 2);
      world.witness(were_cancelled, "the futures had been cancelled before the callbacks were registered");
    }};

using ThreadPointer = std::shared_ptr<std::thread::id>;

// What the worker writes here the test reads after it has awaited a mark that the worker hit later.
const TestCase is_called_by_the_worker{
    .name = "Callbacks.is_called_by_the_worker",
    .requirement = verifies("CBK-014"),
    .shows = "A callback that was registered in time is called by the thread that ran the task.",
    .body = +[](World& world) {
      const GatePointer gate = world.gate("the task");
      const MarkPointer called = world.mark("callback");
      const ThreadPointer of_task = std::make_shared<std::thread::id>(),
                          of_callback = std::make_shared<std::thread::id>();
      const FuturePointer future = world.make().submit([gate, of_task] {
        *of_task = std::this_thread::get_id();
        gate->pass();
      });
      gate->await_arrivals(1);
      future->add_done_callback([called, of_callback](const FuturePointer&) {
        *of_callback = std::this_thread::get_id();
        called->hit();
      });
      gate->open();
      called->await();
      EXPECT_EQ(*of_callback, *of_task);
      world.witness(*of_task != std::this_thread::get_id(),
                    "the task was run by a worker, and registered with before its end");
    }};

const TestCase is_called_by_the_thread_that_completes{
    .name = "Callbacks.is_called_by_the_thread_that_completes",
    .requirement = verifies("CBK-014"),
    .shows = "A callback is called by the thread that sets the result, or that cancels.",
    .needs = {"promise", "future.cancel"},
    .body = +[](World& world) {
      const Producer set(world), cancelled(world);
      const ThreadPointer of_callback = std::make_shared<std::thread::id>();
      const auto note_thread = [of_callback](const FuturePointer&) { *of_callback = std::this_thread::get_id(); };
      set.future->add_done_callback(note_thread);
      cancelled.future->add_done_callback(note_thread);
      for (const bool cancel : {false, true}) {
        Background<std::thread::id> other(world, [&, cancel] {
          if (cancel) {
            (void)cancelled.future->cancel();
          } else {
            set.promise->set_result(1);
          }
          return std::this_thread::get_id();
        });
        const std::thread::id completing = other.value();
        const bool was_called = *of_callback != std::thread::id();
        world.witness(was_called, "the callback was called");
        if (was_called) {
          EXPECT_EQ(*of_callback, completing);
        }
        world.witness(completing != std::this_thread::get_id(),
                      "another thread than that of the registration completed");
      }
    }};

const TestCase is_called_by_the_thread_that_is_late{
    .name = "Callbacks.is_called_by_the_thread_that_is_late",
    .requirement = verifies("CBK-014"),
    .shows = "A callback that is registered after the end is called by the thread that registers it.",
    .needs = {"future.shared"},
    .body = +[](World& world) {
      const FuturePointer future = world.make().submit(returns(1));
      const ThreadPointer of_callback = std::make_shared<std::thread::id>();
      const bool done = future->result().has_value();
      Background<std::thread::id> other(world, [&] {
        future->add_done_callback([of_callback](const FuturePointer&) { *of_callback = std::this_thread::get_id(); });
        return std::this_thread::get_id();
      });
      const std::thread::id registering = other.value();
      const bool was_called = *of_callback != std::thread::id();
      world.witness(was_called, "the callback was called");
      if (was_called) {
        EXPECT_EQ(*of_callback, registering);
      }
      world.witness(done, "the value had been delivered before another thread registered the callback");
    }};

const TestCase is_neither_lost_nor_doubled_in_a_race{
    .name = "Callbacks.is_neither_lost_nor_doubled_in_a_race",
    .requirement = verifies("CBK-021"),
    .shows = "A callback that is registered while the result is being set is called exactly once.",
    .needs = {"closures", "promise"},
    .body = +[](World& world) {
      Race race(world);
      for (int round = 0; race.goes_on(); ++round) {
        const Producer producer(world);
        const MarkPointer called = world.mark("callback");
        const ThreadPointer caller = std::make_shared<std::thread::id>();
        race.round([&] { producer.promise->set_result(round); },
                   [&] {
                     producer.future->add_done_callback([called, caller](const FuturePointer&) {
                       *caller = std::this_thread::get_id();
                       called->hit();
                     });
                   });
        // Both sides have returned, so whoever had to call it has done so.
        ASSERT_EQ(called->count(), 1) << "in round " << round;
        race.own_was_first(*caller != std::this_thread::get_id());
      }
      world.witness(race.both_orders_seen(), "registration and completion came first, in rounds: " + race.tally());
    }};

const TestCase is_neither_lost_nor_doubled_in_a_race_with_cancel{
    .name = "Callbacks.is_neither_lost_nor_doubled_in_a_race_with_cancel",
    .requirement = verifies("CBK-021"),
    .shows = "A callback that is registered while the future is being cancelled is called exactly once.",
    .needs = {"closures", "future.cancel", "promise"},
    .body = +[](World& world) {
      Race race(world);
      for (int round = 0; race.goes_on(); ++round) {
        const Producer producer(world);
        const MarkPointer called = world.mark("callback");
        bool late = false;
        race.round([&] { (void)producer.future->cancel(); },
                   [&] {
                     late = producer.future->cancelled();
                     producer.future->add_done_callback(calls_hit(called));
                   });
        ASSERT_EQ(called->count(), 1) << "in round " << round;
        race.own_was_first(!late);
      }
      world.witness(race.both_orders_seen(), "registration and cancellation came first, in rounds: " + race.tally());
    }};

const TestCase is_neither_lost_nor_doubled_in_a_race_with_a_worker{
    .name = "Callbacks.is_neither_lost_nor_doubled_in_a_race_with_a_worker",
    .requirement = verifies("CBK-021"),
    .shows = "A callback that is registered while a worker completes its task is called exactly once.",
    .needs = {"workers.threads", "future.done"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const MarkPointer called = world.mark("callback");
      std::int64_t pause = static_cast<std::int64_t>(world.seed() % 64);
      int early = 0, late = 0;
      for (int round = 1; round <= 200; ++round) {
        const FuturePointer future = executor.submit(returns(round));
        dawdle(pause);
        const bool was_done = future->done();
        future->add_done_callback(calls_hit(called));
        called->await(round);
        ++(was_done ? late : early);
        pause = was_done ? pause - pause / 4 : std::min<std::int64_t>(pause + pause / 4 + 8, 4'000'000);
      }
      EXPECT_EQ(called->count(), 200);
      world.witness(early > 0 && late > 0, "the task was done before the registration in " + std::to_string(late) +
                                               " rounds, and not yet in " + std::to_string(early));
    }};

}  // namespace

std::vector<TestCase> callbacks_tests() {
  return {receives_its_future,
          receives_its_future_when_it_is_late,
          is_called_after_success,
          is_called_after_success_by_a_worker,
          is_called_after_failure,
          is_called_after_failure_by_a_worker,
          is_called_after_cancellation,
          is_called_once_for_a_reported_cancellation,
          is_called_once_per_registration,
          are_called_in_order,
          are_called_in_order_after_cancel,
          is_called_at_once_after_success,
          is_called_at_once_after_failure,
          is_called_at_once_after_cancellation,
          is_called_by_the_worker,
          is_called_by_the_thread_that_completes,
          is_called_by_the_thread_that_is_late,
          is_neither_lost_nor_doubled_in_a_race,
          is_neither_lost_nor_doubled_in_a_race_with_cancel,
          is_neither_lost_nor_doubled_in_a_race_with_a_worker};
}

}  // namespace touchstone
