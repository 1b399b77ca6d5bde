// What becomes of an accepted call: that it runs, that its future ends, that it may submit others and may throw,
// and that it is forgotten when it has finished.
//
// Method: nothing is assumed of when or in which order tasks run. Destruction is told by what is destroyed.

#include <unwind.h>

#include <memory>
#include <new>
#include <optional>
#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase may_submit_another{
    .name = "Task.may_submit_another",
    .requirement = verifies("SUB-010"),
    .shows = "a call that a running task submits is accepted and runs",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Task inner = returns(7);
      const auto handle = std::make_shared<FuturePointer>();
      const FuturePointer outer = executor.submit([&executor, inner, handle] { *handle = executor.submit(inner); });
      EXPECT_TRUE(gives(outer->result(), {}));
      ASSERT_NE(*handle, nullptr);
      EXPECT_TRUE(gives((*handle)->result(), 7));
      world.witness(inner.runs() == 1, "the call that a task had submitted ran");
    }};

/// A task that submits itself again until the count is used up, and hits the mark at the end.
struct Chain {
  Executor& executor;
  MarkPointer end;

  void operator()(int left) const {
    if (left == 0) {
      end->hit();
      return;
    }
    (void)executor.submit([chain = *this, left] { chain(left - 1); });
  }
};

const TestCase may_be_one_of_a_chain{
    .name = "Task.may_be_one_of_a_chain",
    .requirement = verifies("SUB-010"),
    .shows = "a hundred tasks run, each submitted by the one before",
    .needs = {"closures", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const MarkPointer end = world.mark("the last of 100 tasks, each submitted by the one before");
      (void)executor.submit([chain = Chain{executor, end}] { chain(99); });
      end->await();
      EXPECT_EQ(end->count(), 1);
      world.witness(true, "the last task was reached, which only the one before it submits");
    }};

const TestCase keeps_its_exception_out_of_submit{
    .name = "Task.keeps_its_exception_out_of_submit",
    .requirement = verifies("SUB-013"),
    .shows = "what a task throws is in its future and does not leave submit",
    .needs = {"callable.throws"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Task task = throws("from inside the task");
      FuturePointer future;
      const std::optional<Refusal> refusal = refusal_of([&] { future = executor.submit(task); });
      ASSERT_FALSE(refusal) << refusal->what();
      EXPECT_TRUE(fails_with(future->result(), "from inside the task"));
      world.witness(task.runs() == 1, "the task ran, and threw");
    }};

const TestCase that_throws_stops_no_other{
    .name = "Task.that_throws_stops_no_other",
    .requirement = verifies("SUB-013"),
    .shows = "an executor runs further tasks after more exceptions than it has workers",
    .needs = {"callable.throws", "closures", "queue.some"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      std::vector<FuturePointer> failures;
      for (int round = 0; round < 4; ++round) {
        failures.push_back(executor.submit(throws("one of many")));
        failures.push_back(executor.submit([]() -> Value { throw std::bad_alloc(); }));
        failures.push_back(executor.submit([]() -> Value { throw 42; }));
      }
      int failed = 0;
      for (const FuturePointer& failure : failures) failed += failure->result().has_value() ? 0 : 1;
      for (int call = 0; call < 4; ++call) EXPECT_TRUE(gives(executor.submit(returns(call))->result(), call));
      EXPECT_EQ(failed, 12);
      world.witness(failed == 12, "12 tasks had thrown, more than there are workers");
    }};

const TestCase has_a_future_that_ends{
    .name = "Task.has_a_future_that_ends",
    .requirement = verifies("SUB-014"),
    .shows = "futures that succeed, fail and are cancelled are all done in the end",
    .needs = {"callable.throws", "future.cancel", "future.done", "shutdown", "workers.limit", "workers.threads",
              "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const std::vector<FuturePointer> good = submit_all(pool.executor, returns(7), 2);
      const std::vector<FuturePointer> bad = submit_all(pool.executor, throws("on purpose"), 2);
      const std::vector<FuturePointer> cancelled = submit_all(pool.executor, returns(8), 2);
      world.witness(good.front()->done() == false, "all of them were pending, behind the only worker");
      for (const FuturePointer& future : cancelled) EXPECT_TRUE(future->cancel());
      pool.gate->open();
      pool.executor.shutdown();
      for (const FuturePointer& future : good) EXPECT_TRUE(gives(future->result(), 7));
      for (const FuturePointer& future : bad) EXPECT_TRUE(fails_with(future->result(), "on purpose"));
      for (const FuturePointer& future : cancelled) EXPECT_TRUE(is_fault(future->result(), Fault::cancelled));
    }};

const TestCase has_a_future_that_ends_without_its_executor{
    .name = "Task.has_a_future_that_ends_without_its_executor",
    .requirement = verifies("SUB-014"),
    .shows = "futures that were pending when their executor's destruction began are done in the end",
    .needs = {"workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      HeldPool pool(world);
      const Task task = returns(7);
      const std::vector<FuturePointer> queued = submit_all(pool.executor, task, 3);
      pool.witness_pending(task);
      Background<bool> destruction(world,
                                   [&world, &executor = pool.executor] { return world.destroy(executor), true; });
      pool.gate->open();
      EXPECT_TRUE(destruction.value());
      int values = 0;
      for (const FuturePointer& future : queued) values += future->result().has_value() ? 1 : 0;
      EXPECT_EQ(values, task.runs()) << "as many futures have a value as calls ran; the others tell why they have none";
    }};

const TestCase is_forgotten_once_finished{
    .name = "Task.is_forgotten_once_finished",
    .requirement = verifies("SUB-018"),
    .shows = "what a callable holds is destroyed when the task has returned, while its future is held",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const MarkPointer destroyed = world.mark("what the callable held was destroyed");
      const FuturePointer future =
          executor.submit([object = tells_its_end(destroyed)] { return Value(object == nullptr ? 0 : 7); });
      destroyed->await();
      EXPECT_EQ(destroyed->count(), 1);
      world.witness(future->result().has_value(),
                    "the future was held, and nobody had asked it yet; no task had followed");
    }};

const TestCase is_forgotten_once_it_has_thrown{
    .name = "Task.is_forgotten_once_it_has_thrown",
    .requirement = verifies("SUB-018"),
    .shows = "what a callable holds is destroyed when the task has thrown, while its future is held",
    .needs = {"callable.throws", "future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const MarkPointer destroyed = world.mark("what the callable held was destroyed");
      const FuturePointer future =
          executor.submit([object = tells_its_end(destroyed)]() -> Value { throw TaskError("on purpose"); });
      destroyed->await();
      EXPECT_EQ(destroyed->count(), 1);
      world.witness(fails_with(future->result(), "on purpose"),
                    "the future was held, and nobody had asked it yet; no task had followed");
    }};

// `end` is to cancel a task that waits in the queue.
void is_forgotten_when(World& world, const std::function<void(Executor&, Future&)>& end) {
  const HeldPool pool(world);
  const MarkPointer destroyed = world.mark("what the callable held was destroyed");
  const FuturePointer future =
      pool.executor.submit([object = tells_its_end(destroyed)] { return Value(object == nullptr ? 0 : 7); });
  end(pool.executor, *future);
  EXPECT_EQ(destroyed->count(), 1) << "what a cancelled task holds is kept";
  world.witness(future->cancelled() && pool.gate->arrivals() == 1,
                "it was cancelled while the only worker stood at a gate");
  pool.gate->open();
}

const TestCase is_forgotten_once_cancelled{
    .name = "Task.is_forgotten_once_cancelled",
    .requirement = verifies("SUB-022"),
    .shows = "what a callable holds is destroyed when cancel() returns, while its future is held",
    .needs = {"future.cancel", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      is_forgotten_when(world, [](Executor&, Future& future) { EXPECT_TRUE(future.cancel()); });
    }};

const TestCase is_forgotten_once_a_shutdown_cancels_it{
    .name = "Task.is_forgotten_once_a_shutdown_cancels_it",
    .requirement = verifies("SUB-022"),
    .shows = "what a callable holds is destroyed when the shutdown that cancelled it returns",
    .needs = {"future.cancel", "shutdown.cancel_futures", "shutdown.no_wait", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      is_forgotten_when(
          world, [](Executor& executor, Future&) { executor.shutdown({.wait = false, .cancel_futures = true}); });
    }};

const TestCase is_forgotten_before_its_end_is_seen{
    .name = "Task.is_forgotten_before_its_end_is_seen",
    .requirement = verifies("SUB-022"),
    .shows = "while cancel() destroys what a callable holds, the future is not done yet",
    .needs = {"future.cancel", "future.done", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      struct Seen {
        FuturePointer future;
        std::optional<bool> done;  // when what the callable held was destroyed
      };
      const HeldPool pool(world);
      const auto seen = std::make_shared<Seen>();
      std::shared_ptr<void> object(nullptr, [seen](void*) {
        if (seen->future != nullptr) seen->done = seen->future->done();
      });
      seen->future =
          pool.executor.submit([object = std::move(object)] { return Value(object.use_count() == 0 ? 0 : 7); });
      EXPECT_TRUE(seen->future->cancel());
      EXPECT_EQ(seen->done, false) << "who saw that it was done could not rely on what it held being gone";
      world.witness(seen->future->cancelled() && pool.gate->arrivals() == 1,
                    "it was cancelled while the only worker stood at a gate");
      seen->future = nullptr;
      pool.gate->open();
    }};

// As a Rust panic or an Objective-C throw is one. What it means is between the two who throw and catch it.
void throw_exception_of_another_language() {
  static _Unwind_Exception exception{0x544F554348000000, [](_Unwind_Reason_Code, _Unwind_Exception*) {}, 0, 0};
  _Unwind_RaiseException(&exception);
}

const TestCase delivers_an_exception_of_another_language{
    .name = "Task.delivers_an_exception_of_another_language",
    .requirement = verifies("CPP-040"),
    .shows = "what another language throws out of a task is in its future, and the next task runs",
    .needs = {"closures", "future.exception", "future.shared"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Task task([]() -> Value {
        throw_exception_of_another_language();
        return 7;
      });
      const FuturePointer future = executor.submit(task);
      EXPECT_FALSE(future->result().has_value());
      EXPECT_TRUE(future->exception().fault) << "exception() says that the task returned";
      EXPECT_TRUE(gives(executor.submit(returns(1))->result(), 1)) << "the next task";
      world.witness(task.runs() == 1, "the task had thrown what is no exception of C++");
    }};

thread_local int state_of_this_thread = 0;

const TestCase shows_whose_thread_state_it_sees{
    .name = "Task.shows_whose_thread_state_it_sees",
    .requirement = verifies("SUB-019"),
    .shows = "whether a task sees a thread-local variable of the worker or of the submitter",
    .body = +[](World& world) {
      Executor& executor = world.make();
      state_of_this_thread = 7;
      const Task task([] { return Value(state_of_this_thread); });
      const Answer seen = executor.submit(task)->result();
      world.witness(task.runs() == 1, "the submitter had set a thread-local variable before the task read it");
      if (gives(seen, 0)) world.choose("the task sees the worker's own state");
      if (gives(seen, 7)) {
        world.choose("the task sees the submitter's state, copied or because it runs on the submitter's thread");
      }
      EXPECT_TRUE(gives(seen, 0) || gives(seen, 7)) << seen.to_string();
    }};

const TestCase has_a_future_of_its_own{
    .name = "Task.has_a_future_of_its_own",
    .requirement = verifies("SUB-020"),
    .shows = "the futures of five calls of one task are five futures",
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const Task task = returns(7);
      const std::vector<FuturePointer> futures = submit_all(executor, task, 5);
      for (std::size_t one = 0; one < futures.size(); ++one) {
        for (std::size_t other = 0; other < futures.size(); ++other) {
          EXPECT_EQ(futures[one]->same_as(*futures[other]), one == other) << one << " and " << other;
        }
      }
      for (const FuturePointer& future : futures) EXPECT_TRUE(gives(future->result(), 7));
      world.witness(task.runs() == 5, "one task was submitted five times, and each call ran");
    }};

const TestCase runs_beside_the_others{.name = "Task.runs_beside_the_others",
                                      .requirement = verifies("SUB-021"),
                                      .shows = "three calls submitted in a row to three workers run at the same time",
                                      .needs = {"workers.threads"},
                                      .body = +[](World& world) {
                                        const HeldWorkers pool(world, 3);
                                        world.witness(pool.gate->arrivals() == 3,
                                                      "three calls of a pool of three stood at one gate together");
                                        pool.gate->open();
                                        for (const FuturePointer& future : pool.running)
                                          EXPECT_TRUE(gives(future->result(), 42));
                                      }};

}  // namespace

std::vector<TestCase> executor_task_tests() {
  return {may_submit_another,
          may_be_one_of_a_chain,
          keeps_its_exception_out_of_submit,
          that_throws_stops_no_other,
          has_a_future_that_ends,
          has_a_future_that_ends_without_its_executor,
          is_forgotten_once_finished,
          is_forgotten_once_it_has_thrown,
          is_forgotten_once_cancelled,
          is_forgotten_once_a_shutdown_cancels_it,
          is_forgotten_before_its_end_is_seen,
          delivers_an_exception_of_another_language,
          shows_whose_thread_state_it_sees,
          has_a_future_of_its_own,
          runs_beside_the_others};
}

}  // namespace touchstone
