// map on process pools: chunks, which are tasks of several calls.
//
// Method: a child that retires after one task tells by its process id which calls were one task.

#include <process_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase makes_a_task_of_each_chunk{
    .name = "ProcessMap.makes_a_task_of_each_chunk",
    .requirement = verifies("MAP-021"),
    .shows = "eight calls in chunks of three are three tasks, each in a child of its own",
    .needs = {"workers.retirement"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 1, .max_tasks_per_child = 1});
      const auto results = executor.map({.chunksize = 3}, Script{ReturnProcess{}}, {Numbers(8).source()});
      const std::vector<Value> processes = values_of(results_of(*results));
      ASSERT_EQ(processes.size(), 8U);
      for (std::size_t call = 0; call < 8; ++call) {
        EXPECT_EQ(processes[call], processes[call / 3 * 3]) << "call " << call;
        if (call >= 3) {
          EXPECT_NE(processes[call], processes[call - 3]) << "call " << call;
        }
      }
      world.witness(true, "a child of the pool ran one task only");
    }};

const TestCase yields_in_order_for_each_chunksize{
    .name = "ProcessMap.yields_in_order_for_each_chunksize",
    .requirement = verifies("MAP-021"),
    .shows = "the results are the same for every chunk size, with one input and with two",
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      for (const int chunksize : {1, 2, 3, 9, 10, 11, 1000}) {
        const auto one = executor.map({.chunksize = chunksize}, identity, {Numbers(10).source()});
        EXPECT_EQ(values_of(results_of(*one)), numbers_below(10)) << "with chunksize " << chunksize;
        const auto two = executor.map({.chunksize = chunksize}, sum, {Numbers(5).source(), values({100, 200, 300})});
        EXPECT_EQ(values_of(results_of(*two)), (std::vector<Value>{100, 201, 302})) << "with chunksize " << chunksize;
        const auto none = executor.map({.chunksize = chunksize}, identity, {values({})});
        EXPECT_FALSE(none->next()) << "with chunksize " << chunksize;
      }
      world.witness(true, "the chunk sizes were one, smaller than, equal to and larger than the input");
    }};

const TestCase refuses_an_invalid_chunksize{
    .name = "ProcessMap.refuses_an_invalid_chunksize",
    .requirement = verifies("MAP-022"),
    .shows = "a chunk size of zero or less is refused by map itself",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Numbers input(3);
      for (const int chunksize : {0, -1, -1000}) {
        const auto refusal =
            refusal_of([&] { (void)executor.map({.chunksize = chunksize}, identity, {input.source()}); });
        EXPECT_TRUE(refused_as(refusal, Fault::invalid_argument)) << "chunksize " << chunksize;
      }
      world.witness(input.taken() == 0, "no element of the input had been taken");
    }};

const TestCase fails_the_whole_chunk{
    .name = "ProcessMap.fails_the_whole_chunk",
    .requirement = verifies("MAP-023"),
    .shows = "of three chunks of three the second fails with its second call, and yields nothing",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const MarkPointer calls = world.mark("a call of the second chunk ran");
      const Function function = Script{For{3, {Hit{calls}}}, For{4, {Throw{"call 4"}}}, ReturnArgument{}};
      const auto results = executor.map({.chunksize = 3}, function, {Numbers(9).source()});
      const std::vector<Answer> answers = results_of(*results);
      ASSERT_EQ(answers.size(), 4U);
      for (int call = 0; call < 3; ++call) EXPECT_TRUE(gives(answers[static_cast<std::size_t>(call)], call));
      EXPECT_TRUE(fails_with(answers[3], "call 4"));
      EXPECT_FALSE(results->next());
      world.witness(calls->count() == 1, "the first call of the chunk had returned");
    }};

const TestCase fails_the_chunk_of_an_element_that_cannot_travel{
    .name = "ProcessMap.fails_the_chunk_of_an_element_that_cannot_travel",
    .requirement = verifies("MAP-025"),
    .shows = "of three chunks of two the second has an element without encoding: the first is delivered",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Value object(std::make_shared<int>(0));
      const auto results = executor.map({.chunksize = 2}, identity, {values({0, 1, 2, object, 4, 5})});
      const std::vector<Answer> answers = results_of(*results);
      ASSERT_EQ(answers.size(), 3U);
      EXPECT_TRUE(gives(answers[0], 0));
      EXPECT_TRUE(gives(answers[1], 1));
      EXPECT_TRUE(fails_alone(answers[2]));
      EXPECT_TRUE(is_usable(executor));
      world.witness(true, "the element was an object of this process: " + answers[2].text);
    }};

const TestCase counts_chunks_in_its_buffer{
    .name = "ProcessMap.counts_chunks_in_its_buffer",
    .requirement = verifies("MAP-035"),
    .shows = "with a buffer of two chunks of ten, of an endless input twenty elements are taken, and ten more later",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Numbers endless;
      const auto results = executor.map({.chunksize = 10, .buffersize = 2}, identity, {endless.source()});
      EXPECT_EQ(endless.taken(), 20);
      for (std::int64_t call = 0; call < 25; ++call) {
        const std::optional<Answer> answer = results->next();
        ASSERT_TRUE(answer);
        EXPECT_TRUE(gives(*answer, call));
        // The place that a chunk leaves may be filled when its first result is handed out, or after its last.
        EXPECT_LE(endless.taken(), 30 + call / 10 * 10) << "after call " << call;
      }
      world.witness(endless.taken() > 20, "more was taken when results were handed out");
    }};

}  // namespace

std::vector<TestCase> process_map_tests() {
  return {makes_a_task_of_each_chunk,
          yields_in_order_for_each_chunksize,
          refuses_an_invalid_chunksize,
          fails_the_whole_chunk,
          fails_the_chunk_of_an_element_that_cannot_travel,
          counts_chunks_in_its_buffer};
}

}  // namespace touchstone
