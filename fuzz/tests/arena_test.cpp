// The memory of schedules: at the same addresses each time, and everything in it accounted for.

#include <gtest/gtest.h>

#include <arena.hpp>
#include <cstdint>
#include <explorer.hpp>
#include <memory>
#include <scheduler.hpp>
#include <vector>

namespace touchstone::fuzz {
namespace {

TEST(Arena, GivesEachScheduleTheSameAddresses) {
  std::vector<std::uint64_t> offsets;
  const Scenario scenario{"addresses", "", [&] {
                            const auto small = std::make_unique<char>();
                            const auto large = std::make_unique<char[]>(5000);
                            const OutsideArena outside;
                            offsets.push_back(Arena::instance().offset(small.get()));
                            offsets.push_back(Arena::instance().offset(large.get()));
                          }};
  EXPECT_FALSE(explore(scenario, {.strategy = "random", .schedules = 2}).finding);
  ASSERT_GE(offsets.size(), 4U);
  for (std::size_t i = 2; i < offsets.size(); ++i) EXPECT_EQ(offsets[i], offsets[i % 2]);
}

TEST(Arena, KeepsAlignments) {
  struct alignas(64) Wide {
    char content[64];
  };
  const Scenario scenario{"alignments", "", [] {
                            for (int i = 0; i < 10; ++i) {
                              const auto narrow = std::make_unique<char>();
                              const auto wide = std::make_unique<Wide>();
                              check(reinterpret_cast<std::uintptr_t>(wide.get()) % 64 == 0, "at a multiple of 64");
                              check(reinterpret_cast<std::uintptr_t>(narrow.get()) % 16 == 0, "at a multiple of 16");
                            }
                          }};
  EXPECT_FALSE(explore(scenario, {.schedules = 20}).finding);
}

TEST(Arena, ReusesMemoryInSomeSchedulesOnly) {
  int reused = 0;
  int schedules = 0;
  // By the operators: the compiler may leave out a new-expression whose memory nobody uses.
  const Scenario scenario{"reuse", "", [&] {
                            void* const first = ::operator new(sizeof(long));
                            const auto address = reinterpret_cast<std::uintptr_t>(first);
                            ::operator delete(first);
                            void* const second = ::operator new(sizeof(long));
                            ++schedules;
                            if (reinterpret_cast<std::uintptr_t>(second) == address) ++reused;
                            ::operator delete(second);
                          }};
  EXPECT_FALSE(explore(scenario, {.strategy = "random", .schedules = 100}).finding);
  EXPECT_GT(reused, schedules / 10);
  EXPECT_LT(reused, schedules * 9 / 10);
}

TEST(Arena, LeavesTheProgramsOwnMemoryAlone) {
  auto outside = std::make_unique<int>(1);
  const Scenario scenario{"outside", "", [&] { outside.reset(); }};
  Scheduler scheduler;
  const auto strategy = make_strategy("random");
  EXPECT_FALSE(Arena::instance().owns(outside.get()));
  EXPECT_FALSE(scheduler.run(scenario.body, *strategy, 1).failure);
  EXPECT_FALSE(Arena::instance().enabled());
}

}  // namespace
}  // namespace touchstone::fuzz
