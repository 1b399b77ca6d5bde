// In sanitizer builds: the sanitizer still sees, from within schedules, what it is there for.

#include <gtest/gtest.h>

#include <concurrent/futures/detail/sync.hpp>
#include <cstdlib>
#include <explorer.hpp>
#include <memory>
#include <sanitizers.hpp>

namespace touchstone::fuzz {
namespace {

namespace sync = concurrent::futures::sync;

#ifdef TOUCHSTONE_ASAN

TEST(AddressSanitizer, SeesUseAfterFree) {
  const Scenario scenario{"use_after_free", "", [] {
                            auto number = std::make_unique<int>(1);
                            const int* volatile left = number.get();
                            number.reset();
                            check(*left == 1, "nobody gets as far as this");
                          }};
  EXPECT_DEATH((void)explore(scenario, {.schedules = 1}), "use-after-poison");
}

TEST(AddressSanitizer, SeesAccessBeyondTheEnd) {
  const Scenario scenario{"beyond_the_end", "", [] {
                            const auto text = std::make_unique<char[]>(20);
                            char* volatile begin = text.get();
                            begin[20] = 'x';
                          }};
  EXPECT_DEATH((void)explore(scenario, {.schedules = 1}), "use-after-poison");
}

#endif

#ifdef TOUCHSTONE_TSAN

// ThreadSanitizer goes on after a report, and ends the program with this code.
constexpr int code_after_report = 66;

/// Two threads count, with a lock or without.
void explore_counting(bool locked) {
  const Scenario scenario{"counting", "", [=] {
                            sync::Mutex mutex;
                            int number = 0;
                            const auto count = [&] {
                              std::optional<sync::Lock> lock;
                              if (locked) lock.emplace(mutex);
                              ++number;
                            };
                            sync::Thread first(count);
                            sync::Thread second(count);
                            first.join();
                            second.join();
                          }};
  (void)explore(scenario, {.schedules = 20});
}

TEST(ThreadSanitizer, SeesDataRaces) {
  EXPECT_EXIT(
      {
        explore_counting(false);
        std::exit(0);
      },
      testing::ExitedWithCode(code_after_report), "data race");
}

TEST(ThreadSanitizer, SeesWhatLocksOrder) {
  EXPECT_EXIT(
      {
        explore_counting(true);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

#endif

}  // namespace
}  // namespace touchstone::fuzz
