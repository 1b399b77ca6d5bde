// map with a timeout: one deadline for all results.
//
// Method: "not ready" is made by a gate, "ready" by shutdown, which waits for it. A test that needs a
// result to be ready in time grants more and more time until it was. No test judges how fast anything is,
// but for the one that tells one deadline from two, which believes its fastest attempt.

#include <algorithm>
#include <chrono>
#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

using std::chrono::milliseconds;

/// Waits at the gate for every number but 0.
Function holds_all_but_the_first(const GatePointer& gate) { return Script{Unless{0, {Pass{gate}}}, ReturnArgument{}}; }

/// A map of which the first result came in time, and the second call stands at a gate until this is destroyed.
struct MetOnce {
  /// `executor`: one with two workers, of which none is held. Whether the first result came in time, is_met tells.
  MetOnce(World& world, Executor& executor, milliseconds limit)
      : gate(world.gate("the second call")),
        results(executor.map({.timeout = limit}, holds_all_but_the_first(gate), {Numbers(2).source()})),
        first(results->next()) {}
  ~MetOnce() { gate->open(); }
  MetOnce(const MetOnce&) = delete;
  MetOnce& operator=(const MetOnce&) = delete;

  [[nodiscard]] bool is_met() const { return first && first->has_value(); }

  GatePointer gate;
  std::unique_ptr<MapIterator> results;
  std::optional<Answer> first;
};

const TestCase throws_when_the_next_result_is_late{
    .name = "MapDeadline.throws_when_the_next_result_is_late",
    .requirement = verifies("MAP-011"),
    .shows = "after a result in time, a late one is a timeout error",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      bool was_met = false;
      // On however slow a machine: more and more time.
      for (milliseconds granted{50}; !was_met && granted < std::chrono::hours(1); granted *= 8) {
        const MetOnce map(world, executor, granted);
        if (!map.is_met()) continue;
        was_met = true;
        EXPECT_TRUE(gives(*map.first, 0));
        const std::optional<Answer> second = map.results->next();
        ASSERT_TRUE(second);
        EXPECT_TRUE(is_fault(*second, Fault::timeout));
      }
      world.witness(was_met, "the first result came in time, and the second call could not end: the gate was shut");
    }};

const TestCase counts_from_the_call_of_map{
    .name = "MapDeadline.counts_from_the_call_of_map",
    .requirement = verifies("MAP-010"),
    .shows = "a result asked for after the deadline is not granted the time limit anew",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const auto limit = milliseconds(300);
      Executor& executor = world.make({.max_workers = 2});
      std::chrono::nanoseconds fastest = std::chrono::hours(1);
      int judged = 0;
      for (int attempt = 0; attempt < 20 && judged < 5 && fastest >= limit; ++attempt) {
        const auto start = std::chrono::steady_clock::now();
        const MetOnce map(world, executor, limit);
        if (!map.is_met()) continue;  // a slow machine: the first result was late itself
        world.await([&] { return std::chrono::steady_clock::now() >= start + limit; });
        fastest =
            std::min(fastest, time_of([&] { EXPECT_TRUE(is_fault(map.results->next().value(), Fault::timeout)); }));
        ++judged;
      }
      EXPECT_LT(fastest, limit) << "each of " << judged << " requests after the deadline waited for a time limit anew";
      world.witness(judged > 0,
                    "the first result came in time, and the second was asked for when the deadline was past");
    }};

const TestCase delivers_what_is_ready_after_the_deadline{
    .name = "MapDeadline.delivers_what_is_ready_after_the_deadline",
    .requirement = verifies("MAP-012"),
    .shows = "a result that is ready is delivered although the deadline has passed",
    .needs = {"shutdown"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const auto results = executor.map({.timeout = milliseconds(0)}, identity, {Numbers(1).source()});
      executor.shutdown();
      const std::optional<Answer> first = results->next();
      ASSERT_TRUE(first);
      EXPECT_TRUE(gives(*first, 0));
      world.witness(true, "the deadline was the moment of the call, and shutdown had waited for the result");
    }};

const TestCase cancels_what_it_gave_up{
    .name = "MapDeadline.cancels_what_it_gave_up",
    .requirement = verifies("MAP-013"),
    .shows = "after the timeout error neither the call that was waited for nor a later one runs",
    .needs = {"shutdown", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const MarkPointer calls = world.mark("a call ran");
      const auto results = pool.executor.map({.timeout = milliseconds(1)}, counted(calls), {Numbers(4).source()});
      const std::optional<Answer> first = results->next();
      ASSERT_TRUE(first);
      EXPECT_TRUE(is_fault(*first, Fault::timeout));
      world.witness(calls->count() == 0, "all calls were pending, behind the only worker, when the time was up");
      pool.gate->open();
      pool.executor.shutdown();
      EXPECT_EQ(calls->count(), 0);
    }};

const TestCase delivers_a_timeout_that_the_call_throws{
    .name = "MapDeadline.delivers_a_timeout_that_the_call_throws",
    .requirement = verifies("MAP-009"),
    .shows = "a timeout error that a call throws comes out as that call's exception",
    .needs = {"closures"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const auto thrown = std::make_shared<std::exception_ptr>();
      const Function function = [&subject = world.subject(), thrown](const std::vector<Value>&) -> Value {
        try {
          subject.raise(Fault::timeout);
        } catch (...) {
          *thrown = std::current_exception();
        }
        std::rethrow_exception(*thrown);
      };
      const auto results = executor.map({.timeout = std::chrono::hours(1)}, function, {Numbers(1).source()});
      const std::optional<Answer> first = results->next();
      ASSERT_TRUE(first);
      EXPECT_FALSE(first->has_value());
      EXPECT_EQ(first->error, *thrown) << "what came out is not what the call threw";
      world.witness(*thrown != nullptr, "the call had thrown a timeout error of its own, an hour before the deadline");
    }};

const TestCase with_zero_delivers_only_what_is_ready{
    .name = "MapDeadline.with_zero_delivers_only_what_is_ready",
    .requirement = verifies("MAP-019"),
    .shows = "with a limit of zero a result that is not ready is a timeout error",
    .needs = {"workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const auto results = pool.executor.map({.timeout = milliseconds(0)}, identity, {Numbers(2).source()});
      const std::optional<Answer> first = results->next();
      ASSERT_TRUE(first);
      EXPECT_TRUE(is_fault(*first, Fault::timeout));
      world.witness(pool.gate->arrivals() == 1, "no result could be ready: the only worker stood at a gate");
    }};

const TestCase accepts_a_fraction_of_a_second{
    .name = "MapDeadline.accepts_a_fraction_of_a_second",
    .requirement = verifies("MAP-019"),
    .shows = "a limit of 20.5 milliseconds is accepted and not cut short",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const auto start = std::chrono::steady_clock::now();
      const auto results =
          pool.executor.map({.timeout = std::chrono::microseconds(20'500)}, identity, {Numbers(1).source()});
      const std::optional<Answer> first = results->next();
      ASSERT_TRUE(first);
      EXPECT_TRUE(is_fault(*first, Fault::timeout));
      EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::microseconds(20'500));
      world.witness(pool.gate->arrivals() == 1, "no result could be ready: the only worker stood at a gate");
    }};

const TestCase without_one_waits_without_end{
    .name = "MapDeadline.without_one_waits_without_end",
    .requirement = verifies("MAP-019"),
    .shows = "without a limit the iterator waits until the result is there",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      Background<std::optional<Answer>> consumer(
          world, [results = std::shared_ptr<MapIterator>(pool.executor.map({}, identity, {Numbers(1).source()}))] {
            return results->next();
          });
      world.witness(consumer.blocked(), "a thread waited for the first result, which could not come");
      EXPECT_TRUE(world.stays_quiet([&] { return consumer.returned(); }));
      pool.gate->open();
      ASSERT_TRUE(consumer.value());
      EXPECT_TRUE(gives(*consumer.value(), 0));
    }};

}  // namespace

std::vector<TestCase> executor_map_deadline_tests() {
  return {counts_from_the_call_of_map,
          throws_when_the_next_result_is_late,
          delivers_what_is_ready_after_the_deadline,
          cancels_what_it_gave_up,
          delivers_a_timeout_that_the_call_throws,
          with_zero_delivers_only_what_is_ready,
          accepts_a_fraction_of_a_second,
          without_one_waits_without_end};
}

}  // namespace touchstone
