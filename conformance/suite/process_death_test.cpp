// Process pools: what becomes of one whose child dies.
//
// Method: scripts end the process that runs or reads them, and tests kill idle children by the ids that they told. A
// second child at a gate keeps tasks running and pending until that happens.

#include <signal.h>

#include <process_fixtures.hpp>
#include <set>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase by_a_crash_in_a_task{
    .name = "ProcessDeath.by_a_crash_in_a_task",
    .requirement = verifies("PPE-033"),
    .shows = "a task that crashes or ends its child breaks the pool",
    .needs = {"future"},
    .body = +[](World& world) {
      for (const Task& deadly : {Task(Script{Kill{SIGSEGV}, Return{7}}), Task(Script{Kill{SIGKILL}}),
                                 Task(Script{Exit{3}}), Task(Script{Exit{0}})}) {
        expect_to_break(world, deadly);
        if (!world.has("submit.beside_threads")) break;
      }
    }};

const TestCase by_a_crash_in_decoding{.name = "ProcessDeath.by_a_crash_in_decoding",
                                      .requirement = verifies("PPE-031"),
                                      .shows = "a child that crashes while it decodes a task breaks the pool",
                                      .needs = {"future"},
                                      .body = +[](World& world) {
                                        expect_to_break(world, Script{KillWhenDecoded{SIGSEGV}, Return{7}});
                                      }};

const TestCase by_an_exit_in_decoding{.name = "ProcessDeath.by_an_exit_in_decoding",
                                      .requirement = verifies("PPE-032"),
                                      .shows = "a child that ends itself while it decodes a task breaks the pool",
                                      .needs = {"future"},
                                      .body = +[](World& world) {
                                        expect_to_break(world, Script{ExitWhenDecoded{0}, Return{7}});
                                      }};

/// A pool of two: one child stands at a gate, and the other dies when the second gate opens.
struct Dying {
  explicit Dying(World& world)
      : executor(world.make({.max_workers = 2})), gate(world.gate("a child that lives")), end(world.gate("the end")) {
    finished = executor.submit(returns(42));
    EXPECT_TRUE(gives(finished->result(), 42));
    running = executor.submit(Script{Pass{gate}, Return{7}});
    gate->await_arrivals(1);
    deadly = executor.submit(Script{Pass{end}, Kill{SIGKILL}});
    end->await_arrivals(1);
    pending = submit_all(executor, task, 3);
  }

  /// Lets the child die, and waits until the pool knows it.
  void die() const {
    end->open();
    EXPECT_TRUE(is_fault(deadly->result(), Fault::broken));
  }

  Executor& executor;
  const GatePointer gate, end;
  const Task task = returns(7);
  FuturePointer finished, running, deadly;
  std::vector<FuturePointer> pending;
};

const TestCase fails_all_that_is_not_done{
    .name = "ProcessDeath.fails_all_that_is_not_done",
    .requirement = verifies("PPE-043"),
    .shows = "what ran in another child and what was pending fails as broken, and is not run",
    .needs = {"queue.unbounded"},
    .body = +[](World& world) {
      const Dying pool(world);
      world.witness(pool.task.runs() == 0, "one task was running in another child, and three were pending");
      pool.die();
      EXPECT_TRUE(is_fault(pool.running->result(), Fault::broken));
      for (const FuturePointer& future : pool.pending) EXPECT_TRUE(is_fault(future->result(), Fault::broken));
      EXPECT_EQ(pool.task.runs(), 0);
    }};

const TestCase leaves_what_is_finished{.name = "ProcessDeath.leaves_what_is_finished",
                                       .requirement = verifies("PPE-044"),
                                       .shows = "a result that was there before the pool broke stays",
                                       .needs = {"future.shared", "queue.unbounded"},
                                       .body = +[](World& world) {
                                         const Dying pool(world);
                                         pool.die();
                                         EXPECT_TRUE(gives(pool.finished->result(), 42));
                                         world.witness(true, "the task had returned before the child died");
                                       }};

const TestCase leaves_what_is_cancelled{
    .name = "ProcessDeath.leaves_what_is_cancelled",
    .requirement = verifies("PPE-045"),
    .shows = "a call that was cancelled before the pool broke stays so, and those around it fail as broken",
    .needs = {"queue.unbounded"},
    .body = +[](World& world) {
      const Dying pool(world);
      const FuturePointer cancelled = pool.executor.submit(returns(8));
      const FuturePointer behind = pool.executor.submit(returns(9));
      world.witness(cancelled->cancel(), "a pending call was cancelled");
      pool.die();
      EXPECT_TRUE(is_fault(cancelled->result(), Fault::cancelled));
      EXPECT_TRUE(is_fault(behind->result(), Fault::broken));
      for (const FuturePointer& future : pool.pending) EXPECT_TRUE(is_fault(future->result(), Fault::broken));
    }};

const TestCase ends_all_other_children{
    .name = "ProcessDeath.ends_all_other_children",
    .requirement = verifies("PPE-046"),
    .shows = "no child is left of a pool of four of which one died, although one of the others ignores SIGTERM",
    .needs = {"future", "shutdown"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 4);
      EXPECT_EQ(pool.release().size(), 4U);
      const GatePointer shut = world.gate("inside a child that ignores SIGTERM");
      const FuturePointer stubborn = pool.executor.submit(Script{Ignore{SIGTERM}, Pass{shut}});
      shut->await_arrivals(1);
      EXPECT_TRUE(is_fault(pool.executor.submit(Script{Kill{SIGKILL}})->result(), Fault::broken));
      EXPECT_TRUE(is_fault(stubborn->result(), Fault::broken));
      pool.executor.shutdown();
      EXPECT_TRUE(descendants().empty());
      world.witness(shut->arrivals() == 1, "of four children one stood at a gate, two were idle, and one died");
    }};

const TestCase refuses_what_comes_later{
    .name = "ProcessDeath.refuses_what_comes_later",
    .requirement = verifies("PPE-047"),
    .shows = "every submit to a pool whose child has died throws the broken error",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      EXPECT_TRUE(is_fault(executor.submit(Script{Kill{SIGKILL}})->result(), Fault::broken));
      for (int call = 0; call < 5; ++call) EXPECT_TRUE(is_broken(executor));
      world.witness(true, "the only child had died");
    }};

const TestCase of_an_idle_child_is_noticed{
    .name = "ProcessDeath.of_an_idle_child_is_noticed",
    .requirement = verifies("PPE-048"),
    .shows = "a child that is killed while nothing is pending breaks the pool",
    .needs = {"future"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 1);
      const std::set<pid_t> processes = pool.release();
      world.let_settle();
      EXPECT_EQ(kill(*processes.begin(), SIGKILL), 0);
      EXPECT_TRUE(comes_to_refuse(world, pool.executor));
      EXPECT_TRUE(is_broken(pool.executor));
      world.witness(true, "the task of the pool was done when the test killed its only child");
    }};

const TestCase gives_each_future_an_error_of_its_own{
    .name = "ProcessDeath.gives_each_future_an_error_of_its_own",
    .requirement = verifies("PPE-049"),
    .shows = "no two futures of a pool that broke hold the same error object",
    .needs = {"queue.unbounded"},
    .body = +[](World& world) {
      const Dying pool(world);
      pool.die();
      std::set<const void*> objects;
      std::vector<FuturePointer> futures = pool.pending;
      futures.insert(futures.end(), {pool.running, pool.deadly});
      for (const FuturePointer& future : futures) {
        try {
          std::rethrow_exception(future->result().error);
        } catch (const std::exception& error) {
          objects.insert(&error);
        }
      }
      EXPECT_EQ(objects.size(), futures.size());
      world.witness(futures.size() == 5, "five futures failed because of one child");
    }};

const TestCase is_told_with_process_and_signal{
    .name = "ProcessDeath.is_told_with_process_and_signal",
    .requirement = verifies("PPE-050"),
    .shows = "the error names the process id of the child that died, and its signal or its exit status",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const std::string process = std::to_string(process_of(executor.submit(tells_process())));
      const int number = world.seed() % 2 == 0 ? 37 : SIGKILL;
      const Task deadly = number == 37 ? Script{Exit{37}} : Script{Kill{SIGKILL}};
      const std::string text = executor.submit(deadly)->result().text;
      EXPECT_NE(text.find(process), std::string::npos) << text;
      EXPECT_NE(text.find(std::to_string(number)), std::string::npos) << text;
      world.witness(true, "child " + process + " ended with " + std::to_string(number));
    }};

const TestCase is_final{.name = "ProcessDeath.is_final",
                        .requirement = verifies("PPE-051"),
                        .shows = "a broken pool stays broken when its children have gone and when it is shut down",
                        .needs = {"future"},
                        .body = +[](World& world) {
                          Executor& executor = world.make({.max_workers = 2});
                          EXPECT_TRUE(is_fault(executor.submit(Script{Kill{SIGKILL}})->result(), Fault::broken));
                          world.await([] { return descendants().empty(); });
                          EXPECT_TRUE(is_broken(executor));
                          executor.shutdown();
                          EXPECT_TRUE(is_broken(executor));
                          EXPECT_TRUE(world.stays_quiet([] { return !descendants().empty(); }));
                          world.witness(true, "all children had gone before submit was called again");
                        }};

const TestCase while_a_large_argument_is_sent{
    .name = "ProcessDeath.while_a_large_argument_is_sent",
    .requirement = verifies("PPE-052"),
    .shows =
        "a child that is stopped and killed while 64 MB are sent to it breaks the pool, and submit was not blocked",
    .needs = {"future"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 1);
      const std::set<pid_t> processes = pool.release();
      EXPECT_EQ(kill(*processes.begin(), SIGSTOP), 0);
      const FuturePointer large = pool.executor.submit(returns(std::string(std::size_t{64} << 20, 'x')));
      world.witness(!descendants().empty(), "the only child was stopped, and could not have taken the argument");
      EXPECT_EQ(kill(*processes.begin(), SIGKILL), 0);
      EXPECT_TRUE(is_fault(large->result(), Fault::broken));
    }};

const TestCase lets_shutdown_return{
    .name = "ProcessDeath.lets_shutdown_return",
    .requirement = verifies("PPE-054"),
    .shows = "a child that dies after shutdown was called fails what is pending, and shutdown returns",
    .body = +[](World& world) {
      const HeldChildren pool(world, 1);
      const FuturePointer deadly = pool.executor.submit(Script{Kill{SIGKILL}});
      const FuturePointer pending = pool.executor.submit(returns(7));
      Background<bool> shutdown = shut_down_in_background(world, pool.executor);
      world.witness(shutdown.blocked(), "shutdown waited for a child at a gate");
      (void)pool.release();
      EXPECT_TRUE(shutdown.value());
      EXPECT_TRUE(is_fault(deadly->result(), Fault::broken));
      EXPECT_TRUE(is_fault(pending->result(), Fault::broken));
    }};

const TestCase is_a_broken_executor{.name = "ProcessDeath.is_a_broken_executor",
                                    .requirement = verifies("PPE-073"),
                                    .shows = "what futures and submit throw is the error of broken executors",
                                    .body = +[](World& world) {
                                      Executor& executor = world.make();
                                      const FuturePointer deadly = executor.submit(Script{Kill{SIGKILL}});
                                      EXPECT_TRUE(is_fault(deadly->result(), Fault::broken));
                                      EXPECT_TRUE(is_broken(executor));
                                      world.witness(true, "the only child had died");
                                    }};

const TestCase ends_a_wait_with_a_limit{
    .name = "ProcessDeath.ends_a_wait_with_a_limit",
    .requirement = verifies("PPE-078"),
    .shows = "who waits up to ten seconds for a task learns before that the pool is broken",
    .needs = {"queue.unbounded"},
    .body = +[](World& world) {
      const Dying pool(world);
      Background<Answer> waiting(world,
                                 [future = pool.pending.front()] { return future->result(std::chrono::seconds(10)); });
      world.witness(waiting.blocked(), "a thread waited for a pending task, with a limit");
      pool.die();
      EXPECT_TRUE(is_fault(waiting.value(), Fault::broken));
    }};

}  // namespace

std::vector<TestCase> process_death_tests() {
  return {by_a_crash_in_a_task,
          by_a_crash_in_decoding,
          by_an_exit_in_decoding,
          fails_all_that_is_not_done,
          leaves_what_is_finished,
          leaves_what_is_cancelled,
          ends_all_other_children,
          refuses_what_comes_later,
          of_an_idle_child_is_noticed,
          gives_each_future_an_error_of_its_own,
          is_told_with_process_and_signal,
          is_final,
          while_a_large_argument_is_sent,
          lets_shutdown_return,
          is_a_broken_executor,
          ends_a_wait_with_a_limit};
}

}  // namespace touchstone
