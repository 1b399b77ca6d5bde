// Waits for several futures, map and shutdown inside workers: when executors with `deadlock.detection` refuse them, and
// when not.
//
// Method: as in deadlock_refusal_test.cpp. Where something that could end the wait matters, it is a task of
// another pool, which stands at a gate.

#include <nested_fixtures.hpp>
#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

using namespace std::chrono_literals;

/// A task of another pool that stands at a gate: it can end a wait, when the test lets it.
struct Elsewhere {
  explicit Elsewhere(World& world, bool fails = false) : gate(world.gate("the worker of another pool")) {
    future = world.make().submit(fails ? throws_behind(gate, "on purpose") : held_at(gate, 8));
    gate->await_arrivals(1);
  }

  GatePointer gate;
  FuturePointer future;
};

std::function<Value(std::vector<FuturePointer>)> waiting_for(World& world, ReturnWhen when) {
  return [&subject = world.subject(), when](const std::vector<FuturePointer>& futures) {
    return said(refusal_of([&] { (void)subject.wait(futures, {}, when); }));
  };
}

std::function<Value(std::vector<FuturePointer>)> iterating(World& world) {
  return [&subject = world.subject()](const std::vector<FuturePointer>& futures) {
    return said(refusal_of([&] { (void)subject.as_completed(futures, {})->next(); }));
  };
}

using WaitForSome = std::function<Value(std::vector<FuturePointer>)>;

/// On a pool of one, waits for a task of the pool itself, and perhaps for others and one more of the pool.
FuturePointer wait_inside(Executor& executor, WaitForSome wait, std::vector<FuturePointer> others = {}) {
  return executor.submit([&executor, wait = std::move(wait), others = std::move(others)] {
    std::vector<FuturePointer> futures{executor.submit(returns(7))};
    futures.insert(futures.end(), others.begin(), others.end());
    if (!others.empty()) futures.push_back(executor.submit(returns(7)));
    return wait(futures);
  });
}

const TestCase of_a_wait_for_all_of_which_one_cannot_finish{
    .name = "DeadlockRefusal.of_a_wait_for_all_of_which_one_cannot_finish",
    .requirement = verifies("DLK-015"),
    .shows = "a wait for all of three futures is refused if some of them need the waiting worker",
    .needs = {"closures"},
    .body = +[](World& world) {
      const Elsewhere elsewhere(world);
      Executor& executor = world.make();
      const FuturePointer outer =
          wait_inside(executor, waiting_for(world, ReturnWhen::all_completed), {elsewhere.future});
      EXPECT_TRUE(gives(outer->result(), got_refused));
      world.witness(elsewhere.gate->arrivals() == 1,
                    "of three futures one could finish, and two needed the waiting worker");
    }};

const TestCase of_a_wait_for_the_first_of_none{
    .name = "DeadlockRefusal.of_a_wait_for_the_first_of_none",
    .requirement = verifies("DLK-016"),
    .shows = "a wait for the first is refused if no future can finish",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      for (const ReturnWhen when : {ReturnWhen::first_completed, ReturnWhen::first_exception}) {
        EXPECT_TRUE(gives(wait_inside(executor, waiting_for(world, when))->result(), got_refused));
      }
      const FuturePointer returned = world.make().submit(returns(8));
      EXPECT_TRUE(gives(returned->result(), 8));
      const WaitForSome wait = waiting_for(world, ReturnWhen::first_exception);
      EXPECT_TRUE(gives(wait_inside(executor, wait, {returned})->result(), got_refused));
      world.witness(true, "all futures but one, which had returned, needed the waiting worker");
    }};

/// The wait goes on while the task elsewhere is held, and ends with it.
void expect_to_wait_for_the_other(World& world, const WaitForSome& wait, bool fails = false) {
  const Elsewhere elsewhere(world, fails);
  Executor& executor = world.make();
  const MarkPointer begun = world.mark("the wait begins");
  const auto patient = [begun, wait](const std::vector<FuturePointer>& futures) { return begun->hit(), wait(futures); };
  const FuturePointer outer = wait_inside(executor, patient, {elsewhere.future});
  begun->await();
  EXPECT_TRUE(world.stays_quiet([&] { return outer->done(); })) << outer->result().to_string();
  world.witness(elsewhere.gate->arrivals() == 1,
                "of three futures one could finish, and two needed the waiting worker");
  elsewhere.gate->open();
  EXPECT_TRUE(gives(outer->result(), got_value));
}

const TestCase does_not_come_to_a_wait_for_the_first_of_some{
    .name = "DeadlockRefusal.does_not_come_to_a_wait_for_the_first_of_some",
    .requirement = verifies("DLK-016"),
    .shows = "a wait for the first of three futures blocks while one of them can finish",
    .needs = {"closures", "future.done"},
    .body = +[](World& world) {
      expect_to_wait_for_the_other(world, waiting_for(world, ReturnWhen::first_completed));
      expect_to_wait_for_the_other(world, waiting_for(world, ReturnWhen::first_exception), true);
    }};

// The task elsewhere could have thrown, which would have ended the wait. It returns.
const TestCase of_a_wait_whose_last_hope_returns{
    .name = "DeadlockRefusal.of_a_wait_whose_last_hope_returns",
    .requirement = verifies("DLK-016"),
    .shows = "a wait for the first exception is refused when the only future that could have thrown returns",
    .needs = {"closures", "future.done"},
    .body = +[](World& world) {
      const Elsewhere elsewhere(world);
      Executor& executor = world.make();
      const MarkPointer begun = world.mark("the wait begins");
      const auto wait = [begun, wait = waiting_for(world, ReturnWhen::first_exception)](
                            const std::vector<FuturePointer>& futures) { return begun->hit(), wait(futures); };
      const FuturePointer outer = wait_inside(executor, wait, {elsewhere.future});
      begun->await();
      EXPECT_TRUE(world.stays_quiet([&] { return outer->done(); })) << outer->result().to_string();
      world.witness(begun->count() == 1, "the wait had begun when the only future that could finish returned");
      elsewhere.gate->open();
      EXPECT_TRUE(gives(outer->result(), got_refused));
    }};

const TestCase does_not_come_to_a_timed_wait{
    .name = "DeadlockRefusal.does_not_come_to_a_timed_wait",
    .requirement = verifies("DLK-008"),
    .shows = "a wait with a timeout for a task that cannot start returns that task as not done, in every mode",
    .needs = {"closures", "wait", "deadlock.detection"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const WaitForSome wait = [&subject = world.subject()](const std::vector<FuturePointer>& futures) {
        int done = 0;
        const auto refusal = refusal_of([&] {
          for (const ReturnWhen when :
               {ReturnWhen::first_completed, ReturnWhen::first_exception, ReturnWhen::all_completed})
            done += static_cast<int>(subject.wait(futures, 10ms, when).done.size());
        });
        return refusal ? said(refusal) : Value(done);
      };
      EXPECT_TRUE(gives(wait_inside(executor, wait)->result(), 0));
      world.witness(true, "the only future needed the waiting worker");
    }};

const TestCase does_not_come_to_a_timed_as_completed{
    .name = "DeadlockRefusal.does_not_come_to_a_timed_as_completed",
    .requirement = verifies("DLK-008"),
    .shows = "the advance of as_completed with a timeout, over a task that cannot start, gives up in its time",
    .needs = {"closures", "as_completed", "deadlock.detection"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const WaitForSome iterate = [&subject = world.subject()](const std::vector<FuturePointer>& futures) {
        const auto refusal = refusal_of([&] { (void)subject.as_completed(futures, 10ms)->next(); });
        return refusal && refusal->fault == Fault::timeout ? Value(got_timeout) : said(refusal);
      };
      EXPECT_TRUE(gives(wait_inside(executor, iterate)->result(), got_timeout));
      world.witness(true, "the only future needed the waiting worker");
    }};

// In a worker wait may take another way, which looks for deadlocks.
const TestCase waits_for_all_without_an_exception_in_a_worker{
    .name = "Wait.waits_for_all_without_an_exception_in_a_worker",
    .requirement = verifies("WAI-007"),
    .shows = "with FIRST_EXCEPTION a task that waits for two futures goes on waiting when the first has a result",
    .needs = {"closures", "future.done", "promise", "workers.threads"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const MarkPointer begun = world.mark("the wait begins");
      const FuturePointer waiter = world.make().submit([&world, futures = futures_of(made), begun] {
        begun->hit();
        return Value(static_cast<int>(world.subject().wait(futures, {}, ReturnWhen::first_exception).done.size()));
      });
      begun->await();
      EXPECT_TRUE(world.stays_quiet([&] { return waiter->done(); }));
      made[0].promise->set_result(1);
      EXPECT_TRUE(world.stays_quiet([&] { return waiter->done(); })) << "the first of two results ended the wait";
      world.witness(begun->count() == 1, "a worker had begun to wait when the first of two futures succeeded");
      made[1].promise->set_result(1);
      EXPECT_TRUE(gives(waiter->result(), 2));
    }};

const TestCase of_as_completed_of_none{
    .name = "DeadlockRefusal.of_as_completed_of_none",
    .requirement = verifies("DLK-017"),
    .shows = "the advance of as_completed is refused if no future can finish",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      EXPECT_TRUE(gives(wait_inside(executor, iterating(world))->result(), got_refused));
      world.witness(true, "the only future needed the waiting worker");
    }};

const TestCase does_not_come_to_as_completed_of_some{
    .name = "DeadlockRefusal.does_not_come_to_as_completed_of_some",
    .requirement = verifies("DLK-017"),
    .shows = "the advance of as_completed blocks while one of three futures can finish",
    .needs = {"closures", "future.done"},
    .body = +[](World& world) { expect_to_wait_for_the_other(world, iterating(world)); }};

const TestCase of_advancing_map{
    .name = "DeadlockRefusal.of_advancing_map",
    .requirement = verifies("DLK-018"),
    .shows = "the only worker of a pool is refused the first result of a map over that pool",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const FuturePointer outer = executor.submit([&executor] {
        const std::unique_ptr<MapIterator> results = executor.map({}, identity, {Numbers(2).source()});
        return said(results->next().value());
      });
      EXPECT_TRUE(gives(outer->result(), got_refused));
      world.witness(true, "the only worker waited for the first result of a map over its own pool");
    }};

const TestCase of_shutdown_by_a_worker{
    .name = "DeadlockRefusal.of_shutdown_by_a_worker",
    .requirement = verifies("DLK-019"),
    .shows = "a worker is refused a shutdown of its own pool that waits",
    .needs = {"closures", "future"},
    .body = +[](World& world) {
      for (const bool detects : {true, false}) {
        Executor& executor = world.make({.max_workers = 2, .detect_deadlocks = detects});
        const FuturePointer task =
            executor.submit([&executor] { return said(refusal_of([&] { executor.shutdown(); })); });
        EXPECT_TRUE(gives(task->result(), got_refused)) << (detects ? "with" : "without") << " detection";
      }
      world.witness(true, "a worker called shutdown, to wait for itself");
    }};

}  // namespace

std::vector<TestCase> deadlock_wait_tests() {
  return {of_a_wait_for_all_of_which_one_cannot_finish,
          of_a_wait_for_the_first_of_none,
          does_not_come_to_a_wait_for_the_first_of_some,
          of_a_wait_whose_last_hope_returns,
          does_not_come_to_a_timed_wait,
          does_not_come_to_a_timed_as_completed,
          waits_for_all_without_an_exception_in_a_worker,
          of_as_completed_of_none,
          does_not_come_to_as_completed_of_some,
          of_advancing_map,
          of_shutdown_by_a_worker};
}

}  // namespace touchstone
