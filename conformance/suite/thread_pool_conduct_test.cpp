// What a worker of a thread pool does: one task at a time, whatever that throws, and nothing while it is idle.
// And what becomes of a process that forks while it has workers.
//
// Method: workers tell their thread's id, and the system tells what that thread does.

#include <unistd.h>

#include <fstream>
#include <pool_fixtures.hpp>
#include <topics.hpp>
#include <utility>

namespace touchstone {
namespace {

const TestCase runs_one_task_at_a_time_in_a_worker{
    .name = "Worker.runs_one_task_at_a_time_in_a_worker",
    .requirement = verifies("TPE-024"),
    .shows = "no worker runs a task inside another, although tasks submit tasks",
    .needs = {"closures", "queue.unbounded"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      static thread_local bool inside = false;
      const auto nested = std::make_shared<std::atomic<int>>(0);
      const Task inner([nested] { *nested += inside ? 1 : 0; });
      const Task outer([&executor, inner, nested] {
        *nested += std::exchange(inside, true) ? 1 : 0;
        const std::vector<FuturePointer> futures = submit_all(executor, inner, 3);
        inside = false;
        return static_cast<std::int64_t>(futures.size());
      });
      for (const FuturePointer& future : submit_all(executor, outer, 50)) EXPECT_TRUE(gives(future->result(), 3));
      world.witness(outer.runs() == 50, "50 tasks submitted further tasks while they ran");
      EXPECT_EQ(nested->load(), 0) << "tasks that began inside of another one's submit";
    }};

const TestCase begins_no_task_before_the_last_has_ended{
    .name = "Worker.begins_no_task_before_the_last_has_ended",
    .requirement = verifies("TPE-024"),
    .shows = "the only worker begins no other task while its own stands at a gate",
    .needs = {"workers.limit"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task queued = returns(7);
      const FuturePointer future = pool.executor.submit(queued);
      EXPECT_TRUE(world.stays_quiet([&] { return queued.runs() > 0; })) << "a second task runs on a pool of one";
      pool.witness_pending(queued);
      pool.gate->open();
      EXPECT_TRUE(gives(future->result(), 7));
    }};

const TestCase survives_whatever_a_task_throws{
    .name = "Worker.survives_whatever_a_task_throws",
    .requirement = verifies("TPE-025"),
    .shows = "three tasks meet on a pool of three after each of its workers has thrown an error and a number",
    .needs = {"closures", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 3});
      for (const bool a_number : {false, true}) {
        const GatePointer gate = world.gate("each worker, about to throw");
        const Task throws_a_number([gate]() -> Value {
          gate->pass();
          throw 42;
        });
        const Task thrower = a_number ? throws_a_number : throws_behind(gate, "on purpose");
        const std::vector<FuturePointer> failures = submit_all(executor, thrower, 3);
        gate->await_arrivals(3);
        gate->open();
        for (const FuturePointer& failure : failures) EXPECT_FALSE(failure->result().has_value());
      }
      const GatePointer meeting = world.gate("the meeting of three tasks");
      const std::vector<FuturePointer> tasks = submit_all(executor, held_at(meeting, 7), 3);
      meeting->await_arrivals(3);
      world.witness(meeting->arrivals() == 3,
                    "each of three workers had thrown an error and a number before three tasks met");
      meeting->open();
      for (const FuturePointer& task : tasks) EXPECT_TRUE(gives(task->result(), 7));
    }};

/// How often the thread has gone to sleep in the kernel.
std::string voluntary_switches(std::int64_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/status");
  std::string line;
  while (std::getline(file, line) && !line.starts_with("voluntary_ctxt_switches")) {
  }
  return line;
}

const TestCase blocks_while_idle{
    .name = "Worker.blocks_while_idle",
    .requirement = verifies("TPE-029"),
    .shows = "an idle worker comes to rest in the kernel",
    .needs = {"closures", "future", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Answer worker = executor.submit([] { return Value(gettid()); })->result();
      const std::int64_t thread = worker.value.number();
      std::string last;
      bool at_rest = false;
      for (int look = 0; look < 20 && !at_rest; ++look) {
        const std::string now = voluntary_switches(thread);
        const ThreadState state = state_of(thread);
        at_rest = state == ThreadState::gone || (state == ThreadState::asleep && now == last);
        last = now;
        world.let_settle();
      }
      EXPECT_TRUE(at_rest) << "an idle worker went on waking up: " << last;
      world.witness(thread > 0, "the worker of a task that had ended was watched until it came to rest, or was gone");
    }};

const TestCase keeps_count_of_idle_workers{
    .name = "Worker.keeps_count_of_idle_workers",
    .requirement = verifies("TPE-030"),
    .shows = "four tasks meet on a pool of four, whatever it has run before",
    .needs = {"workers.threads", "queue.unbounded"},
    .body = +[](World& world) {
      constexpr int size = 4;
      Executor& executor = world.make({.max_workers = size});
      for (int call = 0; call < 100; ++call) EXPECT_TRUE(gives(executor.submit(returns(call))->result(), call));
      for (const FuturePointer& future : submit_all(executor, returns(7), 50)) EXPECT_TRUE(gives(future->result(), 7));
      const GatePointer gate = world.gate("the meeting of four tasks");
      const std::vector<FuturePointer> meeting = submit_all(executor, held_at(gate, 8), size);
      gate->await_arrivals(size);
      world.witness(gate->arrivals() == size, "after 100 tasks in turn and a backlog of 50, four tasks met");
      gate->open();
      for (const FuturePointer& future : meeting) EXPECT_TRUE(gives(future->result(), 8));
    }};

const TestCase takes_the_next_task_uncollected{
    .name = "Worker.takes_the_next_task_uncollected",
    .requirement = verifies("TPE-032"),
    .shows = "20 tasks run on one worker while nobody asks for a result",
    .needs = {"workers.threads", "queue.unbounded"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const MarkPointer ran = world.mark("a task ran");
      const std::vector<FuturePointer> futures = submit_all(executor, hits(ran), 20);
      ran->await(20);
      EXPECT_EQ(ran->count(), 20);
      world.witness(futures.size() == 20, "no result had been asked for when all tasks had run");
    }};

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

}  // namespace

std::vector<TestCase> thread_pool_conduct_tests() {
  return {runs_one_task_at_a_time_in_a_worker, begins_no_task_before_the_last_has_ended,
          survives_whatever_a_task_throws,     lets_a_forked_child_use_its_own_pools,
          lets_a_child_of_a_task_exit,         blocks_while_idle,
          keeps_count_of_idle_workers,         takes_the_next_task_uncollected};
}

}  // namespace touchstone
