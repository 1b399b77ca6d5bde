// map among the other calls of its executor: the place of its calls among them, and what shutdown, a worker that cannot
// be initialized and the end of the map do to them.
//
// Method: the only worker stands at a gate, or in its initializer, so that what is mapped is pending. One worker notes
// in which order it takes up what is behind the gate.

#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

Task notes(const NotesPointer& started, std::int64_t number) { return Script{Note{started, number}}; }

Function notes_each(const NotesPointer& started) { return Script{Note{started}, ReturnArgument{}}; }

const TestCase takes_its_place_among_calls{
    .name = "MapCompany.takes_its_place_among_calls",
    .requirement = verifies("MAP-038"),
    .shows = "two maps and three calls are taken up in the order in which they were submitted",
    .needs = {"shutdown", "workers.limit", "workers.threads", "queue.some", "order.fifo"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const auto started = std::make_shared<Notes>();
      (void)pool.executor.submit(notes(started, 100));
      const auto first = pool.executor.map({}, notes_each(started), {Numbers(40).source()});
      (void)pool.executor.submit(notes(started, 101));
      const auto second = pool.executor.map({}, notes_each(started), {values({200, 201})});
      (void)pool.executor.submit(notes(started, 102));
      world.witness(started->numbers().empty(), "two maps and three calls were pending behind the only worker");
      pool.gate->open();
      pool.executor.shutdown();
      std::vector<std::int64_t> expected{100};
      for (std::int64_t number = 0; number < 40; ++number) expected.push_back(number);
      for (const std::int64_t number : {101, 200, 201, 102}) expected.push_back(number);
      EXPECT_EQ(started->numbers(), expected);
    }};

const TestCase leaves_their_place_to_calls_of_its_input{
    .name = "MapCompany.leaves_their_place_to_calls_of_its_input",
    .requirement = verifies("MAP-038"),
    .shows = "calls that the input submits are taken up between the elements before and behind them",
    .needs = {"shutdown", "workers.limit", "workers.threads", "queue.some", "order.fifo"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const auto started = std::make_shared<Notes>();
      const Source submitting = [&executor = pool.executor, started,
                                 next = std::int64_t{0}]() mutable -> std::optional<Value> {
        if (next == 6) return std::nullopt;
        if (next % 2 == 1) (void)executor.submit(notes(started, 100 + next));
        return Value(next++);
      };
      const auto results = pool.executor.map({}, notes_each(started), {submitting});
      world.witness(started->numbers().empty(), "the input submitted three calls, all pending behind the only worker");
      pool.gate->open();
      pool.executor.shutdown();
      EXPECT_EQ(started->numbers(), (std::vector<std::int64_t>{0, 101, 1, 2, 103, 3, 4, 105, 5}));
    }};

const TestCase hands_out_what_is_ready{
    .name = "MapCompany.hands_out_what_is_ready",
    .requirement = verifies("MAP-039"),
    .shows = "the first of two results is handed out although the second call has not ended",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer gate = world.gate("every call but the first");
      const Function function = Script{Unless{0, {Pass{gate}}}, ReturnArgument{}};
      const auto results = std::shared_ptr<MapIterator>(executor.map({}, function, {Numbers(2).source()}));
      gate->await_arrivals(1);
      Background<std::optional<Answer>> consumer(world, [results] { return results->next(); });
      const std::optional<Answer> first = consumer.value();
      world.witness(gate->arrivals() == 1, "the second call stood at a gate when the first result was asked for");
      ASSERT_TRUE(first);
      EXPECT_TRUE(gives(*first, 0));
      gate->open();
    }};

const TestCase is_cancelled_by_shutdown{
    .name = "MapCompany.is_cancelled_by_shutdown",
    .requirement = verifies("MAP-040"),
    .shows = "of fifty calls the two that had started are handed out, and then comes CancelledError",
    .needs = {"shutdown.no_wait", "shutdown.cancel_futures", "workers.limit", "workers.threads", "queue.some",
              "order.fifo"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const GatePointer gate = world.gate("the second call");
      const MarkPointer calls = world.mark("a call started");
      const Function function = Script{Hit{calls}, For{1, {Pass{gate}}}, ReturnArgument{}};
      const auto results = executor.map({}, function, {Numbers(50).source()});
      gate->await_arrivals(1);
      executor.shutdown({.wait = false, .cancel_futures = true});
      world.witness(gate->arrivals() == 1,
                    "one call had returned, the second was running, and all others were pending");
      gate->open();
      const std::vector<Answer> outcomes = results_of(*results);
      ASSERT_EQ(outcomes.size(), 3U);
      EXPECT_TRUE(gives(outcomes[0], 0));
      EXPECT_TRUE(gives(outcomes[1], 1));
      EXPECT_TRUE(is_fault(outcomes[2], Fault::cancelled));
      executor.shutdown();
      EXPECT_EQ(calls->count(), 2);
    }};

const TestCase fails_with_its_pool{
    .name = "MapCompany.fails_with_its_pool",
    .requirement = verifies("TPE-014"),
    .shows = "a map that was pending when its pool broke throws BrokenExecutor, and none of its calls runs",
    .needs = {"map"},
    .body = +[](World& world) {
      const GatePointer gate = world.gate("inside the initializer");
      const MarkPointer calls = world.mark("a call ran");
      Executor& executor = world.make({.max_workers = 1, .initializer = Script{Pass{gate}, Throw{"no tools"}}});
      const auto results = executor.map({}, counted(calls), {Numbers(10).source()});
      gate->await_arrivals(1);
      world.witness(calls->count() == 0, "all calls were pending when the only worker could not be initialized");
      gate->open();
      const std::optional<Answer> first = results->next();
      ASSERT_TRUE(first);
      EXPECT_TRUE(is_fault(*first, Fault::broken));
      EXPECT_FALSE(results->next());
      EXPECT_EQ(calls->count(), 0);
    }};

const TestCase lets_go_of_its_callable{
    .name = "MapCompany.lets_go_of_its_callable",
    .requirement = verifies("MAP-041"),
    .shows = "the callable and the elements are destroyed although the iterator, at its end, is held",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const MarkPointer callable = world.mark("the callable was destroyed");
      const MarkPointer element = world.mark("an element was destroyed");
      std::unique_ptr<MapIterator> results;
      {
        std::vector<Value> elements;
        for (int i = 0; i < 20; ++i) elements.emplace_back(tells_its_end(element));
        const Function function = [token = tells_its_end(callable)](const std::vector<Value>&) { return Value(7); };
        results = executor.map({}, function, {values(std::move(elements))});
      }
      while (results->next()) {
      }
      world.witness(results != nullptr, "the iterator was at its end and was held, and the executor too");
      callable->await();
      element->await();
      EXPECT_EQ(callable->count(), 1);
    }};

}  // namespace

std::vector<TestCase> executor_map_company_tests() {
  return {takes_its_place_among_calls, leaves_their_place_to_calls_of_its_input,
          hands_out_what_is_ready,     is_cancelled_by_shutdown,
          fails_with_its_pool,         lets_go_of_its_callable};
}

}  // namespace touchstone
