// What a worker of a thread pool does: one task at a time, whatever that throws, and nothing while it is idle.
//
// Method: workers tell their thread's id, and the system tells what that thread does.

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <fstream>
#include <pool_fixtures.hpp>
#include <string>
#include <string_view>
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
    .needs = {"callable.throws", "closures", "workers.limit", "workers.threads"},
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
int voluntary_switches(std::int64_t thread) {
  constexpr std::string_view head = "voluntary_ctxt_switches:";
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(head)) return std::stoi(line.substr(head.size()));
  }
  return 0;
}

/// How long the thread has had a processor.
std::chrono::nanoseconds processor_time(std::int64_t thread) {
  timespec time = {};
  // As pthread_getcpuclockid() makes it, of the number of a thread.
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3) | 6U);
  if (clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
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
      const int first = voluntary_switches(thread);
      const auto start = processor_time(thread);
      int last = -1;
      bool at_rest = false;
      // Not for a time: on a busy machine it may take long until it has had a processor at all.
      for (int wakeups = 0; !at_rest && wakeups < 50 && processor_time(thread) - start < std::chrono::milliseconds(500);
           wakeups = last - first) {
        const int now = voluntary_switches(thread);
        const ThreadState state = state_of(thread);
        at_rest = state == ThreadState::gone || (state == ThreadState::asleep && now == last);
        last = now;
        world.let_settle();
      }
      EXPECT_TRUE(at_rest) << "an idle worker went to sleep " << last - first << " times, and had a processor for "
                           << std::chrono::duration<double>(processor_time(thread) - start).count() << " s";
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

/// The signals that the calling thread has blocked.
std::string blocked_signals() {
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  std::string names;
  for (int signal = 1; signal < NSIG; ++signal) {
    if (sigismember(&blocked, signal) == 1) names += " " + std::to_string(signal);
  }
  return names;
}

const TestCase blocks_no_signal{
    .name = "Worker.blocks_no_signal",
    .requirement = verifies("TPE-037"),
    .shows = "a task finds the same signals blocked as the thread that submitted it",
    .needs = {"future"},
    .body = +[](World& world) {
      const std::string here = blocked_signals();
      Executor& executor = world.make();
      EXPECT_EQ(executor.submit([] { return Value(blocked_signals()); })->result().value.text(), here)
          << "the numbers of the signals that are blocked in a task; expected: where the worker was made";
      world.witness(true, "a task looked at the signals that its worker has blocked");
    }};

const TestCase lives_on_when_a_task_ends_its_thread{
    .name = "Worker.lives_on_when_a_task_ends_its_thread",
    .requirement = verifies("TPE-038"),
    .shows = "two tasks meet on a pool of two after four others have called pthread_exit",
    .needs = {"workers.threads", "queue.some"},
    .body = +[](World& world) {
      constexpr int size = 2;
      Executor& executor = world.make({.max_workers = size});
      const MarkPointer reached = world.mark("a task is about to end its thread");
      const Task ends_its_thread([reached]() -> Value {
        reached->hit();
        pthread_exit(nullptr);
      });
      for (const FuturePointer& future : submit_all(executor, ends_its_thread, 4)) {
        EXPECT_FALSE(future->result().has_value()) << "the future of a task that has ended its thread";
      }
      const GatePointer meeting = world.gate("the meeting of two tasks");
      const std::vector<FuturePointer> tasks = submit_all(executor, held_at(meeting, 7), size);
      meeting->await_arrivals(size);
      meeting->open();
      for (const FuturePointer& task : tasks) EXPECT_TRUE(gives(task->result(), 7));
      world.witness(reached->count() == 4, "four tasks ended their threads before two others met");
    }};

}  // namespace

std::vector<TestCase> thread_pool_conduct_tests() {
  return {runs_one_task_at_a_time_in_a_worker,
          begins_no_task_before_the_last_has_ended,
          survives_whatever_a_task_throws,
          blocks_while_idle,
          keeps_count_of_idle_workers,
          takes_the_next_task_uncollected,
          blocks_no_signal,
          lives_on_when_a_task_ends_its_thread};
}

}  // namespace touchstone
