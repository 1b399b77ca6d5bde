// Future.result() without a limit: that it waits, what it delivers, and to whom.
//
// Method: where a test needs nothing but a task and its result, the thread that submits also waits,
// so that executors which run tasks on the caller are judged as well.

#include <atomic>
#include <fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase delivers_the_value{.name = "FutureResult.delivers_the_value",
                                  .requirement = verifies("FUT-020"),
                                  .shows = "result() gives what the task returned.",
                                  .body = +[](World& world) {
                                    const Task task = returns("the value");
                                    EXPECT_TRUE(gives(world.make().submit(task)->result(), "the value"));
                                    world.witness(task.runs() >= 1, "the task was run");
                                  }};

const TestCase delivers_each_task_its_own_value{
    .name = "FutureResult.delivers_each_task_its_own_value",
    .requirement = verifies("FUT-020"),
    .shows = "Each of 50 futures gives the value of its own task, asked in reverse order.",
    .needs = {"queue.unbounded"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      std::vector<FuturePointer> futures;
      std::vector<Task> tasks;
      for (int number = 0; number < 50; ++number) {
        tasks.push_back(returns(number));
        futures.push_back(executor.submit(tasks.back()));
      }
      int runs = 0;
      for (int number = 49; number >= 0; --number) {
        EXPECT_TRUE(gives(futures[static_cast<std::size_t>(number)]->result(), number));
        runs += tasks[static_cast<std::size_t>(number)].runs();
      }
      world.witness(runs >= 50, "all 50 tasks were run");
    }};

struct Watched {
  explicit Watched(World& world)
      : gate(world.gate("the task")),
        passed(world.mark("the task has passed its gate")),
        waiter(world, [&executor = world.make(), gate = gate, passed = passed] {
          const FuturePointer future = executor.submit(Script{Pass{gate}, Hit{passed}, Return{1}});
          const Answer answer = future->result();
          return std::pair(answer, passed->count() == 1);
        }) {
    gate->await_arrivals(1);
  }

  GatePointer gate;
  MarkPointer passed;
  Background<std::pair<Answer, bool>> waiter;  // the answer, and whether the task had ended by then
};

const TestCase blocks_until_the_task_is_done{
    .name = "FutureResult.blocks_until_the_task_is_done",
    .requirement = verifies("FUT-020"),
    .shows = "result() has not returned while the task stands at a gate, and returns after it has gone on.",
    .needs = {"submit.beside_threads"},
    .body = +[](World& world) {
      Watched watched(world);
      world.witness(watched.waiter.blocked(), "a thread was blocked while its task stood at a gate");
      EXPECT_FALSE(watched.waiter.returned());
      watched.gate->open();
      EXPECT_TRUE(gives(watched.waiter.value().first, 1));
      EXPECT_TRUE(watched.waiter.value().second);
    }};

const TestCase does_not_end_by_itself{
    .name = "FutureResult.does_not_end_by_itself",
    .requirement = verifies("FUT-022"),
    .shows = "result() without a timeout is still blocked when the task has stood at a gate for a while.",
    .needs = {"submit.beside_threads"},
    .body = +[](World& world) {
      Watched watched(world);
      const bool blocked = watched.waiter.blocked();
      const bool quiet = world.stays_quiet([&] { return watched.waiter.returned(); });
      EXPECT_TRUE(quiet);
      world.witness(blocked && watched.passed->count() == 0, "a thread was blocked, and its task stood at a gate");
      watched.gate->open();
      EXPECT_TRUE(watched.waiter.value().second);
    }};

const TestCase delivers_what_the_task_threw{.name = "FutureResult.delivers_what_the_task_threw",
                                            .requirement = verifies("FUT-027"),
                                            .shows = "result() reports the exception of the task, with its text.",
                                            .needs = {"callable.throws"},
                                            .body = +[](World& world) {
                                              const Task task = throws("the task's own words");
                                              const Answer answer = world.make().submit(task)->result();
                                              EXPECT_TRUE(is_fault(answer, Fault::task));
                                              EXPECT_TRUE(fails_with(answer, "the task's own words"));
                                              world.witness(task.runs() == 1, "the task was run");
                                            }};

class Unusual : public std::exception {
 public:
  explicit Unusual(int detail_given) : detail(detail_given) {}
  const char* what() const noexcept override { return "unusual"; }
  const int detail;
};

const TestCase delivers_the_type_that_was_thrown{
    .name = "FutureResult.delivers_the_type_that_was_thrown",
    .requirement = verifies("FUT-027"),
    .shows = "result() throws the very type that the task threw, with all it holds.",
    .needs = {"callable.throws", "closures"},
    .body = +[](World& world) {
      const Task task([]() -> int { throw Unusual(17); });
      const Answer answer = world.make().submit(task)->result();
      ASSERT_TRUE(answer.error) << answer.to_string();
      try {
        std::rethrow_exception(answer.error);
      } catch (const Unusual& error) {
        EXPECT_EQ(error.detail, 17);
      } catch (...) {
        ADD_FAILURE() << "another type was delivered: " << answer.to_string();
      }
      world.witness(task.runs() == 1, "the task was run");
    }};

const TestCase throws_one_object_each_time{
    .name = "FutureResult.throws_one_object_each_time",
    .requirement = verifies("FUT-028"),
    .shows = "result(), twice, and exception() hand out one exception object.",
    .needs = {"callable.throws", "closures"},
    .body = +[](World& world) {
      const FuturePointer future = world.make().submit([]() -> int { throw TaskError("one"); });
      const Answer first = future->result();
      const Answer second = future->copy()->result();
      ASSERT_TRUE(first.error);
      EXPECT_EQ(first.error, second.error);
      EXPECT_EQ(first.error, future->exception().error);
      world.witness(fails_with(first, "one") && fails_with(second, "one"), "the exception was delivered twice");
    }};

const TestCase throws_the_object_that_was_set{
    .name = "FutureResult.throws_the_object_that_was_set",
    .requirement = verifies("FUT-028"),
    .shows = "result() and exception() hand out the exception object that the producer set.",
    .needs = {"closures", "promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      const std::exception_ptr error = task_error("set");
      producer.promise->set_exception(error);
      EXPECT_EQ(producer.future->result().error, error);
      EXPECT_EQ(producer.future->exception().error, error);
      world.witness(true, "by construction: the test itself made the exception");
    }};

const TestCase delivers_to_everybody{
    .name = "FutureResult.delivers_to_everybody",
    .requirement = verifies("FUT-029"),
    .shows = "Four threads get the same value from their copies of a handle, 25 times each.",
    .needs = {"workers.threads"},
    .body = +[](World& world) {
      const GatePointer gate = world.gate("the task");
      const FuturePointer future = world.make().submit(held_at(gate, "for all"));
      std::vector<Background<int>> readers;
      for (int number = 0; number < 4; ++number) {
        readers.emplace_back(world, [copy = future->copy()] {
          int right = 0;
          for (int time = 0; time < 25; ++time) right += gives(copy->result(), "for all") ? 1 : 0;
          return right;
        });
      }
      gate->await_arrivals(1);
      world.witness(gate->arrivals() == 1, "four threads asked, from before the task was done");
      gate->open();
      for (auto& reader : readers) EXPECT_EQ(reader.value(), 25);
    }};

const TestCase delivers_a_failure_to_everybody{
    .name = "FutureResult.delivers_a_failure_to_everybody",
    .requirement = verifies("FUT-029"),
    .shows = "Four threads get the same exception from their copies of a handle, 25 times each.",
    .needs = {"callable.throws"},
    .body = +[](World& world) {
      const FuturePointer future = world.make().submit(throws("for all"));
      std::vector<Background<int>> readers;
      for (int number = 0; number < 4; ++number) {
        readers.emplace_back(world, [copy = future->copy()] {
          int right = 0;
          for (int time = 0; time < 25; ++time) right += fails_with(copy->result(), "for all") ? 1 : 0;
          return right;
        });
      }
      int right = 0;
      for (auto& reader : readers) right += reader.value();
      EXPECT_EQ(right, 100);
      world.witness(readers.size() == 4, "four threads asked 25 times each");
    }};

const TestCase wakes_every_blocked_thread{
    .name = "FutureResult.wakes_every_blocked_thread",
    .requirement = verifies("FUT-031"),
    .shows = "Five threads that are blocked in result() all return when the task is done.",
    .needs = {"workers.threads"},
    .body = +[](World& world) {
      const GatePointer gate = world.gate("the task");
      const FuturePointer future = world.make().submit(held_at(gate, 3));
      std::vector<Background<Answer>> waiters;
      bool all_blocked = true;
      for (int number = 0; number < 5; ++number) {
        waiters.push_back(await_result(world, future->copy()));
        all_blocked = waiters.back().blocked() && all_blocked;
      }
      world.witness(all_blocked, "five threads were blocked in result() when the task was let go");
      gate->open();
      for (auto& waiter : waiters) EXPECT_TRUE(gives(waiter.value(), 3));
    }};

struct SaysNo : std::exception {
  explicit operator bool() const { return false; }
  const char* what() const noexcept override { return ""; }
};

const TestCase takes_an_empty_text_for_a_failure{
    .name = "FutureResult.takes_an_empty_text_for_a_failure",
    .requirement = verifies("FUT-034"),
    .shows = "A task that throws an exception with an empty text has failed.",
    .needs = {"callable.throws"},
    .body = +[](World& world) {
      const Task task = throws("");
      EXPECT_FALSE(world.make().submit(task)->result().has_value());
      world.witness(task.runs() == 1, "the task was run");
    }};

const TestCase takes_false_values_for_failures{
    .name = "FutureResult.takes_false_values_for_failures",
    .requirement = verifies("FUT-034"),
    .shows = "Tasks that throw 0, false, a null pointer or an object that converts to false have failed.",
    .needs = {"callable.throws", "closures"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const std::vector<Task> tasks = {[]() -> int { throw SaysNo(); }, []() -> int { throw 0; },
                                       []() -> int { throw nullptr; }, []() -> int { throw false; }};
      int runs = 0;
      for (const Task& task : tasks) {
        EXPECT_FALSE(executor.submit(task)->result().has_value());
        runs += task.runs();
      }
      world.witness(runs == 4, "four tasks threw a false value, a zero or a null pointer");
    }};

const TestCase takes_no_value_for_a_success{
    .name = "FutureResult.takes_no_value_for_a_success",
    .requirement = verifies("FUT-035"),
    .shows = "result() of a task that returns no value returns, without an exception.",
    .body = +[](World& world) {
      const MarkPointer ended = world.mark("the task has ended");
      EXPECT_TRUE(gives(world.make().submit(Script{Hit{ended}})->result(), Value()));
      world.witness(ended->count() >= 1, "the task came to its end without a value");
    }};

const TestCase fails_with_whatever_is_thrown{
    .name = "FutureResult.fails_with_whatever_is_thrown",
    .requirement = verifies("FUT-036"),
    .shows = "The future of a task that throws an int fails, and the executor goes on.",
    .needs = {"callable.throws", "closures"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Task task([]() -> int { throw 42; });
      EXPECT_FALSE(executor.submit(task)->result().has_value());
      EXPECT_TRUE(gives(executor.submit(returns(1))->result(), 1));
      world.witness(task.runs() == 1, "the task threw an int");
    }};

const TestCase delivers_what_is_no_exception{.name = "FutureResult.delivers_what_is_no_exception",
                                             .requirement = verifies("FUT-027"),
                                             .shows = "result() throws the int that the task threw.",
                                             .needs = {"callable.throws", "closures"},
                                             .body = +[](World& world) {
                                               const Task task([]() -> int { throw 42; });
                                               const Answer answer = world.make().submit(task)->result();
                                               ASSERT_TRUE(answer.error) << answer.to_string();
                                               try {
                                                 std::rethrow_exception(answer.error);
                                               } catch (int number) {
                                                 EXPECT_EQ(number, 42);
                                               } catch (...) {
                                                 ADD_FAILURE() << "another type was delivered: " << answer.to_string();
                                               }
                                               world.witness(task.runs() == 1, "the task threw an int");
                                             }};

// What the task writes is neither atomic nor under a lock: only the wait orders it before the reading.
// ThreadSanitizer reports the race where it does not.
constexpr int visibility_rounds = 100;

void makes_writes_visible(World& world, const std::function<void(const FuturePointer&)>& wait_for) {
  Executor& executor = world.make();
  int right = 0;
  for (int round = 1; round <= visibility_rounds; ++round) {
    const auto written = std::make_shared<int>(0);
    const FuturePointer future = executor.submit([written, round] { *written = round; });
    wait_for(future);
    right += *written == round ? 1 : 0;
  }
  EXPECT_EQ(right, visibility_rounds);
  world.witness(right > 0, "the test read, without a lock, what a task had written without one");
}

const TestCase makes_writes_visible_by_result{
    .name = "FutureResult.makes_writes_visible_by_result",
    .requirement = verifies("FUT-043"),
    .shows = "After result() the caller reads what the task wrote without synchronization.",
    .needs = {"closures"},
    .body = +[](World& world) {
      makes_writes_visible(world, [](const FuturePointer& future) { (void)future->result(); });
    }};

const TestCase makes_writes_visible_by_exception{
    .name = "FutureResult.makes_writes_visible_by_exception",
    .requirement = verifies("FUT-043"),
    .shows = "After exception() the caller reads what the task wrote without synchronization.",
    .needs = {"closures", "future.exception"},
    .body = +[](World& world) {
      makes_writes_visible(world, [](const FuturePointer& future) { (void)future->exception(); });
    }};

const TestCase makes_writes_visible_by_wait{
    .name = "FutureResult.makes_writes_visible_by_wait",
    .requirement = verifies("FUT-043"),
    .shows = "After wait the caller reads what the task wrote without synchronization.",
    .needs = {"closures", "wait"},
    .body = +[](World& world) {
      makes_writes_visible(world, [&world](const FuturePointer& future) {
        (void)world.subject().wait(std::vector{future}, {}, ReturnWhen::all_completed);
      });
    }};

const TestCase makes_writes_visible_by_as_completed{
    .name = "FutureResult.makes_writes_visible_by_as_completed",
    .requirement = verifies("FUT-043"),
    .shows = "After as_completed has yielded, the consumer reads what the task wrote without synchronization.",
    .needs = {"closures", "as_completed"},
    .body = +[](World& world) {
      makes_writes_visible(world, [&world](const FuturePointer& future) {
        (void)world.subject().as_completed(std::vector{future}, {})->next();
      });
    }};

}  // namespace

std::vector<TestCase> future_result_tests() {
  return {delivers_the_value,
          delivers_each_task_its_own_value,
          blocks_until_the_task_is_done,
          does_not_end_by_itself,
          delivers_what_the_task_threw,
          delivers_the_type_that_was_thrown,
          delivers_what_is_no_exception,
          throws_one_object_each_time,
          throws_the_object_that_was_set,
          delivers_to_everybody,
          delivers_a_failure_to_everybody,
          wakes_every_blocked_thread,
          takes_an_empty_text_for_a_failure,
          takes_false_values_for_failures,
          takes_no_value_for_a_success,
          fails_with_whatever_is_thrown,
          makes_writes_visible_by_result,
          makes_writes_visible_by_exception,
          makes_writes_visible_by_wait,
          makes_writes_visible_by_as_completed};
}

}  // namespace touchstone
