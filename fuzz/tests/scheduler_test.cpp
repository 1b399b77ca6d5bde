// Schedules are what their decisions make them, and exceptions stay with the thread that threw them.

#include <gtest/gtest.h>

#include <chrono>
#include <concurrent/futures/detail/sync.hpp>
#include <exception>
#include <explorer.hpp>
#include <sanitizers.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace touchstone::fuzz {
namespace {

namespace sync = concurrent::futures::sync;
using namespace std::chrono_literals;

void count_together() {
  sync::Atomic<int> number{0};
  const auto count = [&] {
    for (int i = 0; i < 3; ++i) number.store(number.load() + 1);
  };
  sync::Thread first(count);
  sync::Thread second(count);
  first.join();
  second.join();
}

const Scenario counting{"counting", "", count_together};

TEST(Schedule, IsDeterminedByItsSeed) {
  for (const char* strategy : {"random", "pos", "pct:3:20"}) {
    std::set<std::string> tables;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const std::string table = replay(counting, {"counting", strategy, seed}).table;
      EXPECT_EQ(replay(counting, {"counting", strategy, seed}).table, table);
      tables.insert(table);
    }
    EXPECT_GT(tables.size(), 5U) << strategy << " must not make the same schedule of all seeds";
  }
}

TEST(Schedule, IsDeterminedByItsChoices) {
  Scheduler scheduler;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto random = make_strategy("random");
    const Outcome first = scheduler.run(counting.body, *random, seed);
    const std::string name = "choices:" + to_base32(scheduler.choices());
    const auto written = make_strategy(name);
    EXPECT_EQ(written->name(), name);
    EXPECT_EQ(scheduler.run(counting.body, *written, seed).fingerprint, first.fingerprint);
  }
}

TEST(Schedule, IsExploredInAllItsOutcomes) {
  // Two threads that count to three with a load and a store each can lose updates: 2 to 6 may remain.
  std::set<int> outcomes;
  const Scenario scenario{"outcomes", "", [&] {
                            sync::Atomic<int> number{0};
                            const auto count = [&] {
                              for (int i = 0; i < 3; ++i) number.store(number.load() + 1);
                            };
                            sync::Thread other(count);
                            count();
                            other.join();
                            const OutsideArena outside;
                            outcomes.insert(number.load());
                          }};
  EXPECT_FALSE(explore(scenario, {.strategy = "random", .schedules = 5000}).finding);
  EXPECT_EQ(outcomes, (std::set<int>{2, 3, 4, 5, 6}));
}

TEST(Schedule, FailsIfSomethingElseDecides) {
  int runs = 0;
  const Scenario scenario{"unruly", "", [&] {
                            sync::Atomic<int> number{0};
                            if (++runs % 2 == 0) number.store(1);
                          }};
  const Exploration exploration = explore(scenario, {.strategy = "random"});
  ASSERT_TRUE(exploration.finding);
  EXPECT_NE(exploration.finding->failure.find("not the same twice"), std::string::npos);
}

sync::Atomic<int> static_number{7};

TEST(Schedule, BeginsWithStaticObjectsAsTheyWereMade) {
  const Scenario scenario{"statics", "", [] {
                            check(static_number.load() == 7, "the number is as it was made");
                            static_number.store(8);
                          }};
  EXPECT_FALSE(explore(scenario, {.schedules = 10}).finding);
}

TEST(Schedule, HasATimeOfItsOwn) {
  const Scenario scenario{"time", "", [] {
                            sync::Mutex mutex;
                            sync::Condition never;
                            const auto start = sync::Clock::now();
                            sync::Lock lock(mutex);
                            while (never.wait_until(lock, start + 24h) == std::cv_status::no_timeout) {
                            }
                            check(sync::Clock::now() == start + 24h, "a day went by");
                          }};
  EXPECT_FALSE(explore(scenario, {.schedules = 100}).finding);
}

TEST(Schedule, GivesEachThreadItsOwnLocals) {
  struct Tag;
  using Slot = sync::Local<int, Tag>;
  const Scenario scenario{"locals", "", [] {
                            sync::Atomic<int> turn{0};
                            const auto use = [&] {
                              int own = 0;
                              check(Slot::get() == nullptr, "a slot is empty at first");
                              Slot::set(&own);
                              (void)turn.fetch_add(1);
                              check(Slot::get() == &own, "and nobody else changes it");
                            };
                            sync::Thread other(use);
                            use();
                            other.join();
                          }};
  EXPECT_FALSE(explore(scenario, {.schedules = 200}).finding);
}

/// Hands over wherever it is called.
void hand_over(sync::Atomic<int>& number) { (void)number.fetch_add(1); }

/// Counts uncaught exceptions while it is destroyed, with others running in between.
struct Unwound {
  sync::Atomic<int>& number;
  const int expected;
  ~Unwound() {
    check(std::uncaught_exceptions() == expected, "a destructor sees the exceptions of its own thread");
    hand_over(number);
    check(std::uncaught_exceptions() == expected, "also after others have run");
  }
};

void throw_and_catch(sync::Atomic<int>& number, int own) {
  try {
    const Unwound unwound{number, 1};
    hand_over(number);
    throw own;
  } catch (int caught) {
    check(caught == own, "a thread catches what it threw");
    hand_over(number);
    try {
      hand_over(number);
      throw;
    } catch (int again) {
      check(again == own, "and throws it again, whatever others have caught meanwhile");
      hand_over(number);
    }
    const std::exception_ptr current = std::current_exception();
    try {
      hand_over(number);
      std::rethrow_exception(current);
    } catch (int kept) {
      check(kept == own, "and so it is with what it kept");
    }
  }
  const Unwound unwound{number, 0};
}

TEST(Exceptions, StayWithTheirThread) {
  const Scenario scenario{"exceptions", "", [] {
                            sync::Atomic<int> number{0};
                            sync::Thread first([&] { throw_and_catch(number, 1); });
                            sync::Thread second([&] { throw_and_catch(number, 2); });
                            throw_and_catch(number, 3);
                            first.join();
                            second.join();
                          }};
  const Exploration exploration = explore(scenario, {.schedules = sanitized ? 300 : 3000});
  EXPECT_FALSE(exploration.finding) << exploration.finding->failure << '\n' << exploration.finding->table;
}

TEST(Exceptions, OfAbandonedThreadsAreForgotten) {
  const Scenario failing{"failing", "", [] {
                           try {
                             throw 1;
                           } catch (int) {
                             check(false, "given up within a catch block");
                           }
                         }};
  const Exploration exploration = explore(failing, {.schedules = 1});
  ASSERT_TRUE(exploration.finding);
  EXPECT_EQ(std::current_exception(), nullptr);
  EXPECT_FALSE(explore(counting, {.schedules = 10}).finding);
}

TEST(Table, ShowsThreadsAsColumnsAndOperationsAsRows) {
  const Scenario scenario{"table", "", [] {
                            sync::Mutex mutex;
                            sync::Thread other([&] {
                              sync::set_thread_name("other");
                              const sync::Lock lock(mutex);
                              note("inside");
                            });
                            other.join();
                          }};
  const std::string table = replay(scenario, {"table", "choices:", 0}).table;
  const auto line_with = [&](const std::string& text) {
    const std::size_t found = table.find(text);
    if (found == std::string::npos) return std::string();
    const std::size_t begin = table.rfind('\n', found) + 1;
    return table.substr(begin, table.find('\n', found) - begin);
  };
  const std::string head = table.substr(0, table.find('\n'));
  const std::size_t main_column = head.find("main");
  const std::size_t other_column = head.find("other");
  ASSERT_LT(main_column, other_column) << table;
  EXPECT_EQ(line_with("start other").find("start other"), main_column) << table;
  EXPECT_EQ(line_with("inside").find("inside"), other_column) << table;
  EXPECT_EQ(line_with("unlock mutex 1").find("unlock"), other_column) << table;
  EXPECT_NE(line_with("lock mutex 1").find("scheduler_test.cpp:"), std::string::npos) << table;
}

}  // namespace
}  // namespace touchstone::fuzz
