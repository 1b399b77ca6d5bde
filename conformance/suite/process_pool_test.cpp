// Process pools: how many children they have and when, what prepares a child, in which order it works, and what is left
// when the pool is gone.
//
// Method: children are told apart by their process ids, which tasks return, and are counted by what the system lists
// as children of this process.

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <process_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase has_no_more_children_than_workers{
    .name = "ProcessPool.has_no_more_children_than_workers",
    .requirement = verifies("PPE-001"),
    .shows = "a pool of three with six tasks that wait has three children, in which three tasks run",
    .needs = {"future", "queue.unbounded"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 3);
      const Task more = Script{Pass{pool.gate}, ReturnProcess{}};
      const std::vector<FuturePointer> waiting = submit_all(pool.executor, more, 3);
      EXPECT_TRUE(world.stays_quiet([&] { return descendants().size() > 3 || more.runs() > 0; }));
      world.witness(more.runs() == 0, "three tasks waited while three others stood at a gate");
      std::set<pid_t> processes = pool.release();
      for (const FuturePointer& future : waiting) processes.insert(process_of(future));
      EXPECT_EQ(processes.size(), 3U);
      EXPECT_FALSE(processes.contains(getpid()));
    }};

const TestCase has_as_many_workers_as_processors{
    .name = "ProcessPool.has_as_many_workers_as_processors",
    .requirement = verifies("PPE-001"),
    .shows = "without a max_workers the limit is the number of processors that the process may use",
    .needs = {"workers.default"},
    .body = +[](World& world) {
      cpu_set_t usable;
      ASSERT_EQ(sched_getaffinity(0, sizeof usable, &usable), 0);
      int first = 0;
      while (!CPU_ISSET(first, &usable)) ++first;
      cpu_set_t only;
      CPU_ZERO(&only);
      CPU_SET(first, &only);
      EXPECT_EQ(world.make({.max_workers = std::nullopt}).max_workers(), CPU_COUNT(&usable));
      ASSERT_EQ(sched_setaffinity(0, sizeof only, &only), 0);
      EXPECT_EQ(world.make({.max_workers = std::nullopt}).max_workers(), 1);
      world.witness(true, "the process might use all its processors, and then one");
    }};

const TestCase refuses_to_have_no_workers{
    .name = "ProcessPool.refuses_to_have_no_workers",
    .requirement = verifies("PPE-002"),
    .shows = "a max_workers of zero or less is refused when the pool is made",
    .body = +[](World& world) {
      for (const int workers : {0, -1, -1000}) {
        EXPECT_TRUE(
            refused_as(refusal_of([&] { (void)world.make({.max_workers = workers}); }), Fault::invalid_argument))
            << workers;
      }
      world.witness(descendants().empty(), "no pool was made");
    }};

const TestCase starts_children_as_it_was_told{
    .name = "ProcessPool.starts_children_as_it_was_told",
    .requirement = verifies("PPE-005"),
    .shows = "children that are copies know what this process has counted before, and others do not",
    .needs = {"future"},
    .body = +[](World& world) {
      (void)Task(Script{Count{}})();
      const int expected = world.has("workers.forked") ? 1 : 0;
      EXPECT_TRUE(gives(world.make().submit(Script{ReturnCount{}})->result(), expected));
      world.witness(Task(Script{ReturnCount{}})() == Value(1), "this process had counted before it made the pool");
    }};

const TestCase does_not_fork_unless_it_was_told{
    .name = "ProcessPool.does_not_fork_unless_it_was_told",
    .requirement = verifies("PPE-005"),
    .shows = "where no start method was given, a child does not know what this process has counted before",
    .needs = {"future", "workers.start_method"},
    .body = +[](World& world) {
      (void)Task(Script{Count{}})();
      EXPECT_TRUE(gives(world.make({.choose_start_method = false}).submit(Script{ReturnCount{}})->result(), 0));
      world.witness(Task(Script{ReturnCount{}})() == Value(1), "this process had counted before it made the pool");
    }};

const TestCase starts_no_child_before_the_first_submit{
    .name = "ProcessPool.starts_no_child_before_the_first_submit",
    .requirement = verifies("PPE-006"),
    .shows = "a pool has no child until a task is submitted",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      EXPECT_TRUE(world.stays_quiet([] { return !descendants().empty(); }));
      EXPECT_TRUE(is_usable(executor));
      world.witness(!descendants().empty(), "the pool had children when its first task was through");
    }};

const TestCase forks_all_children_at_the_first_submit{
    .name = "ProcessPool.forks_all_children_at_the_first_submit",
    .requirement = verifies("PPE-007"),
    .shows = "when the first submit has returned, all three children exist",
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 3});
      (void)executor.submit(returns(7));
      EXPECT_EQ(descendants().size(), 3U);
      world.witness(true, "one task was submitted to a pool of three");
    }};

const TestCase does_not_fork_beside_threads{
    .name = "ProcessPool.does_not_fork_beside_threads",
    .requirement = verifies("PPE-075"),
    .shows = "a first submit beside another thread is refused, and makes no child",
    .needs = {"workers.forked"},
    .body = +[](World& world) {
      const GatePointer gate = world.gate("another thread");
      world.thread([gate] { gate->pass(); });
      gate->await_arrivals(1);
      Executor& executor = world.make();
      EXPECT_TRUE(refusal_of([&] { (void)executor.submit(returns(7)); })) << "it was accepted";
      EXPECT_TRUE(descendants().empty());
      world.witness(gate->arrivals() == 1, "another thread stood at a gate");
    }};

const TestCase starts_no_child_while_one_is_idle{
    .name = "ProcessPool.starts_no_child_while_one_is_idle",
    .requirement = verifies("PPE-008"),
    .shows = "20 tasks, each submitted when the one before is done, run in one child",
    .needs = {"future", "workers.lazy"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 3});
      std::set<pid_t> processes;
      for (int call = 0; call < 20; ++call) processes.insert(process_of(executor.submit(tells_process())));
      EXPECT_EQ(processes.size(), 1U);
      EXPECT_EQ(descendants().size(), 1U);
      world.witness(true, "no two tasks were submitted at a time, to a pool of three");
    }};

const TestCase comes_to_have_all_its_children{.name = "ProcessPool.comes_to_have_all_its_children",
                                              .requirement = verifies("PPE-009"),
                                              .shows = "three tasks that wait for one another run in three children",
                                              .needs = {"future"},
                                              .body = +[](World& world) {
                                                const HeldChildren pool(world, 3);
                                                world.witness(pool.gate->arrivals() == 3,
                                                              "three tasks stood at one gate together");
                                                EXPECT_EQ(pool.release().size(), 3U);
                                              }};

const TestCase prepares_each_child_once{
    .name = "ProcessPool.prepares_each_child_once",
    .requirement = verifies("PPE-010"),
    .shows = "the initializer has run once in each of two children when its first task starts, and not again later",
    .needs = {"future"},
    .body = +[](World& world) {
      const MarkPointer calls = world.mark("an initializer ran");
      Executor& executor = world.make({.max_workers = 2, .initializer = Script{Count{}, Hit{calls}}});
      const GatePointer gate = world.gate("every child");
      for (const FuturePointer& future : submit_all(executor, Script{Pass{gate}, ReturnCount{}}, 2)) {
        if (gate->arrivals() < 2) gate->await_arrivals(2);
        gate->open();
        EXPECT_TRUE(gives(future->result(), 1));
      }
      for (const FuturePointer& future : submit_all(executor, Script{ReturnCount{}}, 20)) {
        EXPECT_TRUE(gives(future->result(), 1));
      }
      EXPECT_EQ(calls->count(), 2);
      world.witness(gate->arrivals() == 2, "two children had a task at the same time, and more tasks came later");
    }};

const TestCase breaks_when_a_child_cannot_be_prepared{
    .name = "ProcessPool.breaks_when_a_child_cannot_be_prepared",
    .requirement = verifies("PPE-011"),
    .shows = "an initializer that throws fails what is pending and what comes later, and its child logs why",
    .body = +[](World& world) {
      const CapturedErrors errors;
      const GatePointer gate = world.gate("inside the initializer");
      Executor& executor = world.make({.max_workers = 1, .initializer = Script{Pass{gate}, Throw{"no tools"}}});
      const Task task = returns(7);
      const std::vector<FuturePointer> pending = submit_all(executor, task, 3);
      gate->await_arrivals(1);
      gate->open();
      for (const FuturePointer& future : pending) EXPECT_TRUE(is_fault(future->result(), Fault::broken));
      EXPECT_TRUE(is_broken(executor));
      if (world.has("workers.streams")) {
        EXPECT_NE(errors.text().find("no tools"), std::string::npos) << errors.text();
      }
      world.witness(task.runs() == 0, "three tasks were pending while the only child was inside its initializer");
    }};

/// The kernel may list a thread that was joined, for a moment.
void expect_to_be_as(const Belongings& before) {
  for (int look = 0; look < 1000 && thread_count() > before.threads; ++look) std::this_thread::yield();
  EXPECT_EQ(Belongings(), before);
}

const TestCase leaves_nothing_of_a_child_that_cannot_be_prepared{
    .name = "ProcessPool.leaves_nothing_of_a_child_that_cannot_be_prepared",
    .requirement = verifies("PPE-012"),
    .shows = "a pool whose initializer failed leaves no process, thread or descriptor",
    .body = +[](World& world) {
      const CapturedErrors errors;
      const MarkPointer calls = world.mark("an initializer ran");
      Executor& executor = world.make({.max_workers = 2, .initializer = Script{Hit{calls}, Throw{"no tools"}}});
      const Belongings before;
      (void)refusal_of([&] { (void)executor.submit(returns(7))->result(); });
      world.witness(calls->count() > 0, "an initializer had thrown");
      (void)refusal_of([&] { executor.shutdown(); });
      expect_to_be_as(before);
    }};

const TestCase leaves_nothing_when_it_is_shut_down{
    .name = "ProcessPool.leaves_nothing_when_it_is_shut_down",
    .requirement = verifies("PPE-071"),
    .shows = "ten pools that were used and shut down leave no descriptor, thread or child",
    .needs = {"future", "shutdown"},
    .body = +[](World& world) {
      for (int round = 0; round < 10; ++round) {
        const Belongings before;
        const HeldChildren pool(world, 2);
        EXPECT_EQ(pool.release().size(), 2U);
        pool.executor.shutdown();
        expect_to_be_as(before);
        world.destroy(pool.executor);
        expect_to_be_as(before);
      }
      world.witness(true, "each pool had had two children");
    }};

const TestCase leaves_nothing_when_nobody_waits{
    .name = "ProcessPool.leaves_nothing_when_nobody_waits",
    .requirement = verifies("PPE-071"),
    .shows = "a pool whose shutdown nobody waits for comes to leave no descriptor, thread or child",
    .needs = {"future", "shutdown.no_wait"},
    .body = +[](World& world) {
      const Belongings before;
      const HeldChildren pool(world, 2);
      pool.executor.shutdown({.wait = false});
      world.witness(descendants().size() == 2, "shutdown had returned while two children stood at a gate");
      EXPECT_EQ(pool.release().size(), 2U);
      EXPECT_TRUE(comes_about(world, [&] { return Belongings() == before; })) << testing::PrintToString(Belongings());
    }};

const TestCase waits_in_a_second_shutdown{
    .name = "ProcessPool.waits_in_a_second_shutdown",
    .requirement = verifies("SHD-010"),
    .shows = "a shutdown that waits returns when all is done, although one that did not wait came before it",
    .needs = {"future", "queue.unbounded"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 1);
      const Task task = returns(7);
      const std::vector<FuturePointer> futures = submit_all(pool.executor, task, 5);
      pool.executor.shutdown({.wait = false});
      Background<bool> shutdown = shut_down_in_background(world, pool.executor);
      const bool waits = shutdown.blocked();
      EXPECT_FALSE(shutdown.returned()) << "the second shutdown did not wait for the tasks that were pending";
      world.witness((waits || shutdown.returned()) && task.runs() == 0,
                    "the second shutdown was called while five tasks were pending");
      pool.gate->open();
      EXPECT_TRUE(shutdown.value());
      EXPECT_EQ(task.runs(), 5);
      for (const FuturePointer& future : futures) EXPECT_TRUE(gives(future->result(), 7));
    }};

const TestCase starts_tasks_in_their_order{
    .name = "ProcessPool.starts_tasks_in_their_order",
    .requirement = verifies("PPE-076"),
    .shows = "200 tasks that were pending start in one child in the order in which they were submitted",
    .needs = {"future", "queue.unbounded", "shutdown"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 1);
      const auto started = std::make_shared<Notes>();
      std::vector<std::int64_t> expected;
      for (std::int64_t number = 0; number < 200; ++number) {
        (void)pool.executor.submit(Script{Note{started, number}});
        expected.push_back(number);
      }
      world.witness(started->numbers().empty(), "all tasks were pending behind the only child");
      (void)pool.release();
      pool.executor.shutdown();
      EXPECT_EQ(started->numbers(), expected);
    }};

const TestCase keeps_the_state_of_a_child{
    .name = "ProcessPool.keeps_the_state_of_a_child",
    .requirement = verifies("PPE-079"),
    .shows = "50 tasks of one child count up what the ones before have left",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      int expected = 0;
      for (const FuturePointer& future : submit_all(executor, Script{Count{}, ReturnCount{}}, 50)) {
        EXPECT_TRUE(gives(future->result(), ++expected));
      }
      world.witness(Task(Script{ReturnCount{}})() == Value(0), "nothing was counted in this process");
    }};

const TestCase calls_back_in_the_parent{.name = "ProcessPool.calls_back_in_the_parent",
                                        .requirement = verifies("PPE-060"),
                                        .shows = "callbacks of tasks that returned and that threw run in this process",
                                        .body = +[](World& world) {
                                          Executor& executor = world.make();
                                          const auto process = std::make_shared<std::atomic<pid_t>>(0);
                                          const MarkPointer called = world.mark("a callback ran");
                                          for (const Task& task : {tells_process(), throws("no")}) {
                                            const FuturePointer future = executor.submit(task);
                                            future->add_done_callback([process, called](const FuturePointer&) {
                                              *process = getpid();
                                              called->hit();
                                            });
                                          }
                                          called->await(2);
                                          EXPECT_EQ(*process, getpid());
                                          world.witness(true, "one task had returned, and one had thrown");
                                        }};

const TestCase accepts_tasks_while_its_thread_is_busy{
    .name = "ProcessPool.accepts_tasks_while_its_thread_is_busy",
    .requirement = verifies("PPE-056"),
    .shows = "submit returns 3000 times while a callback keeps the pool's thread",
    .needs = {"future", "future.callbacks", "queue.unbounded"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 1);
      const GatePointer callback = world.gate("inside a callback");
      pool.running.front()->add_done_callback([callback](const FuturePointer&) { callback->pass(); });
      pool.gate->open();
      callback->await_arrivals(1);
      const std::vector<FuturePointer> futures = submit_all(pool.executor, returns(7), 3000);
      world.witness(callback->arrivals() == 1, "the callback of the first task stood at a gate meanwhile");
      callback->open();
      for (const FuturePointer& future : futures) EXPECT_TRUE(gives(future->result(), 7));
    }};

const TestCase runs_nothing_that_was_cancelled{
    .name = "ProcessPool.runs_nothing_that_was_cancelled",
    .requirement = verifies("PPE-059"),
    .shows = "of 300 tasks, cancelled before and while two children work, those and only those run that could not be",
    .needs = {"future.cancel", "queue.unbounded"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 2);
      const Task task = returns(7);
      const std::vector<FuturePointer> futures = submit_all(pool.executor, task, 300);
      EXPECT_FALSE(pool.running.front()->cancel()) << "its task is running";
      int cancelled = 0;
      std::size_t left = futures.size();
      const auto cancel_all_but = [&](std::size_t count) {
        while (left > count) cancelled += futures[--left]->cancel() ? 1 : 0;
      };
      cancel_all_but(200);
      (void)pool.release();
      cancel_all_but(0);
      int returned = 0;
      for (const FuturePointer& future : futures) returned += gives(future->result(), 7) ? 1 : 0;
      EXPECT_EQ(task.runs(), 300 - cancelled);
      EXPECT_EQ(returned, 300 - cancelled);
      world.witness(cancelled > 0, std::to_string(cancelled) + " of 300 calls were cancelled");
    }};

const TestCase dies_with_its_parent{
    .name = "ProcessPool.dies_with_its_parent",
    .requirement = verifies("PPE-081"),
    .shows = "two children that stand at a gate end when the process that made them is killed",
    .body = +[](World& world) {
      const GatePointer gate = world.gate("every child");
      const auto children = std::make_shared<Notes>();
      const Ending ending = run_program([&](const Pen& pen) {
        pen.close();
        Executor& executor = world.make({.max_workers = 2});
        (void)submit_all(executor, Script{Pass{gate}}, 2);
        gate->await_arrivals(2);
        for (const pid_t child : descendants()) children->add(child);
        kill(getpid(), SIGKILL);
      });
      const std::vector<std::int64_t> orphans = children->numbers();
      world.witness(!ending.exited && orphans.size() >= 2, "a process with two children at a gate was killed");
      for (const std::int64_t orphan : orphans) {
        ASSERT_TRUE(comes_about(world, [&] { return has_ended(static_cast<pid_t>(orphan)); })) << orphan;
      }
    }};

}  // namespace

std::vector<TestCase> process_pool_tests() {
  return {has_no_more_children_than_workers,
          has_as_many_workers_as_processors,
          refuses_to_have_no_workers,
          starts_children_as_it_was_told,
          does_not_fork_unless_it_was_told,
          starts_no_child_before_the_first_submit,
          forks_all_children_at_the_first_submit,
          does_not_fork_beside_threads,
          starts_no_child_while_one_is_idle,
          comes_to_have_all_its_children,
          prepares_each_child_once,
          breaks_when_a_child_cannot_be_prepared,
          leaves_nothing_of_a_child_that_cannot_be_prepared,
          leaves_nothing_when_it_is_shut_down,
          leaves_nothing_when_nobody_waits,
          waits_in_a_second_shutdown,
          starts_tasks_in_their_order,
          keeps_the_state_of_a_child,
          calls_back_in_the_parent,
          accepts_tasks_while_its_thread_is_busy,
          runs_nothing_that_was_cancelled,
          dies_with_its_parent};
}

}  // namespace touchstone
