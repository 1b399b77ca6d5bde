// as_completed between its advances and after its end: what it hears, what it keeps, what it lets go.
//
// Method: the test completes the futures while nobody is inside the iterator, or at the very moment
// at which somebody enters. What is kept is seen in the life of an object, or in the memory in use.

#include <topics.hpp>
#include <wait_fixtures.hpp>

namespace touchstone {
namespace {

using namespace std::chrono_literals;

const TestCase keeps_nothing_of_what_it_yielded{
    .name = "AsCompletedUpkeep.keeps_nothing_of_what_it_yielded",
    .requirement = verifies("ASC-015"),
    .shows = "The outcome of a future that was yielded and let go is destroyed while the iterator goes on.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer last(world);
      std::weak_ptr<int> outcome;
      IteratorPointer iterator;
      {
        const Producer first(world);
        iterator = iterate(world, {first.future, last.future});
        const auto object = std::make_shared<int>(1);
        outcome = object;
        first.promise->set_result(Value::Object(object));
      }
      world.witness(!outcome.expired(), "the outcome was alive, held by the future that the iterator still missed");
      EXPECT_NE(iterator->next(), nullptr);  // what was yielded is let go here
      EXPECT_TRUE(outcome.expired());
      last.promise->set_result(1);
    }};

const TestCase leaves_nothing_behind{
    .name = "AsCompletedUpkeep.leaves_nothing_behind",
    .requirement = verifies("ASC-016"),
    .shows = "After 2000 iterators that were abandoned, no more memory is in use than before.",
    .needs = {"closures", "promise"},
    .body = +[](World& world) {
      const Producer pending(world), done(world);
      done.promise->set_result(1);
      const auto abandon = [&](int times) {
        for (int time = 0; time < times; ++time) {
          (void)iterate(world, {pending.future});
          (void)iterate(world, {done.future, pending.future})->next();
        }
      };
      constexpr std::size_t times = 1000;
      abandon(50);  // whatever is made once is made here
      const auto before = allocated_bytes();
      abandon(times);
      const auto after = allocated_bytes();
      const std::vector<char> control(times * 8);
      const auto with_control = allocated_bytes();
      ASSERT_TRUE(before && after && with_control);
      // Any trace of an iterator takes at least a pointer.
      EXPECT_LT(*after, *before + times * sizeof(void*)) << "after 2000 iterators that were abandoned";
      world.witness(*with_control >= *after + control.size(),
                    "an allocation of 8000 bytes was seen in the same figures");
      pending.promise->set_result(1);
    }};

const TestCase lets_abandoned_futures_complete{
    .name = "AsCompletedUpkeep.lets_abandoned_futures_complete",
    .requirement = verifies("ASC-016"),
    .shows = "Futures that an abandoned iterator missed are completed and cancelled as any others.",
    .needs = {"future.cancel", "future.identity", "promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      IteratorPointer iterator = iterate(world, futures);
      made[0].promise->set_result(0);
      EXPECT_EQ(index_of(world, futures, iterator->next()), 0);
      iterator.reset();
      made[1].promise->set_result(1);
      ASSERT_TRUE(made[2].future->cancel());
      EXPECT_TRUE(gives(futures[1]->result(), 1));
      EXPECT_TRUE(is_fault(futures[2]->result(), Fault::cancelled));
      world.witness(true, "by construction: the iterator was destroyed while it missed two futures");
    }};

const TestCase yields_what_completed_between_advances{
    .name = "AsCompletedUpkeep.yields_what_completed_between_advances",
    .requirement = verifies("ASC-020"),
    .shows = "Futures that were completed while nobody was inside the iterator are yielded by later advances.",
    .needs = {"future.identity", "promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      const IteratorPointer iterator = iterate(world, futures);
      made[2].promise->set_result(2);
      EXPECT_EQ(index_of(world, futures, iterator->next()), 2);
      made[0].promise->set_result(0);
      made[1].promise->set_result(1);
      EXPECT_EQ(rest_of(world, iterator, futures), (std::vector<int>{0, 1}));
      world.witness(true, "by construction: the futures were completed while nobody was inside the iterator");
    }};

const TestCase loses_no_wake_up{
    .name = "AsCompletedUpkeep.loses_no_wake_up",
    .requirement = verifies("ASC-020"),
    .shows = "A future that is completed while the consumer advances is yielded once.",
    .needs = {"future.done", "future.identity", "promise"},
    .body = +[](World& world) {
      Race race(world);
      for (int round = 0; race.goes_on(); ++round) {
        const Producer producer(world);
        const IteratorPointer iterator = iterate(world, {producer.future});
        bool was_done = false;
        race.round([&] { producer.promise->set_result(round); },
                   [&] {
                     was_done = producer.future->done();
                     EXPECT_TRUE(same_future(world, iterator->next(), producer.future));
                   });
        EXPECT_EQ(iterator->next(), nullptr);
        race.own_was_first(!was_done);
      }
      world.witness(race.both_orders_seen(), "the advance and the completion came first, in rounds: " + race.tally());
    }};

const TestCase is_not_disturbed_by_a_second_completion{
    .name = "AsCompletedUpkeep.is_not_disturbed_by_a_second_completion",
    .requirement = verifies("ASC-021"),
    .shows = "After a refused second completion of a yielded future the others are yielded as they are completed.",
    .needs = {"future.cancel", "future.identity"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      const Futures futures = futures_of(made);
      const IteratorPointer iterator = iterate(world, futures);
      made[0].promise->set_result(0);
      EXPECT_EQ(index_of(world, futures, iterator->next()), 0);
      const auto refusal = refusal_of([&] { made[0].promise->set_result(7); });
      (void)futures[0]->cancel();
      auto advance = advancing(world, iterator);
      const bool blocked = advance.blocked();
      made[2].promise->set_result(2);
      EXPECT_EQ(index_of(world, futures, advance.value()), 2);
      made[1].promise->set_result(1);
      EXPECT_EQ(rest_of(world, iterator, futures), std::vector<int>{1});
      world.witness(refusal.has_value() && blocked, "a yielded future was completed again, which was refused");
    }};

}  // namespace

std::vector<TestCase> as_completed_upkeep_tests() {
  return {keeps_nothing_of_what_it_yielded,       leaves_nothing_behind, lets_abandoned_futures_complete,
          yields_what_completed_between_advances, loses_no_wake_up,      is_not_disturbed_by_a_second_completion};
}

}  // namespace touchstone
