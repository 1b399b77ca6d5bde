// wait among others: futures of several kinds and executors, several threads that wait for the same
// futures, completions at the same moment, and what a wait leaves behind.
//
// Method: where threads meet they meet many times, and in half of the rounds the waiting thread is
// known to be blocked before they are let loose: a wake-up that is lost then hangs the test.

#include <algorithm>
#include <atomic>
#include <random>
#include <topics.hpp>
#include <wait_fixtures.hpp>

namespace touchstone {
namespace {

using namespace std::chrono_literals;

// Brings a new future into a state that `choice` selects, and returns whether it is done.
bool bring_into_some_state(const Producer& producer, std::uint64_t choice) {
  switch (choice % 6) {
    case 0:
      return false;
    case 1:
      return !producer.promise->set_running_or_notify_cancel();
    case 2:
      producer.promise->set_result(1);
      return true;
    case 3:
      producer.promise->set_exception(task_error("failed"));
      return true;
    default:
      producer.cancel_and_report();
      return true;
  }
}

const TestCase puts_each_future_into_one_group{
    .name = "WaitTogether.puts_each_future_into_one_group",
    .requirement = verifies("WAI-017"),
    .shows = "In random mixtures of states each future is in the group of its state, and in that alone.",
    .needs = {"future.cancel", "promise"},
    .body = +[](World& world) {
      std::mt19937_64 random(world.seed());
      std::size_t done = 0, not_done = 0;
      for (int round = 0; round < 30; ++round) {
        const auto made = producers(world, random() % 12 + 1);
        const Futures futures = futures_of(made);
        std::vector<bool> is_done;
        for (const Producer& producer : made) is_done.push_back(bring_into_some_state(producer, random()));
        const auto when = static_cast<ReturnWhen>(random() % 3);
        const WaitResult result = wait_for(world, futures, when, 0ns);
        EXPECT_EQ(result.done.size() + result.not_done.size(), futures.size());
        for (std::size_t index = 0; index < futures.size(); ++index) {
          EXPECT_EQ(contains(world, result.done, futures[index]), is_done[index]);
          EXPECT_EQ(contains(world, result.not_done, futures[index]), !is_done[index]);
        }
        done += result.done.size();
        not_done += result.not_done.size();
      }
      world.witness(done > 0 && not_done > 0, "30 mixtures held " + std::to_string(done) + " done and " +
                                                  std::to_string(not_done) + " unfinished futures");
    }};

const TestCase takes_futures_of_several_executors{
    .name = "WaitTogether.takes_futures_of_several_executors",
    .requirement = verifies("WAI-019"),
    .shows = "One wait takes tasks of two executors that return a number, a text or nothing, or throw.",
    .needs = {"callable.throws", "submit.beside_threads"},
    .body = +[](World& world) {
      Executor& one = world.make();
      Executor& other = world.make({.max_workers = 2});
      const std::vector<Task> tasks = {returns(1), returns("text"), throws("failed"), Task(Script{})};
      const Futures futures = {one.submit(tasks[0]), other.submit(tasks[1]), one.submit(tasks[2]),
                               other.submit(tasks[3])};
      const WaitResult result = wait_for(world, futures, ReturnWhen::all_completed);
      EXPECT_EQ(result.done.size(), 4U);
      EXPECT_TRUE(result.not_done.empty());
      const bool all_run = std::all_of(tasks.begin(), tasks.end(), [](const Task& task) { return task.runs() == 1; });
      world.witness(all_run, "two executors ran two tasks each: a number, a text, an exception and nothing");
    }};

const TestCase wakes_for_any_executor{
    .name = "WaitTogether.wakes_for_any_executor",
    .requirement = verifies("WAI-019"),
    .shows = "A thread that is blocked in wait over two pools and a promise returns after the last of them.",
    .needs = {"workers.limit", "workers.threads", "promise", "submit.beside_threads"},
    .body = +[](World& world) {
      const HeldPool one(world), other(world);
      const Producer producer(world);
      const Futures futures = {one.running, other.running, producer.future};
      auto waiter = waiting(world, futures, ReturnWhen::all_completed);
      world.witness(waiter.blocked(),
                    "a thread was blocked in wait over two held pools and a future of the test's own");
      producer.promise->set_result(1);
      other.gate->open();
      EXPECT_FALSE(waiter.returned());
      one.gate->open();
      EXPECT_EQ(waiter.value().done.size(), 3U);
    }};

const TestCase leaves_nothing_behind{
    .name = "WaitTogether.leaves_nothing_behind",
    .requirement = verifies("WAI-022"),
    .shows = "After 3000 waits that polled, timed out or returned early, no more memory is in use than before.",
    .needs = {"closures", "promise"},
    .body = +[](World& world) {
      const Producer pending(world), done(world);
      done.promise->set_result(1);
      const auto poll = [&](int times) {
        for (int time = 0; time < times; ++time) {
          (void)wait_for(world, {pending.future}, ReturnWhen::all_completed, 0ns);
          (void)wait_for(world, {pending.future}, ReturnWhen::first_completed, 10us);
          (void)wait_for(world, {pending.future, done.future}, ReturnWhen::first_completed);
        }
      };
      constexpr std::size_t times = 1000;
      poll(50);  // whatever is made once is made here
      const auto before = allocated_bytes();
      poll(times);
      const auto after = allocated_bytes();
      const std::vector<char> control(times * 8);
      const auto with_control = allocated_bytes();
      ASSERT_TRUE(before && after && with_control);
      // Any trace of a wait takes at least a pointer.
      EXPECT_LT(*after, *before + times * sizeof(void*)) << "after 3000 waits that had ended";
      world.witness(*with_control >= *after + control.size(),
                    "an allocation of 8000 bytes was seen in the same figures");
      pending.promise->set_result(1);
    }};

// Four threads complete four futures each, at the same moment as far as a spinning start allows.
struct Volley {
  Volley(World& surroundings, const std::vector<Producer>& made) : go(std::make_shared<std::atomic<bool>>(false)) {
    for (std::size_t first = 0; first < made.size(); first += 4) {
      threads.emplace_back(surroundings,
                           [go = go, part = std::vector(made.begin() + static_cast<std::ptrdiff_t>(first),
                                                        made.begin() + static_cast<std::ptrdiff_t>(first) + 4)] {
                             while (!*go) std::this_thread::yield();
                             for (const Producer& producer : part) producer.promise->set_result(1);
                             return true;
                           });
    }
  }

  std::shared_ptr<std::atomic<bool>> go;
  std::vector<Background<bool>> threads;
};

const TestCase loses_no_wake_up{
    .name = "WaitTogether.loses_no_wake_up",
    .requirement = verifies("WAI-023"),
    .shows = "wait returns all of 16 futures that four threads complete at the same time.",
    .needs = {"promise"},
    .body = +[](World& world) {
      int blocked = 0, caught_in_the_middle = 0;
      for (int round = 0; round < 60; ++round) {
        const auto made = producers(world, 16);
        const Futures futures = futures_of(made);
        const Volley volley(world, made);
        auto waiter = waiting(world, futures, ReturnWhen::all_completed);
        if (round % 2 == 0 && waiter.blocked()) ++blocked;
        *volley.go = true;
        const WaitResult polled = wait_for(world, futures, ReturnWhen::all_completed, 0ns);
        if (!polled.done.empty() && !polled.not_done.empty()) ++caught_in_the_middle;
        ASSERT_EQ(waiter.value().done.size(), 16U) << "in round " << round;
      }
      world.witness(blocked == 30,
                    "in 30 of 60 rounds a thread was blocked in wait when four threads let 16 futures go; "
                    "a poll found some of them done in " +
                        std::to_string(caught_in_the_middle));
    }};

const TestCase loses_no_wake_up_of_a_pool{
    .name = "WaitTogether.loses_no_wake_up_of_a_pool",
    .requirement = verifies("WAI-023"),
    .shows = "wait returns four tasks that one gate lets go at the same time.",
    .needs = {"workers.limit", "workers.threads", "submit.beside_threads"},
    .body = +[](World& world) {
      int blocked = 0;
      for (int round = 0; round < 20; ++round) {
        Executor& executor = world.make({.max_workers = 4});
        const GatePointer gate = world.gate("the first tasks");
        Futures futures;
        for (int task = 0; task < 4; ++task) futures.push_back(executor.submit(held_at(gate)));
        gate->await_arrivals(4);
        auto waiter = waiting(world, futures, ReturnWhen::all_completed);
        blocked += waiter.blocked() ? 1 : 0;
        gate->open();
        ASSERT_EQ(waiter.value().done.size(), 4U) << "in round " << round;
        world.destroy(executor);
      }
      world.witness(blocked == 20, "in 20 rounds a thread was blocked in wait when one gate let four workers go");
    }};

const TestCase keeps_its_waiters_apart_while_they_come_and_go{
    .name = "WaitTogether.keeps_its_waiters_apart_while_they_come_and_go",
    .requirement = verifies("WAI-026"),
    .shows = "A wait without a limit returns though others over the same futures time out all the while.",
    .needs = {"promise"},
    .body = +[](World& world) {
      int timed_out = 0;
      for (int round = 0; round < 20; ++round) {
        const auto made = producers(world, 8);
        const Futures futures = futures_of(made);
        std::vector<Background<int>> impatient;
        for (int number = 0; number < 3; ++number) {
          impatient.emplace_back(world, [&world, futures] {
            int times = 0;
            while (!wait_for(world, futures, ReturnWhen::all_completed, 50us).not_done.empty()) ++times;
            return times;
          });
        }
        Volley volley(world, made);
        (void)wait_for(world, futures, ReturnWhen::first_completed, 1ms);  // lets the others time out a few times
        *volley.go = true;
        EXPECT_EQ(wait_for(world, futures, ReturnWhen::all_completed).done.size(), 8U);
        for (auto& waiter : impatient) timed_out += waiter.value();
      }
      world.witness(timed_out > 0, "waits over the same futures had timed out " + std::to_string(timed_out) + " times");
    }};

const TestCase gives_each_waiter_its_own_answer{
    .name = "WaitTogether.gives_each_waiter_its_own_answer",
    .requirement = verifies("WAI-026"),
    .shows = "Three threads with three conditions, and one with a timeout, each return when theirs is met.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 2);
      const Futures futures = futures_of(made);
      auto all = waiting(world, futures, ReturnWhen::all_completed);
      auto first = waiting(world, futures, ReturnWhen::first_completed);
      auto failure = waiting(world, futures, ReturnWhen::first_exception);
      const bool blocked = all.blocked() && first.blocked() && failure.blocked();
      EXPECT_EQ(wait_for(world, futures, ReturnWhen::first_completed, 1ms).not_done.size(), 2U);
      made[1].promise->set_result(1);
      EXPECT_EQ(first.value().done.size(), 1U);
      EXPECT_FALSE(all.returned() || failure.returned());
      made[0].promise->set_exception(task_error("failed"));
      EXPECT_EQ(all.value().done.size(), 2U);
      EXPECT_EQ(failure.value().done.size(), 2U);
      world.witness(blocked, "three threads were blocked in wait over the same futures, and a fourth timed out");
    }};

const TestCase takes_overlapping_futures_in_any_order{
    .name = "WaitTogether.takes_overlapping_futures_in_any_order",
    .requirement = verifies("WAI-024"),
    .shows = "Four threads that wait over overlapping futures, forwards and backwards, return 1000 times each.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 8);
      const auto inside = std::make_shared<std::atomic<int>>(0);
      const auto met = std::make_shared<std::atomic<bool>>(false);
      std::vector<Background<int>> waiters;
      for (int number = 0; number < 4; ++number) {
        Futures futures = futures_of(made);
        if (number % 2 == 1) std::reverse(futures.begin(), futures.end());
        futures.erase(futures.begin() + number);
        waiters.emplace_back(world, [&world, futures, inside, met] {
          int returned = 0;
          for (; returned < 1000; ++returned) {
            if (++*inside > 1) *met = true;
            (void)wait_for(world, futures, ReturnWhen::all_completed, returned % 2 == 0 ? 0ns : 1ns);
            --*inside;
          }
          return returned;
        });
      }
      for (auto& waiter : waiters) EXPECT_EQ(waiter.value(), 1000);
      world.witness(*met, "at least two of four threads were inside wait at the same time");
    }};

const TestCase wakes_all_orders{
    .name = "WaitTogether.wakes_all_orders",
    .requirement = verifies("WAI-024"),
    .shows = "Four threads that are blocked in wait over the same futures in different orders all return.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 4);
      std::vector<Background<WaitResult>> waiters;
      bool blocked = true;
      Futures futures = futures_of(made);
      for (int number = 0; number < 4; ++number) {
        std::rotate(futures.begin(), futures.begin() + 1, futures.end());
        waiters.push_back(waiting(world, futures, ReturnWhen::all_completed));
        blocked = waiters.back().blocked() && blocked;
      }
      for (const Producer& producer : made) producer.promise->set_result(1);
      for (auto& waiter : waiters) EXPECT_EQ(waiter.value().done.size(), 4U);
      world.witness(blocked, "four threads were blocked in wait over the same futures in four orders");
    }};

const TestCase throws_nothing_of_the_tasks{
    .name = "WaitTogether.throws_nothing_of_the_tasks",
    .requirement = verifies("WAI-025"),
    .shows = "wait over a task that threw returns in all three modes, and the task's future keeps the exception.",
    .needs = {"callable.throws", "future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const Task task = throws("failed");
      const Futures futures = {executor.submit(task), executor.submit(returns(1))};
      for (const ReturnWhen when :
           {ReturnWhen::all_completed, ReturnWhen::first_exception, ReturnWhen::first_completed}) {
        EXPECT_NO_THROW((void)wait_for(world, futures, when));
      }
      EXPECT_TRUE(fails_with(futures[0]->result(), "failed"));
      world.witness(task.runs() == 1, "one of the tasks had thrown");
    }};

const TestCase leaves_the_futures_as_they_are{
    .name = "WaitTogether.leaves_the_futures_as_they_are",
    .requirement = verifies("WAI-025"),
    .shows = "Waits in all three modes, one of which times out, change neither complete futures nor a pending one.",
    .needs = {"future.done", "promise"},
    .body = +[](World& world) {
      const auto made = producers(world, 3);
      made[0].promise->set_result(1);
      made[1].promise->set_exception(task_error("failed"));
      const Futures futures = futures_of(made);
      for (const ReturnWhen when :
           {ReturnWhen::all_completed, ReturnWhen::first_exception, ReturnWhen::first_completed}) {
        (void)wait_for(world, futures, when, 0ns);
      }
      EXPECT_TRUE(gives(futures[0]->result(), 1));
      EXPECT_TRUE(fails_with(futures[1]->result(), "failed"));
      EXPECT_FALSE(futures[2]->done());
      made[2].promise->set_result(3);
      EXPECT_TRUE(gives(futures[2]->result(), 3));
      world.witness(true, "by construction: of three futures one was unfinished when wait returned");
    }};

}  // namespace

std::vector<TestCase> wait_together_tests() {
  return {puts_each_future_into_one_group,
          takes_futures_of_several_executors,
          wakes_for_any_executor,
          leaves_nothing_behind,
          loses_no_wake_up,
          loses_no_wake_up_of_a_pool,
          takes_overlapping_futures_in_any_order,
          wakes_all_orders,
          throws_nothing_of_the_tasks,
          leaves_the_futures_as_they_are,
          gives_each_waiter_its_own_answer,
          keeps_its_waiters_apart_while_they_come_and_go};
}

}  // namespace touchstone
