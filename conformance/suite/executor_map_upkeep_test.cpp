// map: iterators that are abandoned, inputs that throw, what is kept, shutdown in between, and chunksize.
//
// Method: as in executor_map_test.cpp.

#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

/// A map on one worker of which one result was handed out, while the second call stands at a gate.
struct HalfReadMap {
  explicit HalfReadMap(World& world)
      : executor(world.make()), gate(world.gate("the second call")), calls(world.mark("a call started")) {
    const Function function = Script{Hit{calls}, Unless{0, {Pass{gate}}}, ReturnArgument{}};
    results = executor.map({}, function, {Numbers(6).source()});
    gate->await_arrivals(1);
  }

  Executor& executor;
  GatePointer gate;
  MarkPointer calls;
  std::unique_ptr<MapIterator> results;
};

const TestCase abandoned_half_read_cancels_the_rest{
    .name = "MapUpkeep.abandoned_half_read_cancels_the_rest",
    .requirement = verifies("MAP-014"),
    .shows = "calls that were pending when an iterator was destroyed half read never run",
    .needs = {"shutdown", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      HalfReadMap map(world);
      const std::optional<Answer> first = map.results->next();
      EXPECT_TRUE(first && gives(*first, 0));
      map.results.reset();
      world.witness(map.calls->count() == 2, "one result was read, the second call was running, four were pending");
      map.gate->open();
      map.executor.shutdown();
      EXPECT_EQ(map.calls->count(), 2);
    }};

const TestCase abandoned_unread_cancels_nothing{
    .name = "MapUpkeep.abandoned_unread_cancels_nothing",
    .requirement = verifies("MAP-015"),
    .shows = "all calls of an iterator that was destroyed unread run",
    .needs = {"shutdown", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const MarkPointer calls = world.mark("a call ran");
      pool.executor.map({}, counted(calls), {Numbers(5).source()}).reset();
      world.witness(calls->count() == 0, "the iterator was destroyed unread while all its calls were pending");
      pool.gate->open();
      pool.executor.shutdown();
      EXPECT_EQ(calls->count(), 5);
    }};

const TestCase abandoned_unread_with_a_buffer_cancels_nothing{
    .name = "MapUpkeep.abandoned_unread_with_a_buffer_cancels_nothing",
    .requirement = verifies("MAP-015"),
    .shows = "the two calls of a map with a buffer of two run when its iterator is destroyed unread",
    .needs = {"map.buffersize", "shutdown", "workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const MarkPointer calls = world.mark("a call ran");
      pool.executor.map({.buffersize = 2}, counted(calls), {Numbers(5).source()}).reset();
      world.witness(calls->count() == 0,
                    "the iterator was destroyed unread while the calls that it had made were pending");
      pool.gate->open();
      pool.executor.shutdown();
      EXPECT_EQ(calls->count(), 2);
    }};

const TestCase lets_go_of_what_it_handed_out{
    .name = "MapUpkeep.lets_go_of_what_it_handed_out",
    .requirement = verifies("MAP-016"),
    .shows = "a result is destroyed when its taker lets go of it, while the iterator lives on",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const MarkPointer destroyed = world.mark("the first result was destroyed");
      const MarkPointer other = world.mark("the second result was destroyed");
      const Function function = [destroyed, other](const std::vector<Value>& arguments) {
        return Value(tells_its_end(arguments.front() == Value(0) ? destroyed : other));
      };
      const auto results = executor.map({}, function, {Numbers(2).source()});
      std::optional<Answer> first = results->next();
      ASSERT_TRUE(first && first->has_value());
      EXPECT_EQ(destroyed->count(), 0);
      world.witness(other->count() == 0,
                    "the iterator was held and not at its end, and the result was held by the test");
      first.reset();
      destroyed->await();
      EXPECT_EQ(destroyed->count(), 1);
    }};

/// The numbers 0 and 1, and then an exception.
Source broken_input() {
  return [next = std::int64_t{0}]() mutable -> std::optional<Value> {
    if (next == 2) throw TaskError("from the input");
    return Value(next++);
  };
}

const TestCase lets_out_what_an_input_throws{.name = "MapUpkeep.lets_out_what_an_input_throws",
                                             .requirement = verifies("MAP-017"),
                                             .shows = "the exception of an input leaves map itself",
                                             .body = +[](World& world) {
                                               Executor& executor = world.make();
                                               std::string text = "nothing";
                                               try {
                                                 (void)executor.map({}, identity, {broken_input()});
                                               } catch (const std::exception& error) {
                                                 text = error.what();
                                               }
                                               EXPECT_NE(text.find("from the input"), std::string::npos)
                                                   << "map threw " << text;
                                               world.witness(true, "the input threw at its third element");
                                             }};

const TestCase runs_what_came_before_a_broken_input{
    .name = "MapUpkeep.runs_what_came_before_a_broken_input",
    .requirement = verifies("MAP-017"),
    .shows = "the calls submitted before an input threw run",
    .needs = {"shutdown", "workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const MarkPointer calls = world.mark("a call ran");
      EXPECT_ANY_THROW((void)pool.executor.map({}, counted(calls), {broken_input()}));
      world.witness(calls->count() == 0, "the input threw at its third element, while the calls of two were pending");
      pool.gate->open();
      pool.executor.shutdown();
      EXPECT_EQ(calls->count(), 2);
    }};

const TestCase is_refused_after_shutdown{
    .name = "MapUpkeep.is_refused_after_shutdown",
    .requirement = verifies("MAP-018"),
    .shows = "map throws after shutdown what submit throws",
    .body = +[](World& world) {
      Executor& executor = world.make();
      executor.shutdown();
      const std::optional<Refusal> submit = refusal_of([&] { (void)executor.submit(returns(1)); });
      ASSERT_TRUE(submit) << "submit accepted a call after shutdown";
      std::vector<MapOptions> ways(1);
      if (world.has("map.buffersize")) ways.push_back({.buffersize = 2});
      for (const MapOptions& options : ways) {
        const std::optional<Refusal> map =
            refusal_of([&] { (void)executor.map(options, identity, {Numbers(3).source()}); });
        ASSERT_TRUE(map) << "map accepted inputs after shutdown";
        EXPECT_EQ(map->fault, submit->fault);
        EXPECT_STREQ(map->what(), submit->what());
      }
      world.witness(true, "shutdown had returned before map was called");
    }};

const TestCase is_refused_after_shutdown_without_elements{
    .name = "MapUpkeep.is_refused_after_shutdown_without_elements",
    .requirement = verifies("MAP-018"),
    .shows = "map of nothing throws after shutdown, although nothing would have to be submitted",
    .body = +[](World& world) {
      Executor& executor = world.make();
      executor.shutdown();
      std::vector<MapOptions> ways(1);
      if (world.has("map.buffersize")) ways.push_back({.buffersize = 2});
      for (const MapOptions& options : ways) {
        EXPECT_TRUE(refusal_of([&] { (void)executor.map(options, identity, {Numbers(0).source()}); }))
            << "map accepted an empty input after shutdown";
      }
      world.witness(true, "shutdown had returned before map was called");
    }};

const TestCase can_be_read_after_shutdown{.name = "MapUpkeep.can_be_read_after_shutdown",
                                          .requirement = verifies("MAP-026"),
                                          .shows = "an iterator delivers all its results after a shutdown that waited",
                                          .body = +[](World& world) {
                                            Executor& executor = world.make({.max_workers = 2});
                                            const auto results = executor.map({}, identity, {Numbers(5).source()});
                                            executor.shutdown();
                                            EXPECT_EQ(values_of(results_of(*results)), numbers_below(5));
                                            world.witness(true,
                                                          "the iterator was not advanced before shutdown had returned");
                                          }};

const TestCase can_be_read_during_shutdown{
    .name = "MapUpkeep.can_be_read_during_shutdown",
    .requirement = verifies("MAP-026"),
    .shows = "an iterator delivers all its results though shutdown found the calls pending",
    .needs = {"shutdown.no_wait", "workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const auto results = pool.executor.map({}, identity, {Numbers(5).source()});
      pool.executor.shutdown({.wait = false});
      world.witness(pool.gate->arrivals() == 1, "the calls were still pending, behind the only worker, at shutdown");
      pool.gate->open();
      EXPECT_EQ(values_of(results_of(*results)), numbers_below(5));
    }};

const TestCase ignores_the_chunksize{
    .name = "MapUpkeep.ignores_the_chunksize",
    .requirement = verifies("MAP-020"),
    .shows = "the results are the same for every chunk size",
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      for (const int chunksize : {1, 2, 3, 10, 1000}) {
        const auto results = executor.map({.chunksize = chunksize}, identity, {Numbers(10).source()});
        EXPECT_EQ(values_of(results_of(*results)), numbers_below(10)) << "with chunksize " << chunksize;
      }
      world.witness(true, "the chunk sizes were one, smaller than, equal to and larger than the input");
    }};

const TestCase ignores_an_invalid_chunksize{
    .name = "MapUpkeep.ignores_an_invalid_chunksize",
    .requirement = verifies("MAP-020"),
    .shows = "a chunk size of zero or less is accepted and changes nothing",
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      for (const int chunksize : {0, -1, -1000}) {
        std::unique_ptr<MapIterator> results;
        const std::optional<Refusal> refusal =
            refusal_of([&] { results = executor.map({.chunksize = chunksize}, identity, {Numbers(10).source()}); });
        ASSERT_FALSE(refusal) << "chunksize " << chunksize << " was refused: " << refusal->what();
        EXPECT_EQ(values_of(results_of(*results)), numbers_below(10)) << "with chunksize " << chunksize;
      }
      world.witness(true, "the chunk sizes were zero and negative");
    }};

const TestCase makes_no_chunks{
    .name = "MapUpkeep.makes_no_chunks",
    .requirement = verifies("MAP-020"),
    .shows = "two calls of one chunk run on two workers at the same time",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer gate = world.gate("inside each call");
      const auto results = executor.map({.chunksize = 2}, gated(gate), {Numbers(2).source()});
      gate->await_arrivals(2);
      world.witness(gate->arrivals() == 2, "both calls of what could have been one chunk stood at one gate together");
      gate->open();
      EXPECT_EQ(values_of(results_of(*results)), numbers_below(2));
    }};

}  // namespace

std::vector<TestCase> executor_map_upkeep_tests() {
  return {abandoned_half_read_cancels_the_rest,
          abandoned_unread_cancels_nothing,
          abandoned_unread_with_a_buffer_cancels_nothing,
          lets_go_of_what_it_handed_out,
          lets_out_what_an_input_throws,
          runs_what_came_before_a_broken_input,
          is_refused_after_shutdown,
          is_refused_after_shutdown_without_elements,
          ignores_the_chunksize,
          ignores_an_invalid_chunksize,
          makes_no_chunks,
          can_be_read_after_shutdown,
          can_be_read_during_shutdown};
}

}  // namespace touchstone
