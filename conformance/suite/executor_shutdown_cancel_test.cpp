// shutdown with cancel_futures: what it cancels, what it leaves alone, and who gets told.
//
// Method: the only worker stands at a gate, so that what is queued is pending when shutdown is called. As
// shutdown without wait returns at once, the test looks at the futures while the gate is still shut.

#include <pool_fixtures.hpp>
#include <thread>
#include <topics.hpp>

namespace touchstone {
namespace {

constexpr ShutdownOptions cancel_at_once{.wait = false, .cancel_futures = true};

const TestCase cancels_nothing_unless_asked{
    .name = "ShutdownCancel.cancels_nothing_unless_asked",
    .requirement = verifies("SHD-005"),
    .shows = "calls that are pending at a shutdown without options run",
    .needs = {"future", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(7);
      const std::vector<FuturePointer> queued = submit_all(pool.executor, task, 3);
      Background<bool> shutdown = shut_down_in_background(world, pool.executor);
      const bool blocked = shutdown.blocked();
      world.witness(blocked && task.runs() == 0, "three calls were pending when shutdown without options was called");
      pool.gate->open();
      EXPECT_TRUE(shutdown.value());
      for (const FuturePointer& future : queued) EXPECT_TRUE(gives(future->result(), 7));
    }};

const TestCase cancels_all_that_is_pending{
    .name = "ShutdownCancel.cancels_all_that_is_pending",
    .requirement = verifies("SHD-006"),
    .shows = "pending futures are cancelled when shutdown returns, and their calls never run",
    .needs = {"shutdown.no_wait", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(7);
      const std::vector<FuturePointer> queued = submit_all(pool.executor, task, 5);
      pool.witness_pending(task);
      pool.executor.shutdown(cancel_at_once);
      for (const FuturePointer& future : queued) EXPECT_TRUE(is_fault(future->result(), Fault::cancelled));
      pool.gate->open();
      pool.executor.shutdown();
      EXPECT_EQ(task.runs(), 0);
    }};

const TestCase leaves_running_calls_alone{.name = "ShutdownCancel.leaves_running_calls_alone",
                                          .requirement = verifies("SHD-006"),
                                          .shows = "a running call is not cancelled and delivers its result",
                                          .needs = {"future.done", "shutdown.no_wait", "workers.threads"},
                                          .body = +[](World& world) {
                                            const HeldPool pool(world);
                                            pool.executor.shutdown(cancel_at_once);
                                            world.witness(pool.gate->arrivals() == 1,
                                                          "the call was running, at a gate, when shutdown returned");
                                            EXPECT_FALSE(pool.running->done());
                                            pool.gate->open();
                                            EXPECT_TRUE(gives(pool.running->result(), 42));
                                          }};

const TestCase leaves_finished_futures_alone{.name = "ShutdownCancel.leaves_finished_futures_alone",
                                             .requirement = verifies("SHD-006"),
                                             .shows = "futures that were done keep their outcomes",
                                             .needs = {"callable.throws", "future.shared"},
                                             .body = +[](World& world) {
                                               Executor& executor = world.make();
                                               const FuturePointer good = executor.submit(returns(7));
                                               const FuturePointer bad = executor.submit(throws("on purpose"));
                                               EXPECT_TRUE(good->result().has_value());
                                               EXPECT_FALSE(bad->result().has_value());
                                               executor.shutdown({.wait = true, .cancel_futures = true});
                                               EXPECT_TRUE(gives(good->result(), 7));
                                               EXPECT_TRUE(fails_with(bad->result(), "on purpose"));
                                               world.witness(true, "both futures were done before shutdown was called");
                                             }};

const TestCase leaves_nothing_pending{
    .name = "ShutdownCancel.leaves_nothing_pending",
    .requirement = verifies("SHD-007"),
    .shows = "the running call is finished and the queued ones are cancelled when shutdown with wait returns",
    .needs = {"future.done", "workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(7);
      const std::vector<FuturePointer> queued = submit_all(pool.executor, task, 3);
      Background<bool> shutdown = shut_down_in_background(world, pool.executor, {.wait = true, .cancel_futures = true});
      const bool blocked = shutdown.blocked();
      EXPECT_TRUE(world.stays_quiet([&] { return shutdown.returned(); }))
          << "shutdown did not wait for the running call";
      world.witness(blocked, "one call was running and three were pending while shutdown waited");
      pool.gate->open();
      EXPECT_TRUE(shutdown.value());
      EXPECT_TRUE(pool.running->done());
      EXPECT_TRUE(gives(pool.running->result(), 42));
      for (const FuturePointer& future : queued) {
        EXPECT_TRUE(future->done());
        EXPECT_TRUE(is_fault(future->result(), Fault::cancelled));
      }
    }};

const TestCase finishes_or_cancels_each_call_of_a_busy_pool{
    .name = "ShutdownCancel.finishes_or_cancels_each_call_of_a_busy_pool",
    .requirement = verifies("SHD-007"),
    .shows = "of 50 quick calls each has either run and has its value, or is cancelled",
    .needs = {"future", "workers.threads", "queue.unbounded"},
    .body = +[](World& world) {
      int finished = 0;
      int cancelled = 0;
      const auto seen_both = [&] { return finished > 0 && cancelled > 0; };
      for (int round = 0; round < (seen_both() ? 20 : 500); ++round) {
        Executor& executor = world.make({.max_workers = 2});
        std::vector<Task> tasks;
        std::vector<FuturePointer> futures;
        for (int call = 0; call < 50; ++call) {
          tasks.push_back(returns(call));
          futures.push_back(executor.submit(tasks.back()));
        }
        // On one processor nearly all have run after a look at one of them, and nearly none without it.
        const Task& marker = tasks[static_cast<std::size_t>(round % 20)];
        while (round % 2 == 0 && marker.runs() == 0) std::this_thread::yield();
        executor.shutdown({.wait = true, .cancel_futures = true});
        for (std::size_t call = 0; call < futures.size(); ++call) {
          const Answer answer = futures[call]->result();
          EXPECT_TRUE(tasks[call].runs() == 1 ? gives(answer, static_cast<std::int64_t>(call))
                                              : is_fault(answer, Fault::cancelled));
          ++(tasks[call].runs() == 1 ? finished : cancelled);
        }
        world.destroy(executor);
      }
      world.witness(seen_both(), "shutdown came while calls were queued, ran and ended: " + std::to_string(finished) +
                                     " ran, " + std::to_string(cancelled) + " did not");
    }};

const TestCase cancels_what_an_earlier_shutdown_left{
    .name = "ShutdownCancel.cancels_what_an_earlier_shutdown_left",
    .requirement = verifies("SHD-011"),
    .shows = "a second shutdown, with cancel_futures, cancels what the first left pending",
    .needs = {"workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(7);
      const std::vector<FuturePointer> queued = submit_all(pool.executor, task, 3);
      pool.executor.shutdown({.wait = false});
      pool.witness_pending(task);
      pool.executor.shutdown(cancel_at_once);
      for (const FuturePointer& future : queued) EXPECT_TRUE(is_fault(future->result(), Fault::cancelled));
      pool.gate->open();
      pool.executor.shutdown();
      EXPECT_EQ(task.runs(), 0);
    }};

const TestCase runs_the_callbacks_of_what_it_cancels{
    .name = "ShutdownCancel.runs_the_callbacks_of_what_it_cancels",
    .requirement = verifies("SHD-019"),
    .shows = "each callback of three cancelled futures runs once",
    .needs = {"shutdown.no_wait", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(7);
      const MarkPointer called = world.mark("a callback ran");
      const std::vector<FuturePointer> queued = submit_all(pool.executor, task, 3);
      for (const FuturePointer& future : queued) {
        future->add_done_callback([called](const FuturePointer&) { called->hit(); });
      }
      pool.witness_pending(task);
      pool.executor.shutdown(cancel_at_once);
      pool.gate->open();
      pool.executor.shutdown();
      EXPECT_EQ(called->count(), 3);
    }};

const TestCase lets_callbacks_call_the_executor{
    .name = "ShutdownCancel.lets_callbacks_call_the_executor",
    .requirement = verifies("SHD-019"),
    .shows = "a callback of a cancelled future submits and shuts down without blocking itself or the shutdown",
    .needs = {"closures", "shutdown.no_wait", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const MarkPointer returned = world.mark("a callback's submit and shutdown have returned");
      const FuturePointer queued = pool.executor.submit(returns(7));
      queued->add_done_callback([&executor = pool.executor, returned](const FuturePointer&) {
        (void)refusal_of([&] { (void)executor.submit(returns(8)); });
        executor.shutdown({.wait = false});
        returned->hit();
      });
      Background<bool> shutdown = shut_down_in_background(world, pool.executor, cancel_at_once);
      EXPECT_TRUE(shutdown.value());
      world.witness(pool.gate->arrivals() == 1,
                    "the callback's future was pending, behind the only worker, at shutdown");
      pool.gate->open();
      pool.executor.shutdown();
      EXPECT_EQ(returned->count(), 1);
    }};

const TestCase lets_callbacks_wait_for_the_end{
    .name = "ShutdownCancel.lets_callbacks_wait_for_the_end",
    .requirement = verifies("SHD-019"),
    .shows = "a callback of a cancelled future shuts down, waits until the running call has ended, and returns",
    .needs = {"closures", "shutdown.no_wait", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const FuturePointer queued = pool.executor.submit(returns(7));
      const MarkPointer called = world.mark("a callback shuts down");
      queued->add_done_callback([&executor = pool.executor, called](const FuturePointer&) {
        called->hit();
        executor.shutdown();
      });
      Background<bool> shutdown = shut_down_in_background(world, pool.executor, cancel_at_once);
      called->await();
      world.witness(pool.gate->arrivals() == 1,
                    "the callback, called by a shutdown, shut down while a call was running");
      pool.gate->open();
      EXPECT_TRUE(shutdown.value());
    }};

const TestCase calls_back_in_its_own_thread{
    .name = "ShutdownCancel.calls_back_in_its_own_thread",
    .requirement = verifies("CBK-014"),
    .shows = "a callback of a future that shutdown cancels is called in the thread that called shutdown",
    .needs = {"closures", "shutdown", "shutdown.no_wait", "shutdown.cancel_futures", "workers.limit",
              "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const FuturePointer queued = pool.executor.submit(returns(7));
      const auto caller = std::make_shared<std::thread::id>();
      queued->add_done_callback([caller](const FuturePointer&) { *caller = std::this_thread::get_id(); });
      world.witness(pool.gate->arrivals() == 1, "the future was pending, behind the only worker, at shutdown");
      pool.executor.shutdown(cancel_at_once);
      const bool was_called = *caller != std::thread::id();
      world.witness(was_called, "the callback was called");
      if (was_called) {
        EXPECT_EQ(*caller, std::this_thread::get_id());
      }
    }};

const TestCase tells_those_who_wait{
    .name = "ShutdownCancel.tells_those_who_wait",
    .requirement = verifies("SHD-021"),
    .shows = "a thread in wait gets the cancelled futures while the worker is still held",
    .needs = {"shutdown.no_wait", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const std::vector<FuturePointer> queued = submit_all(pool.executor, returns(7), 3);
      Background<std::size_t> waiter(world, [&subject = world.subject(), queued] {
        return subject.wait(queued, {}, ReturnWhen::all_completed).done.size();
      });
      world.witness(waiter.blocked(), "a thread was blocked in wait, for three pending futures");
      pool.executor.shutdown(cancel_at_once);
      EXPECT_EQ(waiter.value(), 3U);
      EXPECT_EQ(pool.gate->arrivals(), 1);
    }};

const TestCase tells_those_who_iterate{
    .name = "ShutdownCancel.tells_those_who_iterate",
    .requirement = verifies("SHD-021"),
    .shows = "a thread in as_completed gets the cancelled futures while the worker is still held",
    .needs = {"shutdown.no_wait", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const std::vector<FuturePointer> queued = submit_all(pool.executor, returns(7), 3);
      Background<int> consumer(world, [&subject = world.subject(), queued] {
        int yielded = 0;
        const std::unique_ptr<CompletionIterator> completed = subject.as_completed(queued, {});
        while (completed->next() != nullptr) ++yielded;
        return yielded;
      });
      world.witness(consumer.blocked(), "a thread was blocked in as_completed, over three pending futures");
      pool.executor.shutdown(cancel_at_once);
      EXPECT_EQ(consumer.value(), 3);
      EXPECT_EQ(pool.gate->arrivals(), 1);
    }};

const TestCase returns_when_the_last_call_was_cancelled{
    .name = "ShutdownCancel.returns_when_the_last_call_was_cancelled",
    .requirement = verifies("SHD-022"),
    .shows = "shutdown returns a hundred times right after a submit and its cancel",
    .needs = {"future", "workers.threads"},
    .body = +[](World& world) {
      int cancelled = 0;
      for (int round = 0; round < 100; ++round) {
        Executor& executor = world.make();
        // An executor may take a call up at once if a worker is idle: this one may be busy still.
        const FuturePointer first = executor.submit(returns(1));
        const Task last = returns(7);
        const FuturePointer future = executor.submit(last);
        const bool won = future->cancel();
        executor.shutdown();
        EXPECT_TRUE(gives(first->result(), 1));
        EXPECT_EQ(last.runs(), won ? 0 : 1) << "in round " << round;
        cancelled += won ? 1 : 0;
        world.destroy(executor);
      }
      world.witness(cancelled > 0, "the last call was cancelled right after its submit, in " +
                                       std::to_string(cancelled) + " of 100 rounds with success");
    }};

}  // namespace

std::vector<TestCase> executor_shutdown_cancel_tests() {
  return {cancels_nothing_unless_asked,
          cancels_all_that_is_pending,
          leaves_running_calls_alone,
          leaves_finished_futures_alone,
          leaves_nothing_pending,
          finishes_or_cancels_each_call_of_a_busy_pool,
          cancels_what_an_earlier_shutdown_left,
          runs_the_callbacks_of_what_it_cancels,
          lets_callbacks_call_the_executor,
          lets_callbacks_wait_for_the_end,
          calls_back_in_its_own_thread,
          tells_those_who_wait,
          tells_those_who_iterate,
          returns_when_the_last_call_was_cancelled};
}

}  // namespace touchstone
