// What becomes of a process that forks while it has workers, and of its child.
//
// Method: the child writes down what it sees, and the parent reads it.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <new>
#include <optional>
#include <pool_fixtures.hpp>
#include <string>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase lets_a_forked_child_use_its_own_pools{
    .name = "Worker.lets_a_forked_child_use_its_own_pools",
    .requirement = verifies("TPE-026"),
    .shows = "children that are forked beside a busy pool use a pool of their own and exit",
    .body = +[](World& world) {
      Subject& subject = world.subject();
      Executor& executor = world.make({.max_workers = 2});
      const auto over = std::make_shared<std::atomic<bool>>(false);
      Background<int> noise(world, [&executor, over] {
        int calls = 0;
        for (; !*over; ++calls) (void)executor.submit(returns(calls))->result();
        return calls;
      });
      for (int child = 0; child < 20; ++child) {
        const Ending ending = run_program([&subject](Pen pen) {
          const std::unique_ptr<Executor> own = subject.make({.max_workers = 2});
          pen.write(own->submit(returns("from the child"))->result().value.text());
        });
        EXPECT_EQ(ending.output, "from the child");
        EXPECT_TRUE(ending.exited && ending.status == 0) << "status " << ending.status;
      }
      *over = true;
      world.witness(noise.value() > 0, "20 children were forked while another thread used the parent's pool");
    }};

const TestCase lets_a_child_of_a_task_exit{
    .name = "Worker.lets_a_child_of_a_task_exit",
    .requirement = verifies("TPE-027"),
    .shows = "a child that is forked inside a task exits with status 0",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer gate = world.gate("the other worker");
      (void)executor.submit(held_at(gate));
      gate->await_arrivals(1);
      const auto ending = std::make_shared<Ending>();
      const FuturePointer task =
          executor.submit([ending] { *ending = run_program([](Pen pen) { pen.write("from the child"); }); });
      (void)task->result();
      EXPECT_EQ(ending->output, "from the child");
      EXPECT_TRUE(ending->exited && ending->status == 0) << "status " << ending->status;
      world.witness(gate->arrivals() == 1, "a task forked the child while another worker was inside a task");
    }};

/// What a child that is forked now writes.
std::string in_child(const std::function<std::string()>& program) {
  return run_program([&program](Pen pen) { pen.write(program()); }).output;
}

const TestCase runs_or_refuses_what_a_child_submits{
    .name = "Fork.runs_or_refuses_what_a_child_submits",
    .requirement = verifies("TPE-033"),
    .shows = "a task that a child submits to an executor of its parent runs, or is refused",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      EXPECT_TRUE(gives(executor.submit(returns(1))->result(), 1));
      const std::string seen = in_child([&executor] {
        std::optional<FuturePointer> future;
        const auto refusal = refusal_of([&] { future = executor.submit(returns(2)); });
        return refusal ? "refused" : gives((*future)->result(), 2) ? "ran" : "failed";
      });
      EXPECT_TRUE(seen == "refused" || seen == "ran") << seen;
      world.witness(true, "the executor had run a task before the fork");
    }};

const TestCase refuses_what_a_child_cannot_wait_for{
    .name = "Fork.refuses_what_a_child_cannot_wait_for",
    .requirement = verifies("TPE-034"),
    .shows = "result throws in a child for a task that the parent runs, and for one that is queued there",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task queued = returns(7);
      const FuturePointer pending = pool.executor.submit(queued);
      for (const FuturePointer& future : {pool.running, pending}) {
        const std::string seen = in_child([&future] {
          const Answer answer = future->result();
          return answer.fault ? to_string(*answer.fault) : "a value";
        });
        EXPECT_EQ(seen, "deadlock") << "result of " << (future == pending ? "a pending task" : "a running task");
      }
      pool.witness_pending(queued);
    }};

const TestCase refuses_what_a_child_cannot_wait_for_together{
    .name = "Fork.refuses_what_a_child_cannot_wait_for_together",
    .requirement = verifies("TPE-034"),
    .shows = "wait, on each condition, and as_completed throw in a child for two tasks of the parent",
    .needs = {"workers.limit", "workers.threads", "wait", "as_completed"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      Subject& subject = world.subject();
      const Task queued = returns(7);
      const std::vector<FuturePointer> futures{pool.running, pool.executor.submit(queued)};
      for (const ReturnWhen when :
           {ReturnWhen::all_completed, ReturnWhen::first_completed, ReturnWhen::first_exception}) {
        const std::string seen = in_child([&] {
          const auto refusal = refusal_of([&] { (void)subject.wait(futures, {}, when); });
          return refusal ? to_string(refusal->fault) : "returned";
        });
        EXPECT_EQ(seen, "deadlock") << "wait, condition " << static_cast<int>(when);
      }
      const std::string seen = in_child([&] {
        const auto refusal = refusal_of([&] { (void)subject.as_completed(futures, {})->next(); });
        return refusal ? to_string(refusal->fault) : "returned";
      });
      EXPECT_EQ(seen, "deadlock") << "as_completed";
      pool.witness_pending(queued);
    }};

const TestCase ends_a_child_that_comes_back{
    .name = "Fork.ends_a_child_that_comes_back",
    .requirement = verifies("TPE-035"),
    .shows = "a child that returns from the task that forked it ends, and five queued tasks run five times",
    .needs = {"workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      void* const memory =
          mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
      std::atomic<int>& runs = *new (memory) std::atomic<int>(0);
      const HeldPool pool(world);
      const FuturePointer forks = pool.executor.submit([] { return Value(::fork()); });
      std::vector<FuturePointer> queued;
      for (int task = 0; task < 5; ++task) queued.push_back(pool.executor.submit([&runs] { return Value(++runs); }));
      pool.gate->open();
      const auto child = static_cast<pid_t>(forks->result().value.number());
      for (const FuturePointer& each : queued) EXPECT_TRUE(each->result().has_value());
      int status = 0;
      while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
      }
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 0)
          << "status of the child, as waitpid gives it: " << status;
      EXPECT_EQ(runs.load(), 5) << "runs of five tasks that were queued behind the one that forked";
      world.witness(child > 0, "a task forked, and its child came back from it too");
    }};

const TestCase ends_a_shutdown_in_a_child{
    .name = "Fork.ends_a_shutdown_in_a_child",
    .requirement = verifies("SHD-031"),
    .shows = "shutdown comes to an end in a child although a worker of the parent is inside a task",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const std::string seen = in_child([&pool] {
        (void)refusal_of([&] { pool.executor.shutdown({.wait = true}); });
        return "over";
      });
      EXPECT_EQ(seen, "over");
      world.witness(pool.gate->arrivals() == 1, "a worker stood at a gate when the child was forked");
    }};

}  // namespace

std::vector<TestCase> thread_pool_fork_tests() {
  return {lets_a_forked_child_use_its_own_pools,
          lets_a_child_of_a_task_exit,
          runs_or_refuses_what_a_child_submits,
          refuses_what_a_child_cannot_wait_for,
          refuses_what_a_child_cannot_wait_for_together,
          ends_a_child_that_comes_back,
          ends_a_shutdown_in_a_child};
}

}  // namespace touchstone
