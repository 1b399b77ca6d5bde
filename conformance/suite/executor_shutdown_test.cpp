// shutdown: what it waits for, and what it refuses. What cancel_futures does, and what becomes of the workers, have
// files of their own.
//
// Method: shutdown is called in a thread of the test's own while a worker stands at a gate, so whether it
// waits does not depend on who is faster. "It has not returned" is watched for a short while: that can miss
// a fault, never invent one.

#include <algorithm>
#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

constexpr std::string_view held = "shutdown was waiting while the only worker stood at a gate";

const TestCase waits_for_running_and_queued_work{
    .name = "Shutdown.waits_for_running_and_queued_work",
    .requirement = verifies("SHD-001"),
    .shows = "shutdown with wait is still waiting while a task runs, and has run the queued ones when it returns",
    .needs = {"workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task queued = returns(7);
      const std::vector<FuturePointer> futures = submit_all(pool.executor, queued, 3);
      Background<int> shutdown(world, [&executor = pool.executor, queued] {
        executor.shutdown({.wait = true});
        return queued.runs();
      });
      const bool blocked = shutdown.blocked();
      EXPECT_TRUE(world.stays_quiet([&] { return shutdown.returned(); }))
          << "shutdown returned before a task had ended";
      world.witness(blocked, std::string(held));
      pool.gate->open();
      EXPECT_EQ(shutdown.value(), 3) << "queued calls that had run when shutdown returned";
    }};

const TestCase waits_unless_told_otherwise{
    .name = "Shutdown.waits_unless_told_otherwise",
    .requirement = verifies("SHD-002"),
    .shows = "shutdown without options waits for a running task",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      Background<bool> shutdown(world, [&executor = pool.executor] { return executor.shutdown(), true; });
      const bool blocked = shutdown.blocked();
      EXPECT_TRUE(world.stays_quiet([&] { return shutdown.returned(); }))
          << "shutdown returned before a task had ended";
      world.witness(blocked, std::string(held));
      pool.gate->open();
      EXPECT_TRUE(shutdown.value());
    }};

const TestCase finishes_what_a_racing_submit_got_in{
    .name = "Shutdown.finishes_what_a_racing_submit_got_in",
    .requirement = verifies("SHD-001"),
    .shows = "a call that was accepted in a race with shutdown has run when shutdown returns",
    .needs = {"submit.beside_threads"},
    .body = +[](World& world) {
      Race race(world);
      for (int round = 0; race.goes_on_with_slow_rounds(); ++round) {
        Executor& executor = world.make({.max_workers = 2});
        const Task task = returns(7);
        bool accepted = false;
        race.round([&] { executor.shutdown(); }, [&] { accepted = !refusal_of([&] { (void)executor.submit(task); }); });
        race.own_was_first(accepted);
        ASSERT_EQ(task.runs(), accepted ? 1 : 0) << "in round " << round;
        world.destroy(executor);
      }
      world.witness(race.both_orders_seen(), "submit came before shutdown and after it: " + race.tally());
    }};

const TestCase returns_at_once_without_wait{
    .name = "Shutdown.returns_at_once_without_wait",
    .requirement = verifies("SHD-003"),
    .shows = "shutdown without wait returns while a task runs, and the queued one still runs",
    .needs = {"future", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const FuturePointer queued = pool.executor.submit(returns(7));
      pool.executor.shutdown({.wait = false});
      world.witness(pool.gate->arrivals() == 1, "shutdown had returned, and the only worker was still at the gate");
      pool.gate->open();
      EXPECT_TRUE(gives(pool.running->result(), 42));
      EXPECT_TRUE(gives(queued->result(), 7));
    }};

const TestCase may_be_called_again{
    .name = "Shutdown.may_be_called_again",
    .requirement = verifies("SHD-008"),
    .shows = "the second and the third shutdown return as the first",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Task task = returns(7);
      (void)executor.submit(task);
      for (int call = 0; call < 3; ++call) {
        const std::optional<Refusal> refusal = refusal_of([&] { executor.shutdown(); });
        EXPECT_FALSE(refusal) << "call " << call << " threw " << refusal->what();
      }
      // How often it has run by then is the promise of SHD-001.
      world.witness(task.runs() == 1,
                    "three calls of shutdown followed one another in one thread, and the task had run");
    }};

const TestCase waits_after_one_that_did_not{
    .name = "Shutdown.waits_after_one_that_did_not",
    .requirement = verifies("SHD-009"),
    .shows = "shutdown with wait waits although a shutdown without wait came first",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task queued = returns(7);
      (void)pool.executor.submit(queued);
      pool.executor.shutdown({.wait = false});
      Background<bool> second = shut_down_in_background(world, pool.executor);
      const bool blocked = second.blocked();
      EXPECT_TRUE(world.stays_quiet([&] { return second.returned(); })) << "the second shutdown did not wait";
      world.witness(blocked, "the second shutdown was waiting while the only worker stood at a gate");
      pool.gate->open();
      EXPECT_TRUE(second.value());
      EXPECT_EQ(queued.runs(), 1);
    }};

const TestCase keeps_its_promise_to_several_threads{
    .name = "Shutdown.keeps_its_promise_to_several_threads",
    .requirement = verifies("SHD-023"),
    .shows = "four threads inside shutdown all return, and not before the work is done",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task queued = returns(7);
      (void)pool.executor.submit(queued);
      std::vector<Background<int>> callers;
      for (int caller = 0; caller < 4; ++caller) {
        callers.emplace_back(world, [&executor = pool.executor, queued] {
          executor.shutdown();
          return queued.runs();
        });
      }
      const bool all_blocked =
          std::all_of(callers.begin(), callers.end(), [](auto& caller) { return caller.blocked(); });
      EXPECT_TRUE(world.stays_quiet(
          [&] { return std::any_of(callers.begin(), callers.end(), [](auto& caller) { return caller.returned(); }); }));
      world.witness(all_blocked, "four threads were inside shutdown while the only worker stood at a gate");
      pool.gate->open();
      for (auto& caller : callers) EXPECT_EQ(caller.value(), 1) << "queued calls that had run when shutdown returned";
    }};

const TestCase of_an_unused_executor_returns{.name = "Shutdown.of_an_unused_executor_returns",
                                             .requirement = verifies("SHD-016"),
                                             .shows = "shutdown returns although there never was any work",
                                             .body = +[](World& world) {
                                               Executor& executor = world.make({.max_workers = 4});
                                               executor.shutdown();
                                               EXPECT_FALSE(refusal_of([&] { executor.shutdown(); }));
                                               world.witness(true, "nothing was submitted");
                                             }};

const TestCase does_not_hang_in_its_own_worker{
    .name = "Shutdown.does_not_hang_in_its_own_worker",
    .requirement = verifies("SHD-017"),
    .shows = "shutdown with wait throws or returns when a task of the executor calls it",
    .needs = {"closures", "future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Answer inside = executor
                                .submit([&executor] {
                                  const std::optional<Refusal> refusal = refusal_of([&] { executor.shutdown(); });
                                  return refusal ? "it threw" : "it returned";
                                })
                                ->result();
      EXPECT_TRUE(gives(inside, "it threw") || gives(inside, "it returned")) << inside.to_string();
      if (inside.has_value()) {
        world.choose(inside.value.text() == "it threw" ? "it throws in the task that called it"
                                                       : "it returns, without waiting for the task that called it");
      }
      executor.shutdown();
      world.witness(true, "a task had called shutdown of its own executor, to wait for itself");
    }};

const TestCase refuses_what_a_task_submits_meanwhile{
    .name = "Shutdown.refuses_what_a_task_submits_meanwhile",
    .requirement = verifies("SHD-018"),
    .shows = "a task that submits while another thread is inside shutdown gets the error of submit after shutdown",
    .needs = {"closures", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const GatePointer gate = world.gate("the only worker");
      const Task late = returns(8);
      const auto inside = std::make_shared<std::optional<Fault>>();
      (void)executor.submit([&executor, gate, late, inside] {
        gate->pass();
        const std::optional<Refusal> refusal = refusal_of([&] { (void)executor.submit(late); });
        if (refusal) *inside = refusal->fault;
      });
      gate->await_arrivals(1);
      Background<bool> shutdown = shut_down_in_background(world, executor);
      // Whether it waits is the promise of SHD-001: where it does not, no task can submit meanwhile.
      const bool is_waiting = shutdown.blocked();
      world.witness(is_waiting, std::string(held));
      if (!is_waiting) return;
      gate->open();
      EXPECT_TRUE(shutdown.value());
      const std::optional<Refusal> afterwards = refusal_of([&] { (void)executor.submit(late); });
      ASSERT_TRUE(inside->has_value()) << "the task's submit was accepted while another thread was inside shutdown";
      ASSERT_TRUE(afterwards) << "submit accepted a call after shutdown";
      EXPECT_EQ(**inside, afterwards->fault);
      EXPECT_EQ(late.runs(), 0);
    }};

const TestCase waits_for_callbacks{
    .name = "Shutdown.waits_for_callbacks",
    .requirement = verifies("SHD-020"),
    .shows = "shutdown with wait does not return while a callback runs in a worker",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const GatePointer inside = world.gate("inside the callback");
      pool.running->add_done_callback([inside](const FuturePointer&) { inside->pass(); });
      pool.gate->open();
      inside->await_arrivals(1);
      Background<bool> shutdown = shut_down_in_background(world, pool.executor);
      const bool blocked = shutdown.blocked();
      EXPECT_TRUE(world.stays_quiet([&] { return shutdown.returned(); })) << "shutdown did not wait for the callback";
      world.witness(blocked, "shutdown was waiting while a worker stood at a gate inside a callback");
      inside->open();
      EXPECT_TRUE(shutdown.value());
    }};

const TestCase returns_after_more_calls_than_workers{
    .name = "Shutdown.returns_after_more_calls_than_workers",
    .requirement = verifies("SHD-027"),
    .shows = "shutdown returns, and all calls have run, when it follows at once on one call more than workers",
    .body = +[](World& world) {
      const Task task = returns(7);
      int complete = 0;
      for (int round = 0; round < 50; ++round) {
        Executor& executor = world.make({.max_workers = 2});
        for (int call = 0; call < 3; ++call) (void)executor.submit(task);
        executor.shutdown();
        complete += task.runs() == 3 * (round + 1) ? 1 : 0;
        world.destroy(executor);
      }
      // That they have run by then is the promise of SHD-001.
      world.witness(complete == 50, "50 shutdowns right after more calls than workers returned, and the calls had run");
    }};

const TestCase runs_what_was_queued_in_two_portions{
    .name = "Shutdown.runs_what_was_queued_in_two_portions",
    .requirement = verifies("SHD-003"),
    .shows = "after a shutdown that does not wait, tasks run that were queued before and after a worker took one",
    .needs = {"future", "order.fifo", "queue.some", "shutdown.no_wait", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const GatePointer second = world.gate("the second task");
      std::vector<FuturePointer> futures = {pool.executor.submit(held_at(second, 7))};
      futures.push_back(pool.executor.submit(returns(7)));
      pool.gate->open();
      second->await_arrivals(1);
      futures.push_back(pool.executor.submit(returns(7)));
      pool.executor.shutdown({.wait = false});
      world.witness(second->arrivals() == 1,
                    "at shutdown a task was queued from before a worker took one, and one after it");
      second->open();
      for (const FuturePointer& future : futures) EXPECT_TRUE(gives(future->result(), 7));
    }};

const TestCase does_not_interrupt_what_runs{
    .name = "Shutdown.does_not_interrupt_what_runs",
    .requirement = verifies("SHD-030"),
    .shows = "a running task is not ended by shutdown with cancel_futures, and delivers its result",
    .needs = {"future.done", "shutdown.cancel_futures", "shutdown.no_wait", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      pool.executor.shutdown({.wait = false, .cancel_futures = true});
      world.witness(pool.gate->arrivals() == 1, "the task was running, at a gate, when shutdown returned");
      EXPECT_TRUE(world.stays_quiet([&] { return pool.running->done(); }));
      pool.gate->open();
      EXPECT_TRUE(gives(pool.running->result(), 42));
    }};

const TestCase of_an_idle_executor_by_destruction_returns{
    .name = "Shutdown.of_an_idle_executor_by_destruction_returns",
    .requirement = verifies("SHD-032"),
    .shows = "executors whose tasks have ended, and some that never had one, are destroyed, and the program goes on",
    .body = +[](World& world) {
      const Task task = returns(7);
      constexpr int rounds = 20;
      for (int round = 0; round < rounds; ++round) {
        Executor& executor = world.make();
        std::vector<FuturePointer> futures;
        for (int call = 0; call < round % 4; ++call) futures.push_back(executor.submit(task));
        for (const FuturePointer& future : futures) EXPECT_TRUE(gives(future->result(), 7));
        world.let_settle();
        world.destroy(executor);
      }
      world.witness(task.runs() == 30, "20 executors had run 30 tasks when they were destroyed");
    }};

}  // namespace

std::vector<TestCase> executor_shutdown_tests() {
  return {waits_for_running_and_queued_work,
          finishes_what_a_racing_submit_got_in,
          waits_unless_told_otherwise,
          returns_at_once_without_wait,
          may_be_called_again,
          waits_after_one_that_did_not,
          of_an_unused_executor_returns,
          does_not_hang_in_its_own_worker,
          refuses_what_a_task_submits_meanwhile,
          waits_for_callbacks,
          keeps_its_promise_to_several_threads,
          runs_what_was_queued_in_two_portions,
          returns_after_more_calls_than_workers,
          does_not_interrupt_what_runs,
          of_an_idle_executor_by_destruction_returns};
}

}  // namespace touchstone
