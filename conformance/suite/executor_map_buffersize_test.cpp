// map with a buffersize: how much of the input it takes, and when.
//
// Method: the inputs count what is taken of them. They are read on the thread that calls map or
// advances its iterator, so the count is exact whenever such a call has returned.

#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase absent_means_no_limit{.name = "MapBuffersize.absent_means_no_limit",
                                     .requirement = verifies("MAP-027"),
                                     .shows = "without a buffersize all 300 elements are taken when map returns",
                                     .body = +[](World& world) {
                                       Executor& executor = world.make({.max_workers = 2});
                                       const Numbers input(300);
                                       const auto results = executor.map({}, identity, {input.source()});
                                       EXPECT_EQ(input.taken(), 300);
                                       world.witness(true, "map had returned, and its iterator was not advanced");
                                       EXPECT_EQ(values_of(results_of(*results)), numbers_below(300));
                                     }};

const TestCase below_one_is_refused{
    .name = "MapBuffersize.below_one_is_refused",
    .requirement = verifies("MAP-029"),
    .shows = "a buffersize of zero or less is refused with a value error by map itself",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Numbers input(3);
      for (const int buffersize : {0, -1, -1000}) {
        const std::optional<Refusal> refusal =
            refusal_of([&] { (void)executor.map({.buffersize = buffersize}, identity, {input.source()}); });
        EXPECT_TRUE(refused_as(refusal, Fault::invalid_argument)) << "buffersize " << buffersize;
      }
      world.witness(true, "the iterators, had there been any, were not advanced");
    }};

const TestCase limits_what_is_taken_at_first{
    .name = "MapBuffersize.limits_what_is_taken_at_first",
    .requirement = verifies("MAP-030"),
    .shows = "map takes no more of each input than the buffersize, and submits no more calls",
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 4});
      const Numbers one(10);
      const Numbers other(10);
      const MarkPointer calls = world.mark("a call ran");
      const auto results = executor.map({.buffersize = 3}, counted(calls), {one.source(), other.source()});
      EXPECT_LE(one.taken(), 3) << "elements taken from the first input";
      EXPECT_LE(other.taken(), 3) << "elements taken from the second input";
      EXPECT_TRUE(world.stays_quiet([&] { return calls->count() > 3; })) << "more calls were submitted than fit";
      world.witness(results != nullptr, "map had returned, and its iterator was not advanced");
    }};

const TestCase lets_one_more_in_for_each_result{
    .name = "MapBuffersize.lets_one_more_in_for_each_result",
    .requirement = verifies("MAP-031"),
    .shows = "of an endless input one more element is taken for each result that is handed out",
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const Numbers endless;
      const auto results = executor.map({.buffersize = 3}, identity, {endless.source()});
      for (std::int64_t handed_out = 1; handed_out <= 50; ++handed_out) {
        const std::optional<Answer> answer = results->next();
        ASSERT_TRUE(answer);
        EXPECT_TRUE(gives(*answer, handed_out - 1));
        // The place that a result leaves may be filled before it is handed out, or when the next is asked for.
        EXPECT_LE(endless.taken(), handed_out + 3)
            << "elements taken from the input, after " << handed_out << " results";
        EXPECT_GE(endless.taken(), handed_out + 2)
            << "elements taken from the input, after " << handed_out << " results";
      }
      world.witness(endless.taken() > 50, "the input had no end");
    }};

const TestCase changes_no_result{
    .name = "MapBuffersize.changes_no_result",
    .requirement = verifies("MAP-032"),
    .shows = "the results are the same for every buffersize",
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 3});
      for (const int buffersize : {1, 3, 10, 20}) {
        const auto results = executor.map({.buffersize = buffersize}, identity, {Numbers(10).source()});
        EXPECT_EQ(values_of(results_of(*results)), numbers_below(10)) << "with buffersize " << buffersize;
        EXPECT_FALSE(results->next()) << "with buffersize " << buffersize;
      }
      world.witness(true, "the buffer sizes were one, smaller than, equal to and larger than the input");
    }};

const TestCase works_with_several_inputs{
    .name = "MapBuffersize.works_with_several_inputs",
    .requirement = verifies("MAP-033"),
    .shows = "two inputs of different lengths give what they give without a buffersize",
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      for (const int buffersize : {1, 2, 3, 9}) {
        const auto results =
            executor.map({.buffersize = buffersize}, sum, {Numbers(5).source(), values({100, 200, 300})});
        EXPECT_EQ(values_of(results_of(*results)), (std::vector<Value>{100, 201, 302})) << "buffersize " << buffersize;
      }
      world.witness(true, "one input was longer than the other");
    }};

const TestCase works_with_an_empty_input{
    .name = "MapBuffersize.works_with_an_empty_input",
    .requirement = verifies("MAP-033"),
    .shows = "an empty input gives no result and no call",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const MarkPointer calls = world.mark("a call ran");
      const auto none = executor.map({.buffersize = 2}, counted(calls), {values({})});
      EXPECT_FALSE(none->next());
      const auto one_of_two = executor.map({.buffersize = 2}, counted(calls), {Numbers(3).source(), values({})});
      EXPECT_FALSE(one_of_two->next());
      EXPECT_EQ(calls->count(), 0);
      world.witness(true, "one input of each map was empty");
    }};

const TestCase is_not_exceeded_while_a_result_is_awaited{
    .name = "MapBuffersize.is_not_exceeded_while_a_result_is_awaited",
    .requirement = verifies("MAP-034"),
    .shows = "no further call is submitted while the first result is being waited for",
    .needs = {"workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Numbers input(10);
      const auto results =
          std::shared_ptr<MapIterator>(pool.executor.map({.buffersize = 2}, identity, {input.source()}));
      Background<std::optional<Answer>> consumer(world, [results] { return results->next(); });
      world.witness(consumer.blocked(), "a thread waited for the first result, which could not come");
      EXPECT_LE(input.taken(), 2) << "elements taken from the input";
      pool.gate->open();
      ASSERT_TRUE(consumer.value());
      EXPECT_TRUE(gives(*consumer.value(), 0));
    }};

const TestCase is_delivered_after_shutdown{
    .name = "MapBuffersize.is_delivered_after_shutdown",
    .requirement = verifies("MAP-036"),
    .shows = "what was submitted is delivered after shutdown, and then comes the error of submit",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Numbers input(5);
      const auto results = executor.map({.buffersize = 2}, identity, {input.source()});
      const std::int64_t submitted = input.taken();
      executor.shutdown();
      const std::optional<Refusal> submit = refusal_of([&] { (void)executor.submit(returns(1)); });
      ASSERT_TRUE(submit) << "submit accepted a call after shutdown";
      for (std::int64_t number = 0; number < submitted; ++number) {
        const std::optional<Answer> answer = results->next();
        ASSERT_TRUE(answer) << "the iterator ended before result " << number;
        EXPECT_TRUE(gives(*answer, number));
      }
      const std::optional<Answer> last = results->next();
      ASSERT_TRUE(last) << "the iterator ended as if its input had";
      EXPECT_TRUE(is_fault(*last, submit->fault));
      world.witness(submitted > 0 && submitted < 5, "some calls were submitted at shutdown, and some inputs were left");
    }};

const TestCase does_not_keep_the_executor_alive{
    .name = "MapBuffersize.does_not_keep_the_executor_alive",
    .requirement = verifies("MAP-037"),
    .shows = "an executor ends its worker when it is destroyed, although an iterator is not at its end",
    .needs = {"closures", "destruction.runs_all", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Numbers input(5);
      const MarkPointer ended = world.mark("a worker has ended");
      const Function function = [ended](const std::vector<Value>& arguments) {
        tell_when_this_thread_ends(ended);
        return arguments.front();
      };
      const auto results = executor.map({.buffersize = 2}, function, {input.source()});
      const std::optional<Answer> first = results->next();
      EXPECT_TRUE(first && gives(*first, 0));
      world.witness(input.taken() < 5, "the iterator was held and not at its end when the executor was destroyed");
      world.destroy(executor);
      ended->await();
      EXPECT_GE(ended->count(), 1);
    }};

}  // namespace

std::vector<TestCase> executor_map_buffersize_tests() {
  return {absent_means_no_limit,
          below_one_is_refused,
          limits_what_is_taken_at_first,
          lets_one_more_in_for_each_result,
          changes_no_result,
          works_with_several_inputs,
          works_with_an_empty_input,
          is_not_exceeded_while_a_result_is_awaited,
          is_delivered_after_shutdown,
          does_not_keep_the_executor_alive};
}

}  // namespace touchstone
