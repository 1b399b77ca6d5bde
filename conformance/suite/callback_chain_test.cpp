// Chains: futures that callbacks of other futures complete, and callbacks that wait for one another.
//
// Method: the test completes the first future of a chain, and when that call has returned, all of it must have run.
// A chain that needs stack for each link ends the process long before its own end.

#include <fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

using Entries = std::vector<std::string>;

// How the futures of a chain complete the next one, and how the first one is completed.
using Completion = void (*)(const Producer&);

constexpr std::size_t links = 200'000;  // a stack of 8 MiB holds less than a hundred thousand

void is_of_any_length(World& world, Completion complete) {
  const std::vector<Producer> chain = producers(world, links);
  for (std::size_t i = 0; i + 1 < links; ++i) {
    chain[i].future->add_done_callback([complete, &next = chain[i + 1]](const FuturePointer&) { complete(next); });
  }
  complete(chain.front());
  std::size_t done = 0;
  for (const Producer& producer : chain) done += producer.future->done() ? 1 : 0;
  EXPECT_EQ(done, links);
  world.witness(done > 1, "each future but the first was completed by a callback of the one before");
}

const TestCase of_values_is_of_any_length{
    .name = "CallbackChain.of_values_is_of_any_length",
    .requirement = verifies("CBK-026"),
    .shows = "200,000 futures, each given a value by a callback of the one before, are all done",
    .needs = {"future.done"},
    .body = +[](World& world) {
      is_of_any_length(world, [](const Producer& producer) { producer.promise->set_result(1); });
    }};

const TestCase of_exceptions_is_of_any_length{
    .name = "CallbackChain.of_exceptions_is_of_any_length",
    .requirement = verifies("CBK-026"),
    .shows = "200,000 futures, each failed by a callback of the one before, are all done",
    .needs = {"future.done"},
    .body = +[](World& world) {
      is_of_any_length(world, [](const Producer& producer) { producer.promise->set_exception(task_error("failed")); });
    }};

const TestCase of_cancels_is_of_any_length{
    .name = "CallbackChain.of_cancels_is_of_any_length",
    .requirement = verifies("CBK-026"),
    .shows = "200,000 futures, each cancelled by a callback of the one before, are all done",
    .needs = {"future.done", "future.cancel"},
    .body = +[](World& world) {
      is_of_any_length(world, [](const Producer& producer) { EXPECT_TRUE(producer.future->cancel()); });
    }};

// Each callback registers the next one, which is late.
const TestCase of_late_callbacks_is_of_any_length{
    .name = "CallbackChain.of_late_callbacks_is_of_any_length",
    .requirement = verifies("CBK-026"),
    .shows = "200,000 callbacks, each registered by the one before with a future that is done, all run",
    .body = +[](World& world) {
      const Producer producer(world);
      producer.promise->set_result(1);
      struct Link {
        std::size_t left = links;
        void add(const FuturePointer& future) {
          future->add_done_callback([this](const FuturePointer& given) {
            if (--left > 0) add(given);
          });
        }
      };
      const auto link = std::make_shared<Link>();
      link->add(producer.future);
      EXPECT_EQ(link->left, 0U) << "links of the chain that did not run";
      world.witness(link->left < links, "the future was done, and a callback registered the next one");
    }};

// Deep enough for every implementation that puts callbacks off.
constexpr std::size_t deep = 100;

// Callback i of `outer` completes the next future, and waits for what the callback of that one completes.
const TestCase runs_before_its_thread_blocks{
    .name = "CallbackChain.runs_before_its_thread_blocks",
    .requirement = verifies("CBK-027"),
    .shows = "100 nested callbacks each wait for what the next one does when it has run",
    .body = +[](World& world) {
      const std::vector<Producer> outer = producers(world, deep);
      const std::vector<Producer> inner = producers(world, deep);
      std::size_t answers = 0;
      for (std::size_t i = 0; i < deep; ++i) {
        outer[i].future->add_done_callback([&, i](const FuturePointer&) {
          if (i + 1 < deep) {
            outer[i + 1].promise->set_result(1);
            if (gives(inner[i + 1].future->result(), 2)) ++answers;
          }
          inner[i].promise->set_result(2);
        });
      }
      outer.front().promise->set_result(1);
      EXPECT_EQ(answers, deep - 1);
      world.witness(answers > 0, "each of " + std::to_string(deep) + " nested callbacks waited for the next");
    }};

// Completes three futures inside of so many callbacks, each nested in the one before.
std::vector<std::string> order_inside_of(World& world, std::size_t depth) {
  const std::vector<Producer> outer = producers(world, depth);
  const std::vector<Producer> last = producers(world, 3);
  const auto diary = std::make_shared<Diary>();
  for (std::size_t i = 0; i < last.size(); ++i) last[i].future->add_done_callback(writes(diary, std::to_string(i)));
  for (std::size_t i = 0; i < depth; ++i) {
    outer[i].future->add_done_callback([&, i](const FuturePointer&) {
      if (i + 1 < depth) return outer[i + 1].promise->set_result(1);
      for (const std::size_t each : {2U, 0U, 1U}) last[each].promise->set_result(1);
      EXPECT_TRUE(last[2].future->done()) << "done at once, whenever its callbacks run";
    });
  }
  outer.front().promise->set_result(1);
  return diary->entries();
}

const TestCase keeps_its_order{
    .name = "CallbackChain.keeps_its_order",
    .requirement = verifies("CBK-027"),
    .shows = "callbacks of futures that are done inside of 1 to 100 others run in order, before the outermost returns",
    .needs = {"future.done"},
    .body = +[](World& world) {
      std::size_t in_order = 0;
      for (std::size_t depth = 1; depth <= deep; ++depth) {
        const bool right = order_inside_of(world, depth) == Entries{"2", "0", "1"};
        EXPECT_TRUE(right) << "the order in which the futures were done, inside of " << depth << " callbacks";
        in_order += right ? 1 : 0;
      }
      world.witness(in_order > 0, "three futures were done inside of callbacks, once for each depth up to 100");
    }};

}  // namespace

std::vector<TestCase> callback_chain_tests() {
  return {of_values_is_of_any_length,         of_exceptions_is_of_any_length, of_cancels_is_of_any_length,
          of_late_callbacks_is_of_any_length, runs_before_its_thread_blocks,  keeps_its_order};
}

}  // namespace touchstone
