// Process pools: what a child keeps, and keeps its hands off. Its arguments are its own for as long as a task lasts,
// and neither the rest of main nor what belongs to the parent is for it.
//
// Method: scripts have arguments that can be changed, and that tell when they are let go of. What a child does that is
// a copy of this process, a closure says that it has inherited.

#include <limits>
#include <process_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase changes_a_copy_of_its_arguments{
    .name = "ProcessConduct.changes_a_copy_of_its_arguments",
    .requirement = verifies("SUB-017"),
    .shows = "two tasks that add one to a number which they are given see each the number that was given",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const auto number = std::make_shared<std::int64_t>(41);
      const Task task = Script{ReturnIncreased{number}};
      for (const FuturePointer& future : submit_all(executor, task, 2)) EXPECT_TRUE(gives(future->result(), 42));
      EXPECT_EQ(*number, 41) << "as the submitter sees it";
      world.witness(task.runs() == 2, "two tasks changed the number that they were given");
    }};

const TestCase releases_arguments_at_the_end{
    .name = "ProcessConduct.releases_arguments_at_the_end",
    .requirement = verifies("PPE-072"),
    .shows = "a child that has nothing more to do lets go of what a task was given, be it that this returned or threw",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const pid_t child = process_of(executor.submit(tells_process()));
      for (const Operation& end : {Operation(ReturnProcess{}), Operation(Throw{"at the end"})}) {
        const MarkPointer released = world.mark("a child has let go of the arguments");
        const Answer answer = executor.submit(Script{HitWhenReleased{released}, end})->result();
        EXPECT_TRUE(comes_about(world, [&] { return released->count() > 0; }))
            << "of a task that gave " << answer.to_string();
      }
      world.witness(process_of(executor.submit(tells_process())) == child, "the only child was idle meanwhile");
    }};

/// Texts that a pool, an adapter or this suite may take for something of its own.
std::vector<Value> words() {
  return {"self",
          "fn",
          "args",
          "kwargs",
          "timeout",
          "chunksize",
          "max_workers",
          "initializer",
          "ret",
          "5:four",
          "]",
          "-",
          "",
          Value(),
          0,
          -1,
          "a\tb\nc",
          "\xff",
          "--worker",
          "1",
          1,
          "nothing",
          Value(std::string("\0", 1)),
          Value(std::numeric_limits<std::int64_t>::min())};
}

const TestCase hands_on_arguments_as_they_are{
    .name = "ProcessConduct.hands_on_arguments_as_they_are",
    .requirement = verifies("PPE-077"),
    .shows = "two arguments of a call come to the child in their order, whatever they are",
    .needs = {"map"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const std::vector<Value> first = words();
      const std::vector<Value> second(first.rbegin(), first.rend());
      const auto results = executor.map({}, Script{ReturnArguments{}}, {values(first), values(second)});
      const std::vector<Answer> answers = results_of(*results);
      ASSERT_EQ(answers.size(), first.size());
      for (std::size_t call = 0; call < answers.size(); ++call) {
        EXPECT_TRUE(gives(answers[call], first[call].encode() + " " + second[call].encode()));
      }
      world.witness(true, "most of the arguments were words that somebody on their way could know");
    }};

const TestCase hands_on_a_task_as_it_is{.name = "ProcessConduct.hands_on_a_task_as_it_is",
                                        .requirement = verifies("PPE-077"),
                                        .shows = "what is submitted with a task comes to the child, whatever it is",
                                        .needs = {"future"},
                                        .body = +[](World& world) {
                                          Executor& executor = world.make();
                                          for (const Value& word : words())
                                            EXPECT_TRUE(gives(executor.submit(returns(word))->result(), word));
                                          world.witness(true,
                                                        "most of it were words that somebody on their way could know");
                                        }};

const TestCase leaves_the_rest_of_main{
    .name = "ProcessConduct.leaves_the_rest_of_main",
    .requirement = verifies("PPE-063"),
    .shows = "no child of a pool that was used and shut down has come to main behind the adapter's before_main",
    .needs = {"future", "shutdown"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const FuturePointer future = executor.submit(tells_process());
      const Answer answer = future->result();
      (void)refusal_of([&] { executor.shutdown(); });
      EXPECT_TRUE(comes_about(world, [] { return descendants().empty(); }));
      EXPECT_EQ(workers_in_main(), 0);
      EXPECT_TRUE(answer.has_value()) << answer.to_string();
      world.witness(true, "a pool had been told to run a task in a child, and all children had ended");
    }};

/// What comes of it to submit and to map: a refusal, or a task that failed or ran.
std::string use(Executor& executor) {
  const auto told = [](const Answer& answer) { return answer.has_value() ? "it ran" : "refused"; };
  std::string seen;
  if (refusal_of([&] { seen = told(executor.submit(returns(7))->result()); })) seen = "refused";
  const auto map = [&] {
    seen += std::string(", ") + told(*executor.map({}, identity, {Numbers(1).source()})->next());
  };
  if (refusal_of(map)) seen += ", refused";
  return seen;
}

const TestCase cannot_use_the_pool_of_its_parent{
    .name = "ProcessConduct.cannot_use_the_pool_of_its_parent",
    .requirement = verifies("PPE-062"),
    .shows = "a child that has inherited the pool which made it can neither submit to it nor map",
    .needs = {"map", "workers.forked"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Task task = Script{CallInherited([&executor] { return Value(use(executor)); })};
      EXPECT_TRUE(gives(executor.submit(task)->result(), "refused, refused"));
      EXPECT_TRUE(is_usable(executor));
      world.witness(task.runs() == 1, "the only child was a copy of this process, made inside submit");
    }};

}  // namespace

std::vector<TestCase> process_conduct_tests() {
  return {changes_a_copy_of_its_arguments, releases_arguments_at_the_end, hands_on_arguments_as_they_are,
          hands_on_a_task_as_it_is,        leaves_the_rest_of_main,       cannot_use_the_pool_of_its_parent};
}

}  // namespace touchstone
