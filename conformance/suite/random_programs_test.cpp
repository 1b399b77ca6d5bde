// Random inputs and programs, judged by what a loop or a sequential model makes of them.
//
// RapidCheck makes them from the seed of the run, and looks for a smaller one that fails as well. It is called
// on the test's own thread only: its assertions are exceptions, which no other thread would catch.

#include <rapidcheck.h>

#include <algorithm>
#include <pool_fixtures.hpp>
#include <random_program.hpp>
#include <sstream>
#include <topics.hpp>

namespace touchstone {
namespace {

/// What RapidCheck says of an assertion that failed begins with its place, "folder/file.cpp:12:", on a line of its own.
struct Told {
  std::string file = __FILE__;
  int line = __LINE__;
  std::string text;

  explicit Told(const std::string& description) : text(description) {
    const std::size_t end = description.find(":\n");
    const std::size_t number = end == std::string::npos ? end : description.rfind(':', end - 1);
    if (number == std::string::npos || number + 1 == end) return;
    if (description.find_first_not_of("0123456789", number + 1) != end) return;
    file = description.substr(0, number);
    line = std::stoi(description.substr(number + 1));
    text = description.substr(end + 2);
  }
};

/// Checks the property for programs that follow from the seed, and fails the test with the smallest found. Where
/// threads decide, it may be kept when it is tried once more: so what was seen at last is told in any case.
template <typename Property>
void check(World& world, const Property& checked) {
  constexpr int programs = 100;
  std::string last_failure;
  const auto property = [&] {
    try {
      checked();
    } catch (const rc::detail::CaseResult& result) {
      if (result.type == rc::detail::CaseResult::Type::Failure) last_failure = result.description;
      throw;
    }
  };
  const rc::detail::TestParams parameters{.seed = world.seed(), .maxSuccess = programs, .maxSize = 30};
  const rc::detail::TestResult result = rc::detail::checkTestable(property, rc::detail::TestMetadata(), parameters);
  rc::detail::SuccessResult success{};
  const bool passed = result.template match<rc::detail::SuccessResult>(success);
  if (!passed) {
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    const Told told(last_failure);
    ADD_FAILURE_AT(told.file.c_str(), told.line)
        << told.text << "\n"
        << text.str() << "\nThe seed " << world.seed()
        << " makes the same programs again; which of them fails may depend on how their threads run.";
  }
  world.witness(passed && success.numSuccess == programs,
                std::to_string(programs) + " random programs ran to their end");
}

// ------------------------------------------------------------------------------------------ map

/// What a map is given: numbers below 100, and workers.
struct Inputs {
  std::vector<std::int64_t> numbers =
      *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 100)).as("input");
  int workers = *rc::gen::inRange(1, 5).as("workers");

  [[nodiscard]] Source source() const { return values({numbers.begin(), numbers.end()}); }
};

/// Advances the iterator as far as it goes, and writes down what comes out.
std::string written(MapIterator& results) {
  std::string text;
  for (const Answer& answer : results_of(results)) {
    text += (answer.has_value() ? answer.value.to_string() : answer.text) + " ";
  }
  return text;
}

/// Adds seven to each of the inputs, and compares with a loop.
void judge(World& world, const Inputs& inputs, const MapOptions& options) {
  std::string expected;
  for (const std::int64_t number : inputs.numbers) expected += std::to_string(number + 7) + " ";
  Executor& executor = world.make({.max_workers = inputs.workers});
  const std::string results = written(*executor.map(options, Script{ReturnSum{7}}, {inputs.source()}));
  world.destroy(executor);
  RC_ASSERT(results == expected);
}

const TestCase map_gives_what_a_loop_gives{
    .name = "RandomPrograms.map_gives_what_a_loop_gives",
    .requirement = verifies("MAP-001"),
    .shows = "map over random inputs on some workers yields what a loop over them makes",
    .body = +[](World& world) { check(world, [&world] { judge(world, Inputs(), {}); }); }};

const TestCase map_ignores_every_chunksize{
    .name = "RandomPrograms.map_ignores_every_chunksize",
    .requirement = verifies("MAP-020"),
    .shows = "map over random inputs yields the same with a random chunksize, valid or not",
    .body = +[](World& world) {
      check(world, [&world] {
        const Inputs inputs;
        judge(world, inputs, {.chunksize = *rc::gen::inRange(-5, 40).as("chunksize")});
      });
    }};

const TestCase map_is_the_same_for_every_buffersize{
    .name = "RandomPrograms.map_is_the_same_for_every_buffersize",
    .requirement = verifies("MAP-032"),
    .shows = "map over random inputs yields the same with a random buffersize",
    .body = +[](World& world) {
      check(world, [&world] {
        const Inputs inputs;
        judge(world, inputs, {.buffersize = *rc::gen::inRange(1, 40).as("buffersize")});
      });
    }};

const TestCase map_ends_with_the_shortest_of_some_inputs{
    .name = "RandomPrograms.map_ends_with_the_shortest_of_some_inputs",
    .requirement = verifies("MAP-003"),
    .shows = "map over some inputs of random lengths yields what a loop over the shortest makes",
    .body = +[](World& world) {
      check(world, [&world] {
        const auto inputs = *rc::gen::inRange<std::size_t>(1, 4);
        const auto lengths = *rc::gen::container<std::vector<int>>(inputs, rc::gen::inRange(0, 20)).as("lengths");
        std::vector<Source> sources;
        for (const int length : lengths) sources.push_back(Numbers(length).source());
        std::string expected;
        for (int place = 0; place < *std::min_element(lengths.begin(), lengths.end()); ++place) {
          expected += std::to_string(static_cast<int>(lengths.size()) * place) + " ";
        }
        Executor& executor = world.make({.max_workers = 2});
        const std::string results = written(*executor.map({}, sum, std::move(sources)));
        world.destroy(executor);
        RC_ASSERT(results == expected);
      });
    }};

const TestCase map_throws_where_a_loop_would{
    .name = "RandomPrograms.map_throws_where_a_loop_would",
    .requirement = verifies("MAP-006"),
    .shows = "map over random inputs, some of them bad, yields as many results as a loop before it throws",
    .needs = {"callable.throws"},
    .body = +[](World& world) {
      check(world, [&world] {
        const Inputs inputs;
        const auto limit = *rc::gen::inRange<std::int64_t>(0, 100).as("smallest number that is bad");
        Script picky;
        for (std::int64_t bad = limit; bad < 100; ++bad)
          picky.push_back(For{bad, {Throw{"bad " + std::to_string(bad)}}});
        picky.push_back(ReturnArgument{});
        std::string expected;
        for (const std::int64_t number : inputs.numbers) {
          expected += (number < limit ? "" : "bad ") + std::to_string(number) + " ";
          if (number >= limit) break;
        }
        Executor& executor = world.make({.max_workers = inputs.workers});
        const std::string results = written(*executor.map({}, picky, {inputs.source()}));
        world.destroy(executor);
        RC_ASSERT(results == expected);
      });
    }};

// ------------------------------------------------------------------------------------- Programs

rc::Gen<Step> steps() {
  using Kind = Step::Kind;
  return rc::gen::map(rc::gen::pair(rc::gen::weightedElement<Kind>({{6, Kind::submit},
                                                                    {3, Kind::submit_failing},
                                                                    {5, Kind::cancel},
                                                                    {5, Kind::add_callback},
                                                                    {5, Kind::ask},
                                                                    {2, Kind::let_work},
                                                                    {1, Kind::shut_down},
                                                                    {1, Kind::shut_down_cancelling}}),
                                    rc::gen::inRange<std::size_t>(0, 8)),
                      [](const std::pair<Kind, std::size_t>& step) {
                        return Step{step.first, step.second};
                      });
}

const TestCase futures_move_as_the_model_says{
    .name = "RandomPrograms.futures_move_as_the_model_says",
    .requirement = verifies("FUT-002"),
    .shows = "in random programs every future answers, ends and calls back as a sequential model says",
    .needs = {"future", "future.callbacks", "future.cancel", "future.running", "future.shared", "shutdown",
              "shutdown.cancel_futures", "shutdown.no_wait", "workers.limit", "workers.threads", "queue.unbounded"},
    .body = +[](World& world) {
      check(world, [&world] {
        const auto program = *rc::gen::container<Program>(steps()).as("program");
        world.note("random program: " + testing::PrintToString(program));
        const std::string difference = first_difference(world, program);
        if (!difference.empty()) RC_FAIL(difference);
      });
    }};

}  // namespace

std::vector<TestCase> random_programs_tests() {
  return {map_gives_what_a_loop_gives, map_ends_with_the_shortest_of_some_inputs, map_throws_where_a_loop_would,
          map_ignores_every_chunksize, map_is_the_same_for_every_buffersize,      futures_move_as_the_model_says};
}

}  // namespace touchstone
