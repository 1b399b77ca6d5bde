// Initializers: when they run, and what becomes of the pool when one fails.
//
// Method: an initializer may stand at a gate like a task, in a pool that makes its workers only when work
// asks for them. So what is submitted meanwhile is pending when the initializer fails.

#include <algorithm>
#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

thread_local int initialized = 0;

const TestCase runs_once_in_each_worker_before_its_first_task{
    .name = "Initializer.runs_once_in_each_worker_before_its_first_task",
    .requirement = verifies("TPE-012"),
    .shows = "each of three workers has run the initializer once when its first task starts, and not again later",
    .needs = {"closures", "future", "queue.unbounded", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 3, .initializer = [] { ++initialized; }});
      const GatePointer gate = world.gate("every worker");
      const std::vector<FuturePointer> first = submit_all(
          executor, [gate] { return gate->pass(), initialized; }, 3);
      gate->await_arrivals(3);
      gate->open();
      for (const FuturePointer& future : first)
        EXPECT_TRUE(gives(future->result(), 1)) << "each task tells how often the initializer has run in its worker";
      for (const FuturePointer& future : submit_all(
               executor, [] { return initialized; }, 20)) {
        EXPECT_TRUE(gives(future->result(), 1)) << "each task tells how often the initializer has run in its worker";
      }
      world.witness(gate->arrivals() == 3, "three workers stood at one gate together, and more tasks were run later");
    }};

// The first worker is idle, and may be looking for tasks, when as many arrive as there may be workers.
const TestCase lets_the_pool_grow_to_its_full_size{
    .name = "Initializer.lets_the_pool_grow_to_its_full_size",
    .requirement = verifies("TPE-008"),
    .shows =
        "three tasks that wait for one another, submitted when the first worker is idle, all run on a pool of three",
    .needs = {"closures", "future", "queue.some", "workers.initializer", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      int meetings = 0;
      for (int round = 0; round < 30; ++round) {
        Executor& executor = world.make({.max_workers = 3, .initializer = [] { ++initialized; }});
        EXPECT_TRUE(gives(executor.submit([] { return initialized; })->result(), 1))
            << "the task tells whether the initializer has run in its worker";
        const GatePointer gate = world.gate("every worker");
        const std::vector<FuturePointer> tasks = submit_all(executor, held_at(gate, 7), 3);
        gate->await_arrivals(3);
        ++meetings;
        gate->open();
        for (const FuturePointer& task : tasks) EXPECT_TRUE(gives(task->result(), 7));
        world.destroy(executor);
      }
      world.witness(meetings == 30,
                    "30 times three tasks met that had been submitted when the first worker had ended one");
    }};

const TestCase runs_before_the_first_task_of_a_busy_pool{
    .name = "Initializer.runs_before_the_first_task_of_a_busy_pool",
    .requirement = verifies("TPE-012"),
    .shows = "300 tasks of pools that are just starting all find their worker prepared",
    .needs = {"closures", "future"},
    .body = +[](World& world) {
      int started = 0;
      for (int round = 0; round < 50; ++round) {
        Executor& executor = world.make({.max_workers = 3, .initializer = [] { initialized = 1; }});
        for (const FuturePointer& future : submit_all(
                 executor, [] { return initialized; }, 6)) {
          started += gives(future->result(), 1) ? 1 : 0;
        }
        world.destroy(executor);
      }
      EXPECT_EQ(started, 300) << "tasks that found their worker prepared, of 300";
      world.witness(true, "tasks were submitted to 50 pools while their workers were starting");
    }};

/// A pool whose only worker stands at a gate in its initializer, and throws when it is open.
struct Breaking {
  explicit Breaking(World& world, const Operation& failure = Throw{"no tools"})
      : gate(world.gate("inside the initializer")),
        executor(world.make({.max_workers = 1, .initializer = Script{Pass{gate}, failure}})),
        first(executor.submit(returns(1))) {
    gate->await_arrivals(1);
  }

  /// Lets the initializer fail, and waits until the pool is broken.
  void fail() const {
    gate->open();
    EXPECT_TRUE(is_fault(first->result(), Fault::broken));
  }

  GatePointer gate;
  Executor& executor;
  FuturePointer first;
};

const TestCase failure_fails_what_is_pending{
    .name = "Initializer.failure_fails_what_is_pending",
    .requirement = verifies("TPE-014"),
    .shows = "what is queued when an initializer throws fails as broken and never runs",
    .needs = {"workers.lazy"},
    .body = +[](World& world) {
      const Breaking pool(world);
      const Task task = returns(7);
      const std::vector<FuturePointer> queued = submit_all(pool.executor, task, 3);
      world.witness(task.runs() == 0, "four calls were pending while the only worker was inside its initializer");
      pool.fail();
      for (const FuturePointer& future : queued) EXPECT_TRUE(is_fault(future->result(), Fault::broken));
      EXPECT_EQ(task.runs(), 0);
    }};

const TestCase failure_refuses_what_comes_later{
    .name = "Initializer.failure_refuses_what_comes_later",
    .requirement = verifies("TPE-014"),
    .shows = "every submit after the failure of an initializer throws the broken error",
    .needs = {"workers.lazy"},
    .body = +[](World& world) {
      const Breaking pool(world);
      pool.fail();
      for (int call = 0; call < 3; ++call) {
        EXPECT_TRUE(refused_as(refusal_of([&] { (void)pool.executor.submit(returns(7)); }), Fault::broken));
      }
      world.witness(true, "a future of the pool had failed as broken before submit was called");
    }};

/// Where the worker that is made for the task fails at once, submit may know it already.
void expect_to_be_broken_by(Executor& executor, const Task& task) {
  FuturePointer future;
  const std::optional<Refusal> refusal = refusal_of([&] { future = executor.submit(task); });
  EXPECT_TRUE(refusal ? refused_as(refusal, Fault::broken) : is_fault(future->result(), Fault::broken));
}

const TestCase failure_breaks_a_pool_however_soon_it_comes{
    .name = "Initializer.failure_breaks_a_pool_however_soon_it_comes",
    .requirement = verifies("TPE-014"),
    .shows = "an initializer that throws at once breaks the pool before any task runs",
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 1, .initializer = Script{Throw{"no tools"}}});
      const Task task = returns(7);
      expect_to_be_broken_by(executor, task);
      EXPECT_EQ(task.runs(), 0);
      EXPECT_TRUE(refused_as(refusal_of([&] { (void)executor.submit(task); }), Fault::broken));
      world.witness(true, "the pool refused the call, or its future failed: the initializer had thrown");
    }};

const TestCase failure_is_logged{
    .name = "Initializer.failure_is_logged",
    .requirement = verifies("TPE-015"),
    .shows = "one record of the highest severity carries the text of what the initializer threw",
    .needs = {"future", "shutdown", "workers.lazy"},
    .body = +[](World& world) {
      const LogBook log(world);
      const Breaking pool(world);
      pool.fail();
      (void)refusal_of([&] { pool.executor.shutdown(); });
      const std::vector<LogRecord> records = log.records();
      const auto mentions = [](const LogRecord& record) {
        return record.severity == "critical" && record.text.find("no tools") != std::string::npos;
      };
      EXPECT_TRUE(std::any_of(records.begin(), records.end(), mentions)) << records.size() << " records";
      world.witness(true, "the initializer had thrown, and the executor was shut down");
    }};

const TestCase failure_may_be_of_any_type{
    .name = "Initializer.failure_may_be_of_any_type",
    .requirement = verifies("TPE-016"),
    .shows = "an initializer that throws a number breaks the pool",
    .needs = {"future", "workers.lazy"},
    .body = +[](World& world) {
      const Breaking pool(world, ThrowNumber{42});
      const FuturePointer queued = pool.executor.submit(returns(7));
      pool.fail();
      EXPECT_TRUE(is_fault(queued->result(), Fault::broken));
      EXPECT_TRUE(refused_as(refusal_of([&] { (void)pool.executor.submit(returns(7)); }), Fault::broken));
      world.witness(true, "the initializer threw a number");
    }};

const TestCase failure_reaches_what_is_behind_a_cancelled_call{
    .name = "Initializer.failure_reaches_what_is_behind_a_cancelled_call",
    .requirement = verifies("TPE-017"),
    .shows = "calls that are queued behind a cancelled one fail as broken, and the cancelled one stays so",
    .needs = {"workers.lazy"},
    .body = +[](World& world) {
      const Breaking pool(world);
      const FuturePointer cancelled = pool.executor.submit(returns(7));
      const std::vector<FuturePointer> behind = submit_all(pool.executor, returns(8), 2);
      world.witness(cancelled->cancel(), "a queued call was cancelled while the worker was inside its initializer");
      pool.fail();
      EXPECT_TRUE(is_fault(cancelled->result(), Fault::cancelled));
      for (const FuturePointer& future : behind) EXPECT_TRUE(is_fault(future->result(), Fault::broken));
    }};

/// A pool of two: the first worker stands at a gate inside a task when the second one fails to start.
struct HalfBroken {
  explicit HalfBroken(World& world) : gate(world.gate("the healthy worker")) {
    const MarkPointer workers = world.mark("an initializer started");
    executor = &world.make({.max_workers = 2, .initializer = Script{OnHit{workers, 2, {Throw{"no tools"}}}}});
    healthy = executor->submit(held_at(gate, 42));
    gate->await_arrivals(1);
    expect_to_be_broken_by(*executor, returns(7));
  }

  GatePointer gate;
  Executor* executor = nullptr;
  FuturePointer healthy;
};

const TestCase failure_leaves_running_tasks_alone{
    .name = "Initializer.failure_leaves_running_tasks_alone",
    .requirement = verifies("TPE-018"),
    .shows = "a task that runs in a healthy worker while the pool breaks delivers its result",
    .needs = {"future.done", "workers.lazy", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HalfBroken pool(world);
      EXPECT_TRUE(world.stays_quiet([&] { return pool.healthy->done(); }));
      world.witness(pool.gate->arrivals() == 1, "a healthy worker was inside a task when another failed to start");
      pool.gate->open();
      EXPECT_TRUE(gives(pool.healthy->result(), 42));
    }};

const TestCase failure_shows_whether_workers_are_replaced{
    .name = "Initializer.failure_shows_whether_workers_are_replaced",
    .requirement = verifies("TPE-019"),
    .shows = "whether a broken pool makes another worker",
    .needs = {"future", "shutdown"},
    .body = +[](World& world) {
      const MarkPointer started = world.mark("an initializer started");
      Executor& executor = world.make({.max_workers = 3, .initializer = Script{Hit{started}, Throw{"no tools"}}});
      (void)refusal_of([&] { (void)executor.submit(returns(1))->result(); });
      const int before = started->count();
      EXPECT_TRUE(refused_as(refusal_of([&] { (void)executor.submit(returns(2)); }), Fault::broken));
      executor.shutdown();
      world.witness(before > 0, "the pool was broken, and submit was called once more");
      world.choose(started->count() == before ? "no worker is created once the pool is broken"
                                              : "further workers are created, and the pool stays broken all the same");
    }};

const TestCase failure_is_a_broken_executor{
    .name = "Initializer.failure_is_a_broken_executor",
    .requirement = verifies("TPE-028"),
    .shows = "what futures and submit report after an initializer has failed is a broken-executor error",
    .needs = {"future", "workers.lazy"},
    .body = +[](World& world) {
      const Breaking pool(world);
      pool.gate->open();
      EXPECT_TRUE(is_fault(pool.first->result(), Fault::broken));
      EXPECT_TRUE(refused_as(refusal_of([&] { (void)pool.executor.submit(returns(7)); }), Fault::broken));
      world.witness(pool.gate->arrivals() == 1, "the error came from an initializer that threw");
    }};

const TestCase failure_has_one_type{
    .name = "Initializer.failure_has_one_type",
    .requirement = verifies("TPE-014"),
    .shows = "the future of a pending task and a later submit throw errors of the same type",
    .needs = {"closures", "future", "workers.lazy"},
    .body = +[](World& world) {
      const Breaking pool(world);
      pool.gate->open();
      const Answer answer = pool.first->result();
      const auto refusal = refusal_of([&] { (void)pool.executor.submit(returns(7)); });
      ASSERT_TRUE(answer.error && refusal && refusal->error);
      EXPECT_EQ(name_of(*type_of(answer.error)), name_of(*type_of(refusal->error)));
      world.witness(pool.gate->arrivals() == 1, "both errors came from an initializer that threw");
    }};

const TestCase failure_counts_more_than_shutdown{
    .name = "Initializer.failure_counts_more_than_shutdown",
    .requirement = verifies("SUB-007"),
    .shows = "submit on a pool that is broken and shut down throws the broken error",
    .needs = {"future", "shutdown.no_wait", "workers.lazy"},
    .body = +[](World& world) {
      const Breaking pool(world);
      pool.fail();
      (void)refusal_of([&] { pool.executor.shutdown(); });
      EXPECT_TRUE(refused_as(refusal_of([&] { (void)pool.executor.submit(returns(7)); }), Fault::broken));

      const Breaking other(world);
      other.gate->await_arrivals(1);
      (void)refusal_of([&] { other.executor.shutdown({.wait = false}); });
      other.fail();
      EXPECT_TRUE(refused_as(refusal_of([&] { (void)other.executor.submit(returns(7)); }), Fault::broken));
      world.witness(true, "one pool was broken first, and shut down then; the other the other way round");
    }};

const TestCase failure_lets_shutdown_return{
    .name = "Initializer.failure_lets_shutdown_return",
    .requirement = verifies("SHD-025"),
    .shows = "shutdown of a broken pool returns and throws nothing",
    .needs = {"future", "workers.lazy"},
    .body = +[](World& world) {
      const Breaking pool(world);
      const std::vector<FuturePointer> queued = submit_all(pool.executor, returns(7), 3);
      pool.fail();
      const std::optional<Refusal> refusal = refusal_of([&] { pool.executor.shutdown(); });
      EXPECT_FALSE(refusal) << refusal->what();
      for (const FuturePointer& future : queued) EXPECT_TRUE(is_fault(future->result(), Fault::broken));
      world.witness(true, "the pool was broken, with calls queued, when shutdown was called");
    }};

}  // namespace

std::vector<TestCase> initializer_tests() {
  return {runs_once_in_each_worker_before_its_first_task,
          lets_the_pool_grow_to_its_full_size,
          runs_before_the_first_task_of_a_busy_pool,
          failure_fails_what_is_pending,
          failure_refuses_what_comes_later,
          failure_breaks_a_pool_however_soon_it_comes,
          failure_is_logged,
          failure_may_be_of_any_type,
          failure_reaches_what_is_behind_a_cancelled_call,
          failure_leaves_running_tasks_alone,
          failure_shows_whether_workers_are_replaced,
          failure_is_a_broken_executor,
          failure_has_one_type,
          failure_counts_more_than_shutdown,
          failure_lets_shutdown_return};
}

}  // namespace touchstone
