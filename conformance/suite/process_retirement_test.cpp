// Process pools: children that retire after some tasks, and children that are ended on demand.
//
// Method: as in process_pool_test.cpp.

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <process_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase after_its_tasks{.name = "ProcessRetirement.after_its_tasks",
                               .requirement = verifies("PPE-013"),
                               .shows = "of ten tasks in one child at a time, each child runs three and then ends",
                               .needs = {"future"},
                               .body = +[](World& world) {
                                 Executor& executor = world.make({.max_workers = 1, .max_tasks_per_child = 3});
                                 std::vector<pid_t> processes;
                                 for (int call = 0; call < 10; ++call)
                                   processes.push_back(process_of(executor.submit(tells_process())));
                                 for (std::size_t call = 0; call < processes.size(); ++call) {
                                   EXPECT_EQ(processes[call], processes[call / 3 * 3]) << "task " << call;
                                   if (call >= 3) {
                                     EXPECT_NE(processes[call], processes[call - 3]) << "task " << call;
                                   }
                                 }
                                 EXPECT_EQ(std::set<pid_t>(processes.begin(), processes.end()).size(), 4U);
                                 world.await([] { return descendants().size() <= 1; });
                                 world.witness(true, "each task was submitted when the one before was done");
                               }};

const TestCase never_without_a_number{.name = "ProcessRetirement.never_without_a_number",
                                      .requirement = verifies("PPE-014"),
                                      .shows = "one child runs 500 tasks, one after the other and in a backlog",
                                      .needs = {"future"},
                                      .body = +[](World& world) {
                                        Executor& executor = world.make();
                                        std::set<pid_t> processes;
                                        for (int call = 0; call < 250; ++call)
                                          processes.insert(process_of(executor.submit(tells_process())));
                                        for (const FuturePointer& future : submit_all(executor, tells_process(), 250)) {
                                          processes.insert(process_of(future));
                                        }
                                        EXPECT_EQ(processes.size(), 1U);
                                        world.witness(true, "no number of tasks was given");
                                      }};

const TestCase refuses_less_than_one{
    .name = "ProcessRetirement.refuses_less_than_one",
    .requirement = verifies("PPE-015"),
    .shows = "a number of tasks of zero or less is refused when the pool is made",
    .body = +[](World& world) {
      for (const int tasks : {0, -1, -1000}) {
        EXPECT_TRUE(
            refused_as(refusal_of([&] { (void)world.make({.max_tasks_per_child = tasks}); }), Fault::invalid_argument))
            << tasks;
      }
      world.witness(true, "no pool was made");
    }};

const TestCase is_refused_with_fork{
    .name = "ProcessRetirement.is_refused_with_fork",
    .requirement = verifies("PPE-016"),
    .shows = "a number of tasks is refused where children are copies of the process",
    .body = +[](World& world) {
      EXPECT_TRUE(
          refused_as(refusal_of([&] { (void)world.make({.max_tasks_per_child = 10}); }), Fault::invalid_argument));
      world.witness(true, "the number was a good one");
    }};

const TestCase spawns_if_nothing_is_chosen{
    .name = "ProcessRetirement.spawns_if_nothing_is_chosen",
    .requirement = verifies("PPE-017"),
    .shows =
        "each of two children that retire after two tasks is the program, run anew, where no start method was given",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_tasks_per_child = 2, .choose_start_method = false});
      std::set<pid_t> processes;
      for (int child = 0; child < 2; ++child) {
        const pid_t start = process_of(executor.submit(Script{ReturnStart{}}));
        EXPECT_EQ(start, process_of(executor.submit(tells_process()))) << "it is a copy of process " << start;
        processes.insert(start);
      }
      EXPECT_EQ(processes.size(), 2U);
      world.witness(!processes.contains(getpid()), "two processes had run two tasks each");
    }};

const TestCase completes_a_backlog{.name = "ProcessRetirement.completes_a_backlog",
                                   .requirement = verifies("PPE-018"),
                                   .shows = "60 pending tasks are run by children that retire after two",
                                   .needs = {"future", "queue.unbounded"},
                                   .body = +[](World& world) {
                                     const HeldChildren pool(world, 2, {.max_tasks_per_child = 2});
                                     std::vector<FuturePointer> futures =
                                         submit_all(pool.executor, tells_process(), 60);
                                     world.witness(pool.gate->arrivals() == 2, "all were pending behind two children");
                                     std::set<pid_t> processes = pool.release();
                                     for (const FuturePointer& future : futures) processes.insert(process_of(future));
                                     EXPECT_GE(processes.size(), 31U);
                                   }};

const TestCase completes_a_backlog_during_shutdown{
    .name = "ProcessRetirement.completes_a_backlog_during_shutdown",
    .requirement = verifies("PPE-019"),
    .shows = "shutdown returns when 30 pending tasks were run by children that retire after one",
    .needs = {"future", "queue.unbounded"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 2, {.max_tasks_per_child = 1});
      const Task task = returns(7);
      const std::vector<FuturePointer> futures = submit_all(pool.executor, task, 30);
      Background<bool> shutdown = shut_down_in_background(world, pool.executor);
      world.witness(shutdown.blocked() && task.runs() == 0, "shutdown waited while all were pending");
      (void)pool.release();
      EXPECT_TRUE(shutdown.value());
      for (const FuturePointer& future : futures) EXPECT_TRUE(gives(future->result(), 7));
      EXPECT_EQ(task.runs(), 30);
    }};

const TestCase completes_a_backlog_after_shutdown{
    .name = "ProcessRetirement.completes_a_backlog_after_shutdown",
    .requirement = verifies("PPE-020"),
    .shows = "30 pending tasks are run after a shutdown that did not wait, by children that retire after one",
    .needs = {"future", "queue.unbounded"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 2, {.max_tasks_per_child = 1});
      const Task task = returns(7);
      const std::vector<FuturePointer> futures = submit_all(pool.executor, task, 30);
      pool.executor.shutdown({.wait = false});
      world.witness(task.runs() == 0, "shutdown had returned while all were pending");
      (void)pool.release();
      for (const FuturePointer& future : futures) EXPECT_TRUE(gives(future->result(), 7));
      EXPECT_EQ(task.runs(), 30);
    }};

const TestCase leaves_no_future_behind{
    .name = "ProcessRetirement.leaves_no_future_behind",
    .requirement = verifies("PPE-021"),
    .shows = "every future is done when a pool was destroyed while its only child was retiring",
    .needs = {"queue.unbounded"},
    .body = +[](World& world) {
      for (int round = 0; round < 20; ++round) {
        const HeldChildren pool(world, 1, {.max_tasks_per_child = 1});
        const std::vector<FuturePointer> futures = submit_all(pool.executor, returns(7), 3);
        pool.gate->open();
        world.destroy(pool.executor);
        for (const FuturePointer& future : futures) {
          const Answer answer = future->result();
          EXPECT_TRUE(answer.has_value() || is_fault(answer, Fault::broken)) << answer.to_string();
        }
      }
      world.witness(true, "the pool was destroyed as soon as the last task of its only child might end");
    }};

const TestCase breaks_a_pool_that_gets_no_other_child{
    .name = "ProcessRetirement.breaks_a_pool_that_gets_no_other_child",
    .requirement = verifies("PPE-022"),
    .shows = "the tasks behind the last one of the only child fail as broken where no descriptors are left",
    .needs = {"future", "queue.unbounded"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 1, {.max_tasks_per_child = 1});
      const std::vector<FuturePointer> futures = submit_all(pool.executor, returns(7), 2);
      rlimit before{};
      ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
      const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
      ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
      pool.gate->open();
      for (const FuturePointer& future : futures) EXPECT_TRUE(is_fault(future->result(), Fault::broken));
      EXPECT_TRUE(is_broken(pool.executor));
      setrlimit(RLIMIT_NOFILE, &before);
      world.witness(true, "the child could only be replaced when this process might open nothing");
    }};

// ------------------------------------------------------------------------------- Ended on demand

using End = void (Executor::*)();
struct Way {
  End end;
  const char* name;
};
constexpr Way ways[] = {{&Executor::terminate_workers, "terminate_workers"}, {&Executor::kill_workers, "kill_workers"}};

/// The ways that a test tries; each with a pool of its own, which some executors allow once in a program only.
std::vector<Way> ways_for(World& world) {
  if (world.has("submit.beside_threads")) return {ways[0], ways[1]};
  return {ways[world.seed() % 2]};
}

void expect_end(World& world, const Way& way, bool ignores) {
  Executor& executor = world.make();
  const GatePointer gate = world.gate("the only child");
  const Script polite{Pass{gate}, Return{7}};
  const Script stubborn{Ignore{SIGTERM}, Pass{gate}, Return{7}};
  const FuturePointer running = executor.submit(ignores ? stubborn : polite);
  gate->await_arrivals(1);
  const Task task = returns(8);
  const std::vector<FuturePointer> pending = submit_all(executor, task, 3);
  world.witness(descendants().size() == 1, std::string(way.name) + " was called while a child stood at a gate");
  (executor.*way.end)();
  for (const FuturePointer& future : pending) EXPECT_TRUE(is_fault(future->result(), Fault::cancelled)) << way.name;
  EXPECT_TRUE(is_fault(running->result(), Fault::broken)) << way.name;
  EXPECT_TRUE(refusal_of([&] { (void)executor.submit(returns(9)); })) << way.name;
  EXPECT_EQ(task.runs(), 0) << way.name;
  executor.shutdown();
  EXPECT_TRUE(descendants().empty()) << way.name;
}

const TestCase on_demand{.name = "ProcessEnd.on_demand",
                         .requirement = verifies("PPE-064"),
                         .shows = "terminate_workers ends a child at a gate, cancels what is pending, and returns",
                         .needs = {"future", "queue.unbounded", "shutdown"},
                         .body = +[](World& world) { expect_end(world, ways[0], false); }};

const TestCase against_its_will{.name = "ProcessEnd.against_its_will",
                                .requirement = verifies("PPE-065"),
                                .shows = "kill_workers ends a child that ignores SIGTERM, and cancels what is pending",
                                .needs = {"future", "queue.unbounded", "shutdown"},
                                .body = +[](World& world) { expect_end(world, ways[1], true); }};

const TestCase refuses_what_comes_later{
    .name = "ProcessEnd.refuses_what_comes_later",
    .requirement = verifies("PPE-066"),
    .shows = "submit throws after the workers were ended, be there children or not",
    .needs = {"future"},
    .body = +[](World& world) {
      for (const Way& way : ways) {
        Executor& unused = world.make();
        (unused.*way.end)();
        for (int call = 0; call < 3; ++call) {
          EXPECT_TRUE(refusal_of([&] { (void)unused.submit(returns(7)); })) << way.name;
        }
      }
      for (const Way& way : ways_for(world)) {
        Executor& used = world.make();
        EXPECT_TRUE(is_usable(used));
        (used.*way.end)();
        for (int call = 0; call < 3; ++call)
          EXPECT_TRUE(refusal_of([&] { (void)used.submit(returns(7)); })) << way.name;
      }
      world.witness(true, "some of the pools had had a child, and some had not");
    }};

const TestCase of_a_broken_pool{
    .name = "ProcessEnd.of_a_broken_pool",
    .requirement = verifies("PPE-067"),
    .shows = "ending the workers of a broken pool returns, once and again",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      EXPECT_TRUE(is_fault(executor.submit(Script{Kill{SIGKILL}})->result(), Fault::broken));
      for (const Way& way : {ways[0], ways[1], ways[0]}) {
        EXPECT_FALSE(refusal_of([&] { (executor.*way.end)(); })) << way.name;
      }
      world.witness(true, "the only child of the pool had died");
    }};

const TestCase of_an_unused_pool{
    .name = "ProcessEnd.of_an_unused_pool",
    .requirement = verifies("PPE-068"),
    .shows = "ending the workers of a pool that has none returns, and signals nobody in the group of the process",
    .body = +[](World& world) {
      for (const Way& way : ways) {
        const Ending ending = run_program([&](const Pen& pen) {
          setpgid(0, 0);  // what is sent to its group must not end the test
          Executor& executor = world.make({.max_workers = 3});
          (executor.*way.end)();
          pen.write(descendants().empty() ? "without children" : "with children");
        });
        EXPECT_TRUE(ending.exited) << way.name << " ended with signal " << ending.status;
        EXPECT_EQ(ending.output, "without children") << way.name;
      }
      world.witness(true, "no task had been submitted, in a process with a group of its own");
    }};

const TestCase lets_no_task_complete{
    .name = "ProcessEnd.lets_no_task_complete",
    .requirement = verifies("PPE-069"),
    .shows = "a task that runs when the workers are ended does not go on behind its gate",
    .needs = {"future", "shutdown"},
    .body = +[](World& world) {
      for (const Way& way : ways_for(world)) {
        Executor& executor = world.make();
        const GatePointer gate = world.gate("inside the task");
        const MarkPointer completed = world.mark("the task went on");
        const FuturePointer future = executor.submit(Script{Pass{gate}, Hit{completed}, Return{7}});
        gate->await_arrivals(1);
        (executor.*way.end)();
        EXPECT_FALSE(future->result().has_value()) << way.name;
        executor.shutdown();
        gate->open();
        EXPECT_EQ(completed->count(), 0) << way.name;
        world.witness(gate->arrivals() == 1, "the task stood at a gate");
      }
    }};

const TestCase starts_no_other_child{
    .name = "ProcessEnd.starts_no_other_child",
    .requirement = verifies("PPE-070"),
    .shows = "no child takes the place of those that were ended, although tasks were pending",
    .needs = {"future", "queue.unbounded", "shutdown"},
    .body = +[](World& world) {
      for (const Way& way : ways_for(world)) {
        const MarkPointer prepared = world.mark("a child was prepared");
        Configuration configuration;
        if (world.has("workers.initializer")) configuration.initializer = Script{Hit{prepared}};
        const HeldChildren pool(world, 2, configuration);
        const int before = prepared->count();
        const std::vector<FuturePointer> pending = submit_all(pool.executor, returns(7), 10);
        (pool.executor.*way.end)();
        pool.executor.shutdown();
        EXPECT_TRUE(world.stays_quiet([] { return !descendants().empty(); })) << way.name;
        EXPECT_EQ(prepared->count(), before) << way.name;
        for (const FuturePointer& future : pending) EXPECT_FALSE(future->result().has_value()) << way.name;
      }
      world.witness(true, "ten tasks were pending behind two children");
    }};

const TestCase cleans_up_by_itself{
    .name = "ProcessEnd.cleans_up_by_itself",
    .requirement = verifies("PPE-080"),
    .shows = "no child, thread or descriptor is left of a pool whose workers were ended, though nobody shuts it down",
    .body = +[](World& world) {
      for (const Way& way : ways_for(world)) {
        const Belongings before;
        const HeldChildren pool(world, 2);
        (pool.executor.*way.end)();
        ASSERT_TRUE(comes_about(world, [&] { return Belongings() == before; }))
            << way.name << " left " << testing::PrintToString(Belongings()) << " of " << testing::PrintToString(before);
      }
      world.witness(true, "two children stood at a gate, and the pool was not shut down");
    }};

}  // namespace

std::vector<TestCase> process_retirement_tests() {
  return {after_its_tasks,
          never_without_a_number,
          refuses_less_than_one,
          is_refused_with_fork,
          spawns_if_nothing_is_chosen,
          completes_a_backlog,
          completes_a_backlog_during_shutdown,
          completes_a_backlog_after_shutdown,
          leaves_no_future_behind,
          breaks_a_pool_that_gets_no_other_child,
          on_demand,
          against_its_will,
          refuses_what_comes_later,
          of_a_broken_pool,
          of_an_unused_pool,
          lets_no_task_complete,
          starts_no_other_child,
          cleans_up_by_itself};
}

}  // namespace touchstone
