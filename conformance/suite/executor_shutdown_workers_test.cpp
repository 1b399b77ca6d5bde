// What shutdown leaves behind: no worker, no descriptor, and no worker where there was none.

#include <filesystem>
#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase of_an_unused_executor_makes_no_worker{
    .name = "Shutdown.of_an_unused_executor_makes_no_worker",
    .requirement = verifies("SHD-016"),
    .shows = "no worker has run its initializer when shutdown of an unused executor has returned",
    .needs = {"workers.initializer", "workers.lazy"},
    .body = +[](World& world) {
      const MarkPointer workers = world.mark("a worker was made");
      Executor& executor = world.make({.max_workers = 4, .initializer = Script{Hit{workers}}});
      executor.shutdown();
      EXPECT_EQ(workers->count(), 0);
      world.witness(true,
                    "nothing was submitted, and each worker would have run the initializer before shutdown returned");
    }};

const TestCase lets_workers_end_by_themselves_without_wait{
    .name = "Shutdown.lets_workers_end_by_themselves_without_wait",
    .requirement = verifies("SHD-003"),
    .shows = "after shutdown without wait the worker ends although nobody waits for it",
    .needs = {"closures", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const MarkPointer ended = world.mark("the worker has ended");
      const GatePointer gate = world.gate("the only worker");
      (void)executor.submit([ended, gate] {
        tell_when_this_thread_ends(ended);
        gate->pass();
      });
      gate->await_arrivals(1);
      executor.shutdown({.wait = false});
      world.witness(ended->count() == 0,
                    "shutdown had returned while the worker was at the gate; nobody called it again");
      gate->open();
      ended->await();
      EXPECT_EQ(ended->count(), 1);
    }};

/// A pool of which each of three workers stands at a gate, and hits a mark when its thread ends.
struct ThreeWorkers {
  explicit ThreeWorkers(World& world)
      : gate(world.gate("every worker")),
        ended(world.mark("a worker has ended")),
        executor(world.make({.max_workers = 3})) {
    const Task task([gate = gate, ended = ended] {
      tell_when_this_thread_ends(ended);
      gate->pass();
    });
    futures = submit_all(executor, task, 3);
    gate->await_arrivals(3);
  }

  GatePointer gate;
  MarkPointer ended;
  Executor& executor;
  std::vector<FuturePointer> futures;
};

const TestCase ends_all_idle_workers{
    .name = "Shutdown.ends_all_idle_workers",
    .requirement = verifies("SHD-003"),
    .shows = "three idle workers end by themselves after a shutdown that does not wait",
    .needs = {"closures", "future", "shutdown.no_wait", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const ThreeWorkers pool(world);
      pool.gate->open();
      for (const FuturePointer& future : pool.futures) (void)future->result();
      world.let_settle();
      world.witness(pool.gate->arrivals() == 3, "each of three workers had nothing to do when shutdown was called");
      pool.executor.shutdown({.wait = false});
      pool.ended->await(3);
      EXPECT_EQ(pool.ended->count(), 3);
    }};

const TestCase leaves_no_thread_behind{
    .name = "Shutdown.leaves_no_thread_behind",
    .requirement = verifies("SHD-026"),
    .shows = "three workers have ended when shutdown returns",
    .needs = {"closures", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const ThreeWorkers pool(world);
      world.witness(pool.ended->count() == 0, "three workers were alive, each with a task");
      pool.gate->open();
      pool.executor.shutdown();
      EXPECT_EQ(pool.ended->count(), 3) << "workers that had ended when shutdown returned";
    }};

const TestCase waits_until_threads_have_ended{
    .name = "Shutdown.waits_until_threads_have_ended",
    .requirement = verifies("SHD-026"),
    .shows = "shutdown is still waiting while its worker, without a task, is about to end",
    .needs = {"closures", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const GatePointer gate = world.gate("at the end of the worker's thread");
      (void)executor.submit([gate] { when_this_thread_ends([gate] { gate->pass(); }); });
      Background<bool> shutdown = shut_down_in_background(world, executor);
      gate->await_arrivals(1);
      const bool blocked = shutdown.blocked();
      EXPECT_TRUE(world.stays_quiet([&] { return shutdown.returned(); }))
          << "shutdown returned before its worker had ended";
      world.witness(blocked, "shutdown was waiting while the only worker, without a task, had not quite ended");
      gate->open();
      EXPECT_TRUE(shutdown.value());
    }};

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

const TestCase leaves_no_descriptor_behind{
    .name = "Shutdown.leaves_no_descriptor_behind",
    .requirement = verifies("SHD-026"),
    .shows = "as many descriptors are open after the fifth shutdown as after the first",
    .needs = {"queue.some"},
    .body = +[](World& world) {
      const Task task = returns(7);
      std::ptrdiff_t before = 0;
      for (int round = 0; round < 5; ++round) {
        Executor& executor = world.make({.max_workers = 2});
        (void)submit_all(executor, task, 10);
        executor.shutdown();
        if (round == 0) before = open_descriptors();  // the first executor may open what all share
        EXPECT_EQ(open_descriptors(), before) << "after round " << round;
      }
      world.witness(task.runs() == 50, "five executors had worked before they were shut down");
    }};

}  // namespace

std::vector<TestCase> executor_shutdown_workers_tests() {
  return {of_an_unused_executor_makes_no_worker,
          lets_workers_end_by_themselves_without_wait,
          ends_all_idle_workers,
          leaves_no_thread_behind,
          waits_until_threads_have_ended,
          leaves_no_descriptor_behind};
}

}  // namespace touchstone
