// as_completed with a limit: what it still yields, when it gives up, and what it says then.
//
// Method: lower bounds of time only. Where a test needs a deadline that has not passed yet, or one
// that has, it reads the clock and tries again with a longer limit if the machine was too slow.

#include <algorithm>
#include <topics.hpp>
#include <wait_fixtures.hpp>

namespace touchstone {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::optional<Refusal> refusal_of_next(const IteratorPointer& iterator) {
  return refusal_of([&] { (void)iterator->next(); });
}

void await_time(World& world, Clock::time_point time) {
  world.await([time] { return Clock::now() >= time; });
}

const TestCase gives_up_at_its_deadline{
    .name = "AsCompletedDeadline.gives_up_at_its_deadline",
    .requirement = verifies("ASC-008"),
    .shows = "After one of two futures the next advance throws TimeoutError, not before 20 ms after the call.",
    .needs = {"future.identity", "promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      made[1].promise->set_result(1);
      const Clock::time_point start = Clock::now();
      const IteratorPointer iterator = iterate(world, futures_of(made), 20ms);
      EXPECT_TRUE(same_future(world, iterator->next(), made[1].future));
      const auto refusal = refusal_of_next(iterator);
      const auto waited = Clock::now() - start;
      EXPECT_TRUE(refused_as(refusal, Fault::timeout));
      EXPECT_GE(waited, 20ms);
      world.witness(true, "by construction: one of two futures was never completed");
    }};

const TestCase gives_up_on_a_held_pool{
    .name = "AsCompletedDeadline.gives_up_on_a_held_pool",
    .requirement = verifies("ASC-008"),
    .shows = "The first advance over the tasks of a held pool throws TimeoutError.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const Task task = returns(1);
      const IteratorPointer iterator = iterate(world, {pool.running, pool.executor.submit(task)}, 5ms);
      EXPECT_TRUE(refused_as(refusal_of_next(iterator), Fault::timeout));
      pool.witness_pending(task);
    }};

const TestCase yields_in_time{
    .name = "AsCompletedDeadline.yields_in_time",
    .requirement = verifies("ASC-008"),
    .shows = "A consumer that is blocked with an hour to go gets the future when it is completed, and then the end.",
    .needs = {"future.identity", "promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      const IteratorPointer iterator = iterate(world, {producer.future}, 1h);
      Background<FuturePointer> advance = advancing(world, iterator);
      world.witness(advance.blocked(), "the consumer was blocked, with an hour to go, when the future was completed");
      producer.promise->set_result(1);
      EXPECT_TRUE(same_future(world, advance.value(), producer.future));
      EXPECT_EQ(iterator->next(), nullptr);
    }};

const TestCase counts_the_unfinished{
    .name = "AsCompletedDeadline.counts_the_unfinished",
    .requirement = verifies("ASC-009"),
    .shows = "The error says how many of the distinct futures are missing.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 5);
      Futures repeated = futures_of(made);
      repeated.push_back(made[0].future);
      repeated.push_back(made[3].future->copy());
      made[1].promise->set_result(1);
      made[3].promise->set_result(3);
      const IteratorPointer iterator = iterate(world, repeated, 0ns);
      const bool two_yielded = iterator->next() != nullptr && iterator->next() != nullptr;
      const auto refusal = refusal_of_next(iterator);
      ASSERT_TRUE(refused_as(refusal, Fault::timeout));
      EXPECT_EQ(std::string(refusal->what()), "3 (of 5) futures unfinished");
      world.witness(two_yielded, "two of five futures, given by seven handles, had been yielded");
    }};

const TestCase yields_all_that_is_complete_with_zero{
    .name = "AsCompletedDeadline.yields_all_that_is_complete_with_zero",
    .requirement = verifies("ASC-010"),
    .shows = "With a limit of zero or less a finished, a cancelled and a failed future come before the error.",
    .needs = {"future.cancel", "future.identity", "promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 4);
      made[0].promise->set_result(0);
      made[1].cancel_and_report();
      made[2].promise->set_exception(task_error("failed"));
      for (const Timeout timeout : {Timeout(0ns), Timeout(-1ns)}) {
        const IteratorPointer iterator = iterate(world, futures_of(made), timeout);
        for (int number = 0; number < 3; ++number) {
          const FuturePointer yielded = iterator->next();
          ASSERT_NE(yielded, nullptr);
          EXPECT_FALSE(same_future(world, yielded, made[3].future));
        }
        EXPECT_TRUE(refused_as(refusal_of_next(iterator), Fault::timeout));
      }
      world.witness(true, "by construction: three of four futures had been completed before the call");
    }};

const TestCase ends_by_itself_with_zero{
    .name = "AsCompletedDeadline.ends_by_itself_with_zero",
    .requirement = verifies("ASC-010"),
    .shows = "With a limit of zero the iterator ends without an error if all futures are complete.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      for (const Producer& producer : made) producer.promise->set_result(1);
      const IteratorPointer iterator = iterate(world, futures_of(made), 0ns);
      EXPECT_NE(iterator->next(), nullptr);
      EXPECT_NE(iterator->next(), nullptr);
      EXPECT_EQ(iterator->next(), nullptr);
      world.witness(true, "by construction: all futures had been completed before the call");
    }};

// A clock that starts at the first advance makes that advance last as long as the whole limit. One
// that has run out makes it return at once, unless the machine stalls; so longer limits are tried too.
const TestCase counts_from_the_call{
    .name = "AsCompletedDeadline.counts_from_the_call",
    .requirement = verifies("ASC-011"),
    .shows = "If the limit has passed before the first advance, that advance does not wait for it again.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      bool returned_soon = false;
      for (std::chrono::milliseconds limit = 40ms; limit < 2s && !returned_soon; limit *= 2) {
        const IteratorPointer iterator = iterate(world, {producer.future}, limit);
        await_time(world, Clock::now() + limit);
        const Clock::time_point start = Clock::now();
        const auto refusal = refusal_of_next(iterator);
        const auto waited = Clock::now() - start;
        EXPECT_TRUE(refused_as(refusal, Fault::timeout));
        returned_soon = waited < limit / 2;
      }
      EXPECT_TRUE(returned_soon)
          << "each first advance lasted at least half as long as the limit that had already passed";
      world.witness(true, "by construction: the limit had passed before the iterator was first advanced");
    }};

const TestCase yields_what_was_complete_before_its_deadline{
    .name = "AsCompletedDeadline.yields_what_was_complete_before_its_deadline",
    .requirement = verifies("ASC-012"),
    .shows = "A future that was completed in time is yielded to a consumer who comes after the deadline.",
    .needs = {"future.identity", "promise"},
    .body = +[](World& world) {
      bool in_time = false;
      for (std::chrono::milliseconds limit = 20ms; limit < 5s && !in_time; limit *= 2) {
        const auto made = producers(world, 2);
        const Clock::time_point deadline = Clock::now() + limit;
        const IteratorPointer iterator = iterate(world, futures_of(made), limit);
        made[0].promise->set_result(0);
        in_time = Clock::now() < deadline;
        if (!in_time) continue;
        await_time(world, Clock::now() + limit);
        FuturePointer yielded;
        const auto refusal = refusal_of([&] { yielded = iterator->next(); });
        EXPECT_FALSE(refusal.has_value()) << refusal->what();
        EXPECT_TRUE(same_future(world, yielded, made[0].future));
        EXPECT_TRUE(refused_as(refusal_of_next(iterator), Fault::timeout));
      }
      world.witness(in_time, "the future was completed before the deadline, and the iterator advanced after it");
    }};

const TestCase is_at_its_end_after_the_error{
    .name = "AsCompletedDeadline.is_at_its_end_after_the_error",
    .requirement = verifies("ASC-013"),
    .shows = "After TimeoutError the iterator is at its end, also when the missing futures are completed.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const IteratorPointer iterator = iterate(world, futures_of(made), 1ms);
      const auto refusal = refusal_of_next(iterator);
      made[0].promise->set_result(0);
      EXPECT_EQ(iterator->next(), nullptr);
      made[1].promise->set_result(1);
      EXPECT_EQ(iterator->next(), nullptr);
      world.witness(refusal.has_value(), "the iterator had thrown before it was advanced again");
    }};

}  // namespace

std::vector<TestCase> as_completed_deadline_tests() {
  return {gives_up_at_its_deadline,
          gives_up_on_a_held_pool,
          yields_in_time,
          counts_the_unfinished,
          yields_all_that_is_complete_with_zero,
          ends_by_itself_with_zero,
          counts_from_the_call,
          yields_what_was_complete_before_its_deadline,
          is_at_its_end_after_the_error};
}

}  // namespace touchstone
