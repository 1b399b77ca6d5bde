// Process pools: what cannot travel, and what does. A call fails alone where it, its outcome or its exception cannot,
// and the pool goes on.
//
// Method: scripts have operations that nobody can encode or decode. That the child lived on shows in its process id.

#include <process_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

/// Runs the task between two others in a pool of one child, and expects it to fail with an error of its own.
Answer expect_to_fail_alone(World& world, const Task& task) {
  const HeldChildren pool(world, 1);
  const std::vector<FuturePointer> before = submit_all(pool.executor, tells_process(), 2);
  const FuturePointer failing = pool.executor.submit(task);
  const FuturePointer after = pool.executor.submit(tells_process());
  const std::set<pid_t> processes = pool.release();
  for (const FuturePointer& future : before) EXPECT_TRUE(processes.contains(process_of(future)));
  Answer answer = failing->result();
  EXPECT_TRUE(fails_alone(answer));
  EXPECT_TRUE(processes.contains(process_of(after))) << "another child ran the task behind it";
  EXPECT_TRUE(is_usable(pool.executor));
  world.witness(true, "tasks of the same child were pending before and behind it: " + answer.text);
  return answer;
}

Task closure() {
  return [] { return 7; };
}

const TestCase closure_fails_alone{
    .name = "ProcessTravel.closure_fails_alone",
    .requirement = verifies("PPE-025"),
    .shows = "a task that cannot be encoded fails, and the tasks before and behind it do not",
    .body = +[](World& world) { (void)expect_to_fail_alone(world, closure()); }};

const TestCase closure_is_not_run{
    .name = "ProcessTravel.closure_is_not_run",
    .requirement = verifies("PPE-023"),
    .shows = "a closure is run neither in a child nor here",
    .needs = {"map"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const MarkPointer calls = world.mark("a closure was run");
      const Task task([calls] { calls->hit(); });
      ASSERT_TRUE(fails_alone(executor.submit(task)->result()));
      const Function function = [calls](const std::vector<Value>& arguments) { return calls->hit(), arguments[0]; };
      const std::vector<Answer> answers = results_of(*executor.map({}, function, {Numbers(3).source()}));
      ASSERT_FALSE(answers.empty());
      EXPECT_TRUE(fails_alone(answers.front()));
      EXPECT_TRUE(is_usable(executor));
      EXPECT_EQ(calls->count() + task.runs(), 0);
      world.witness(true, "a closure was submitted, and one was mapped");
    }};

const TestCase argument_fails_alone{
    .name = "ProcessTravel.argument_fails_alone",
    .requirement = verifies("PPE-025"),
    .shows = "of a map over three elements the second of which cannot be encoded, the first is delivered",
    .needs = {"map"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Value object(std::make_shared<int>(0));
      const auto results = executor.map({}, identity, {values({1, object, 3})});
      const std::vector<Answer> answers = results_of(*results);
      ASSERT_EQ(answers.size(), 2U);
      EXPECT_TRUE(gives(answers[0], 1));
      EXPECT_TRUE(fails_alone(answers[1]));
      EXPECT_TRUE(is_usable(executor));
      world.witness(true, "the element was an object of this process: " + answers[1].text);
    }};

const TestCase result_fails_alone{
    .name = "ProcessTravel.result_fails_alone",
    .requirement = verifies("PPE-026"),
    .shows = "a task whose result cannot be encoded fails, and the tasks before and behind it do not",
    .body = +[](World& world) { (void)expect_to_fail_alone(world, Script{ReturnObject{}}); }};

const TestCase unknown_exception_is_another_error{
    .name = "ProcessTravel.unknown_exception_is_another_error",
    .requirement = verifies("PPE-027"),
    .shows = "an exception that has no encoding is delivered as an error with its text",
    .body = +[](World& world) {
      const Answer answer = expect_to_fail_alone(world, Script{ThrowUnknown{"only here"}});
      EXPECT_NE(answer.text.find("only here"), std::string::npos) << answer.to_string();
    }};

const TestCase unknown_exception_is_general{
    .name = "ProcessTravel.unknown_exception_is_general",
    .requirement = verifies("PPE-030"),
    .shows = "an exception of a type that the parent cannot rebuild is delivered through the future of its task",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const FuturePointer unknown = executor.submit(Script{ThrowUnknown{"only here"}});
      const Answer answer = unknown->result();
      EXPECT_TRUE(fails_alone(answer));
      EXPECT_NE(answer.fault, Fault::task) << "it claims to be a TaskError";
      EXPECT_TRUE(fails_with(executor.submit(throws("known"))->result(), "known"));
      world.witness(true, "what was thrown is of a type that the adapter has not named");
    }};

const TestCase undecodable_task_fails_alone{
    .name = "ProcessTravel.undecodable_task_fails_alone",
    .requirement = verifies("PPE-028"),
    .shows = "a task that the child fails to decode fails, and the tasks before and behind it do not",
    .body = +[](World& world) {
      (void)expect_to_fail_alone(world, Script{FailToDecode{}, Return{7}});
    }};

const TestCase number_can_be_thrown{
    .name = "ProcessTravel.number_can_be_thrown",
    .requirement = verifies("PPE-034"),
    .shows = "a task that throws a number fails, and its child lives on",
    .body = +[](World& world) { (void)expect_to_fail_alone(world, Script{ThrowNumber{42}}); }};

const TestCase exception_is_delivered{
    .name = "ProcessTravel.exception_is_delivered",
    .requirement = verifies("PPE-035"),
    .shows = "a task that throws fails with what it threw, and its child lives on",
    .body =
        +[](World& world) { EXPECT_TRUE(fails_with(expect_to_fail_alone(world, throws("from afar")), "from afar")); }};

const TestCase exception_keeps_type_and_text{
    .name = "ProcessTravel.exception_keeps_type_and_text",
    .requirement = verifies("PPE-039"),
    .shows = "an exception whose type the adapter has named arrives as that type, with its text",
    .needs = {"future"},
    .body = +[](World& world) {
      const std::string text("from\0afar \xc3\xa9\n", 13);
      const Answer answer = world.make().submit(throws(text))->result();
      EXPECT_EQ(answer.fault, Fault::task) << answer.to_string();
      EXPECT_EQ(answer.text, text.c_str());
      world.witness(answer.error != nullptr, "a child had thrown a TaskError");
    }};

const TestCase exception_tells_where_it_was_thrown{
    .name = "ProcessTravel.exception_tells_where_it_was_thrown",
    .requirement = verifies("PPE-040"),
    .shows = "what is nested in an exception names the child that threw it",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const std::string process = std::to_string(process_of(executor.submit(tells_process())));
      for (const Task& task : {throws("from afar"), Task(Script{ThrowUnknown{"from afar"}})}) {
        const std::string text = full_text(executor.submit(task)->result().error);
        EXPECT_NE(text.find("from afar"), std::string::npos) << text;
        EXPECT_NE(text.find(process), std::string::npos) << text << "; thrown in process " << process;
      }
      world.witness(true, "the same child had told its process id before");
    }};

const TestCase many_megabytes_arrive{
    .name = "ProcessTravel.many_megabytes_arrive",
    .requirement = verifies("PPE-053"),
    .shows = "texts of 32 MB come to the children and back as they were, beside small tasks",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      std::string text(std::size_t{32} << 20, '\0');
      for (std::size_t place = 0; place < text.size(); ++place)
        text[place] = static_cast<char>(place * 2654435761U >> 13);
      // Several at once: where the child reads as quickly as the pool writes, one might pass in a single piece.
      const std::vector<FuturePointer> large = submit_all(executor, returns(text), 4);
      for (const FuturePointer& small : submit_all(executor, returns(7), 20)) EXPECT_TRUE(gives(small->result(), 7));
      for (const FuturePointer& each : large) {
        const Answer answer = each->result();
        ASSERT_TRUE(answer.has_value()) << answer.to_string();
        EXPECT_TRUE(answer.value.text() == text) << "another text has arrived";
      }
      world.witness(true, "no channel of the system holds that much");
    }};

const TestCase failure_after_shutdown_is_delivered{
    .name = "ProcessTravel.failure_after_shutdown_is_delivered",
    .requirement = verifies("PPE-055"),
    .shows = "a result that cannot be encoded fails its future after shutdown, and the pool's threads end",
    .body = +[](World& world) {
      const std::size_t threads = thread_count();
      const HeldChildren pool(world, 1);
      const FuturePointer failing = pool.executor.submit(Script{ReturnObject{}});
      pool.executor.shutdown({.wait = false});
      world.witness(pool.gate->arrivals() == 1,
                    "the task was pending behind the only child when shutdown had returned");
      (void)pool.release();
      EXPECT_TRUE(fails_alone(failing->result()));
      pool.executor.shutdown();
      EXPECT_LE(thread_count(), threads);
    }};

const TestCase shutdown_returns_although_tasks_cannot_travel{
    .name = "ProcessTravel.shutdown_returns_although_tasks_cannot_travel",
    .requirement = verifies("PPE-074"),
    .shows = "a shutdown that waits and cancels returns, and nothing of what cannot be encoded is left pending",
    .needs = {"future", "shutdown.cancel_futures", "queue.unbounded"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 1);
      std::vector<FuturePointer> futures;
      for (int call = 0; call < 20; ++call) {
        futures.push_back(pool.executor.submit(call % 2 == 0 ? closure() : Task(Script{ReturnObject{}})));
      }
      Background<bool> shutdown = shut_down_in_background(world, pool.executor, {.cancel_futures = true});
      world.witness(pool.gate->arrivals() == 1, "what cannot be encoded was submitted while the only child was held");
      (void)pool.release();
      EXPECT_TRUE(shutdown.value());
      for (const FuturePointer& future : futures) EXPECT_FALSE(future->result().has_value());
    }};

}  // namespace

std::vector<TestCase> process_travel_tests() {
  return {closure_fails_alone,
          closure_is_not_run,
          argument_fails_alone,
          result_fails_alone,
          unknown_exception_is_another_error,
          unknown_exception_is_general,
          undecodable_task_fails_alone,
          number_can_be_thrown,
          exception_is_delivered,
          exception_keeps_type_and_text,
          exception_tells_where_it_was_thrown,
          many_megabytes_arrive,
          failure_after_shutdown_is_delivered,
          shutdown_returns_although_tasks_cannot_travel};
}

}  // namespace touchstone
