// The end of an executor: its scope, the futures that outlive it, and the program that ends around it.
//
// Method: as in executor_shutdown_test.cpp. A program that ends is a child process, which returns from a main
// routine of its own.

#include <cstdlib>
#include <pool_fixtures.hpp>
#include <thread>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase waits_for_all_work{
    .name = "Scope.waits_for_all_work",
    .requirement = verifies("SHD-012"),
    .shows = "the destruction of an executor waits for the running task and runs the queued ones",
    .needs = {"workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task queued = returns(7);
      (void)submit_all(pool.executor, queued, 3);
      Background<int> scope(world, [&world, &executor = pool.executor, queued] {
        world.destroy(executor);
        return queued.runs();
      });
      const bool blocked = scope.blocked();
      EXPECT_TRUE(world.stays_quiet([&] { return scope.returned(); }))
          << "the executor was gone before a task had ended";
      world.witness(blocked, "the destruction was waiting while the only worker stood at a gate");
      pool.gate->open();
      EXPECT_EQ(scope.value(), 3) << "queued calls that had run when the executor was gone";
    }};

const TestCase left_by_an_exception_waits_too{
    .name = "Scope.left_by_an_exception_waits_too",
    .requirement = verifies("SHD-013"),
    .shows = "an exception that leaves the executor's block arrives after all work is done",
    .needs = {"workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task queued = returns(7);
      (void)submit_all(pool.executor, queued, 3);
      struct Scope {
        World& world;
        Executor& executor;
        ~Scope() { world.destroy(executor); }
      };
      Background<std::string> block(world, [&world, &executor = pool.executor]() -> std::string {
        try {
          const Scope scope{world, executor};
          throw TaskError("from the block");
        } catch (const TaskError& error) {
          return error.what();
        }
      });
      world.witness(block.blocked(), "an exception was leaving the block while the only worker stood at a gate");
      EXPECT_TRUE(world.stays_quiet([&] { return block.returned(); }))
          << "the executor was gone before a task had ended";
      pool.gate->open();
      EXPECT_EQ(block.value(), "from the block");
      EXPECT_EQ(queued.runs(), 3);
    }};

const TestCase may_end_without_shutdown{
    .name = "Scope.may_end_without_shutdown",
    .requirement = verifies("SHD-024"),
    .shows = "an executor that is destroyed without shutdown runs its work, and its workers end",
    .needs = {"closures", "workers.threads", "queue.unbounded"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const MarkPointer ended = world.mark("a worker has ended");
      const Task task([ended] { tell_when_this_thread_ends(ended); });
      (void)submit_all(executor, task, 20);
      world.destroy(executor);
      EXPECT_EQ(task.runs(), 20);
      world.witness(true, "shutdown was not called");
      ended->await(20);
    }};

const TestCase futures_answer_after_shutdown{
    .name = "Scope.futures_answer_after_shutdown",
    .requirement = verifies("SHD-015"),
    .shows = "futures give their outcome after shutdown",
    .needs = {"callable.throws", "shutdown"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const FuturePointer good = executor.submit(returns(7));
      const FuturePointer bad = executor.submit(throws("on purpose"));
      executor.shutdown();
      EXPECT_TRUE(gives(good->result(), 7));
      EXPECT_TRUE(fails_with(bad->result(), "on purpose"));
      world.witness(true, "shutdown had returned before the futures were asked for the first time");
    }};

const TestCase futures_answer_after_their_executor_is_gone{
    .name = "Scope.futures_answer_after_their_executor_is_gone",
    .requirement = verifies("SHD-015"),
    .shows = "futures give their outcome after the executor was destroyed",
    .needs = {"callable.throws", "destruction.runs_all"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const FuturePointer good = executor.submit(returns(7));
      const FuturePointer bad = executor.submit(throws("on purpose"));
      world.destroy(executor);
      EXPECT_TRUE(gives(good->result(), 7));
      EXPECT_TRUE(fails_with(bad->result(), "on purpose"));
      world.witness(true, "the executor was destroyed before the futures were asked for the first time");
    }};

/// Hits a mark when the block that it stands in is left.
struct AtTheEndOfTheBlock {
  MarkPointer mark;
  ~AtTheEndOfTheBlock() { mark->hit(); }
};

/// A main routine whose last action is to submit a task, which cannot end before that routine has returned.
void main_routine(Subject& subject, Pen pen, bool with_shutdown) {
  const auto gate = std::make_shared<Gate>("the task");
  const auto leaving = std::make_shared<Mark>("the main routine returns");
  std::thread([gate, leaving] {
    leaving->await();
    gate->open();
  }).detach();
  const std::unique_ptr<Executor> executor = subject.make({});
  const AtTheEndOfTheBlock end{leaving};
  (void)executor->submit([gate, pen] {
    gate->pass();
    pen.write("done");
  });
  if (with_shutdown) executor->shutdown({.wait = false});
}

const TestCase program_does_not_end_before_the_work{
    .name = "Scope.program_does_not_end_before_the_work",
    .requirement = verifies("SHD-004"),
    .shows = "a program that ends after shutdown without wait is not gone before its task has run",
    .needs = {"closures", "workers.threads"},
    .body = +[](World& world) {
      Subject& subject = world.subject();
      const Ending ending = run_program([&subject](Pen pen) { main_routine(subject, pen, true); });
      EXPECT_EQ(ending.output, "done");
      EXPECT_TRUE(ending.exited && ending.status == 0) << "status " << ending.status;
      world.witness(true, "the task could not end before the main routine returned, and shutdown did not wait for it");
    }};

const TestCase program_finishes_the_last_task{
    .name = "Scope.program_finishes_the_last_task",
    .requirement = verifies("TPE-021"),
    .shows = "a task submitted in the last statement of the main routine runs to its end",
    .needs = {"closures", "workers.threads"},
    .body = +[](World& world) {
      Subject& subject = world.subject();
      const Ending ending = run_program([&subject](Pen pen) { main_routine(subject, pen, false); });
      EXPECT_EQ(ending.output, "done");
      EXPECT_TRUE(ending.exited && ending.status == 0) << "status " << ending.status;
      world.witness(true, "the task could not end before the main routine returned");
    }};

const TestCase program_ends_after_cancelling{
    .name = "Scope.program_ends_after_cancelling",
    .requirement = verifies("SHD-029"),
    .shows = "a program that ends right after shutdown with cancel_futures and without wait exits with status 0",
    .needs = {"closures"},
    .body = +[](World& world) {
      Subject& subject = world.subject();
      for (int round = 0; round < 20; ++round) {
        const Ending ending = run_program([&subject](Pen) {
          const std::unique_ptr<Executor> executor = subject.make({});
          (void)executor->submit(returns(7));
          executor->shutdown({.wait = false, .cancel_futures = true});
        });
        EXPECT_TRUE(ending.exited && ending.status == 0) << "status " << ending.status << " in round " << round;
      }
      world.witness(true, "20 programs ended right after shutdown");
    }};

const TestCase program_shows_when_its_workers_end{
    .name = "Scope.program_shows_when_its_workers_end",
    .requirement = verifies("TPE-020"),
    .shows = "whether the worker of a pool that lives until the program exits ends before its exit handlers",
    .needs = {"closures", "future", "workers.threads"},
    .body = +[](World& world) {
      Subject& subject = world.subject();
      const Ending ending = run_program([&subject](Pen pen) {
        static const Pen paper = pen;
        static const std::unique_ptr<Executor> executor = subject.make({});
        struct AtTheEndOfTheThread {
          ~AtTheEndOfTheThread() { paper.write("worker "); }
        };
        const Task task([] { thread_local AtTheEndOfTheThread end; });
        (void)executor->submit(task)->result();
        std::atexit([] { paper.write("handler "); });  // runs before what was made earlier is destroyed
      });
      world.witness(ending.exited && ending.status == 0, "a program with a pool that lives until the end has exited");
      if (ending.output == "worker handler ") {
        world.choose("before the exit handlers run");
      } else if (ending.output == "handler worker ") {
        world.choose("among the exit handlers, when the pool itself is destroyed");
      } else {
        EXPECT_EQ(ending.output, "handler ");
        world.choose("never: the program must end the pool before it exits");
      }
    }};

}  // namespace

std::vector<TestCase> executor_scope_tests() {
  return {waits_for_all_work,
          left_by_an_exception_waits_too,
          may_end_without_shutdown,
          futures_answer_after_shutdown,
          futures_answer_after_their_executor_is_gone,
          program_does_not_end_before_the_work,
          program_finishes_the_last_task,
          program_shows_when_its_workers_end,
          program_ends_after_cancelling};
}

}  // namespace touchstone
