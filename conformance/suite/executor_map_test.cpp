// map: its results, its inputs and its exceptions. What it keeps, its deadline and its buffersize have files of
// their own.
//
// Method: a gate inside a call keeps that call from finishing, or the calls behind it from starting.
// "All calls have run" is known from shutdown, which waits for them, not from a time that has passed.

#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

/// Throws for the number `bad`; else returns its argument.
Function throws_for(std::int64_t bad) {
  return Script{For{bad, {Throw{"call " + std::to_string(bad)}}}, ReturnArgument{}};
}

const TestCase yields_in_order{.name = "Map.yields_in_order",
                               .requirement = verifies("MAP-001"),
                               .shows = "30 results on four workers come in the order of the inputs",
                               .body = +[](World& world) {
                                 Executor& executor = world.make({.max_workers = 4});
                                 const auto results = executor.map({}, identity, {Numbers(30).source()});
                                 const std::vector<Value> yielded = values_of(results_of(*results));
                                 EXPECT_EQ(yielded, numbers_below(30));
                                 world.witness(yielded.size() > 4, "there were more calls than workers");
                               }};

const TestCase yields_in_order_although_a_later_call_ends_first{
    .name = "Map.yields_in_order_although_a_later_call_ends_first",
    .requirement = verifies("MAP-001"),
    .shows = "the first result comes first although the second call has ended and the first has not",
    .needs = {"workers.threads", "submit.beside_threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer first = world.gate("the first call");
      const MarkPointer second = world.mark("the second call has ended");
      const Function function = Script{For{0, {Pass{first}}}, For{1, {Hit{second}}}, ReturnArgument{}};
      Background<std::vector<Answer>> consumer(world, std::function<std::vector<Answer>()>([&executor, function] {
                                                 return results_of(*executor.map({}, function, {Numbers(2).source()}));
                                               }));
      second->await();
      first->await_arrivals(1);
      EXPECT_TRUE(world.stays_quiet([&] { return consumer.returned(); })) << "map did not wait for its first result";
      world.witness(true, "the second call was through while the first stood at a gate");
      first->open();
      EXPECT_EQ(values_of(consumer.value()), numbers_below(2));
    }};

const TestCase takes_all_inputs_at_once{.name = "Map.takes_all_inputs_at_once",
                                        .requirement = verifies("MAP-002"),
                                        .shows = "every element of the input is taken when map returns",
                                        .body = +[](World& world) {
                                          Executor& executor = world.make({.max_workers = 2});
                                          const Numbers input(20);
                                          const auto results = executor.map({}, identity, {input.source()});
                                          EXPECT_EQ(input.taken(), 20);
                                          world.witness(results != nullptr,
                                                        "map had returned, and its iterator was not advanced");
                                        }};

const TestCase runs_all_calls_without_being_advanced{
    .name = "Map.runs_all_calls_without_being_advanced",
    .requirement = verifies("MAP-002"),
    .shows = "all calls run although the iterator is never advanced",
    .needs = {"shutdown"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const MarkPointer calls = world.mark("a call ran");
      const auto results = executor.map({}, counted(calls), {Numbers(20).source()});
      executor.shutdown();
      EXPECT_EQ(calls->count(), 20);
      world.witness(results != nullptr, "the iterator was held, and never advanced");
    }};

const TestCase ends_with_the_shortest_input{
    .name = "Map.ends_with_the_shortest_input",
    .requirement = verifies("MAP-003"),
    .shows = "three inputs are walked in step as far as the shortest reaches",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const MarkPointer calls = world.mark("a call ran");
      const Function add = Script{Hit{calls}, ReturnSum{}};
      const auto results =
          executor.map({}, add, {Numbers(5).source(), values({100, 200, 300}), values({1000, 2000, 3000, 4000})});
      EXPECT_EQ(values_of(results_of(*results)), (std::vector<Value>{1100, 2201, 3302}));
      EXPECT_EQ(calls->count(), 3);
      world.witness(calls->count() > 0, "three inputs of different lengths were walked in step");
    }};

const TestCase of_an_empty_input_is_empty{
    .name = "Map.of_an_empty_input_is_empty",
    .requirement = verifies("MAP-004"),
    .shows = "map over an empty input yields nothing and calls nothing",
    .needs = {"shutdown"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const MarkPointer calls = world.mark("a call ran");
      const auto none = executor.map({}, counted(calls), {values({})});
      EXPECT_FALSE(none->next());
      const auto one_of_two = executor.map({}, counted(calls), {Numbers(3).source(), values({})});
      EXPECT_FALSE(one_of_two->next());
      executor.shutdown();
      EXPECT_EQ(calls->count(), 0);
      world.witness(true, "one input of each map was empty, and shutdown had waited for whatever was submitted");
    }};

const TestCase runs_its_calls_together{.name = "Map.runs_its_calls_together",
                                       .requirement = verifies("MAP-005"),
                                       .shows = "three calls of one map run on three workers at the same time",
                                       .needs = {"workers.threads"},
                                       .body = +[](World& world) {
                                         Executor& executor = world.make({.max_workers = 3});
                                         const GatePointer gate = world.gate("inside each call");
                                         const auto results = executor.map({}, gated(gate), {Numbers(3).source()});
                                         gate->await_arrivals(3);
                                         world.witness(gate->arrivals() == 3,
                                                       "three calls of one map stood at one gate together");
                                         gate->open();
                                         EXPECT_EQ(values_of(results_of(*results)), numbers_below(3));
                                       }};

const TestCase throws_at_the_place_of_the_call{
    .name = "Map.throws_at_the_place_of_the_call",
    .requirement = verifies("MAP-006"),
    .shows = "two results come before the exception of the third call, which had been thrown already",
    .needs = {"callable.throws", "shutdown"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const MarkPointer thrown = world.mark("the third call has thrown");
      const Function function = Script{For{2, {Hit{thrown}, Throw{"call 2"}}}, ReturnArgument{}};
      const auto results = executor.map({}, function, {Numbers(5).source()});
      executor.shutdown();
      world.witness(thrown->count() == 1, "the call had thrown before the iterator was advanced");
      const std::vector<Answer> answers = results_of(*results);
      ASSERT_EQ(answers.size(), 3U);
      EXPECT_TRUE(gives(answers[0], 0));
      EXPECT_TRUE(gives(answers[1], 1));
      EXPECT_TRUE(fails_with(answers[2], "call 2"));
    }};

/// A map on one worker whose first call throws and whose second stands at a gate.
struct FailedMap {
  explicit FailedMap(World& world)
      : executor(world.make()),
        gate(world.gate("the second call")),
        calls(world.mark("a call started")),
        results(executor.map({}, function(), {Numbers(6).source()})) {
    gate->await_arrivals(1);
  }

  Function function() { return Script{Hit{calls}, For{0, {Throw{"call 0"}}}, Pass{gate}, ReturnArgument{}}; }

  Executor& executor;
  GatePointer gate;
  MarkPointer calls;
  std::unique_ptr<MapIterator> results;
};

const TestCase ends_with_the_first_exception{
    .name = "Map.ends_with_the_first_exception",
    .requirement = verifies("MAP-007"),
    .shows = "the iterator is at its end after it has thrown a call's exception",
    .needs = {"workers.threads", "queue.some"},
    .body = +[](World& world) {
      FailedMap map(world);
      const std::optional<Answer> first = map.results->next();
      ASSERT_TRUE(first);
      EXPECT_TRUE(fails_with(*first, "call 0"));
      EXPECT_FALSE(map.results->next());
      world.witness(map.gate->arrivals() == 1, "the first call had thrown, the second was running, four were pending");
    }};

const TestCase cancels_the_rest_at_the_first_exception{
    .name = "Map.cancels_the_rest_at_the_first_exception",
    .requirement = verifies("MAP-007"),
    .shows = "calls that were pending when an exception came out of the iterator never run",
    .needs = {"shutdown", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      FailedMap map(world);
      const std::optional<Answer> first = map.results->next();
      ASSERT_TRUE(first);
      EXPECT_TRUE(fails_with(*first, "call 0"));
      world.witness(map.calls->count() == 2, "the first call had thrown, the second was running, four were pending");
      map.gate->open();
      map.executor.shutdown();
      EXPECT_EQ(map.calls->count(), 2);
    }};

const TestCase shows_what_follows_an_exception{
    .name = "Map.shows_what_follows_an_exception",
    .requirement = verifies("MAP-008"),
    .shows = "whether the iterator can be advanced past an exception",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const auto results = executor.map({}, throws_for(0), {Numbers(3).source()});
      const std::optional<Answer> first = results->next();
      ASSERT_TRUE(first);
      EXPECT_TRUE(fails_with(*first, "call 0"));
      world.witness(true, "the first of three calls had thrown, and the iterator was advanced again");
      if (results->next()) {
        world.choose(
            "it can be advanced, and nothing is cancelled (CPython's thread pool from 3.16 on; a deviation from "
            "MAP-007)");
      } else {
        world.choose("it ends, and what has not started is cancelled (MAP-007)");
      }
    }};

}  // namespace

std::vector<TestCase> executor_map_tests() {
  return {yields_in_order,
          yields_in_order_although_a_later_call_ends_first,
          takes_all_inputs_at_once,
          runs_all_calls_without_being_advanced,
          ends_with_the_shortest_input,
          of_an_empty_input_is_empty,
          runs_its_calls_together,
          throws_at_the_place_of_the_call,
          ends_with_the_first_exception,
          cancels_the_rest_at_the_first_exception,
          shows_what_follows_an_exception};
}

}  // namespace touchstone
