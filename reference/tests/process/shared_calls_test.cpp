// The ring of calls, seen by a parent and by children that are threads here.

#include <gtest/gtest.h>

#include <concurrent/futures/detail/process/shared_calls.hpp>
#include <string>
#include <thread>
#include <vector>

namespace concurrent::futures::detail {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(SharedCalls, AreTakenInTheOrderInWhichTheyWereHandedOut) {
  SharedCalls parent(2);
  const SharedCalls seen_by_child(parent.descriptor(), 2);
  SharedCalls& child = const_cast<SharedCalls&>(seen_by_child);
  EXPECT_TRUE(child.empty());
  EXPECT_FALSE(child.take());
  for (const std::size_t place : {5U, 3U, 8U}) {
    parent.put(place, 100 + place, {}, bytes_of("arguments of " + std::to_string(place)));
    EXPECT_EQ(child.empty(), place == 5U) << "a call is to be taken only when it is handed out";
    parent.hand_out(place);
  }
  for (const std::uint32_t place : {5U, 3U, 8U}) {
    EXPECT_EQ(child.take(), place);
    const SharedCalls::Call call = child.at(place);
    EXPECT_EQ(call.number, 100 + place);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(call.arguments.data()), call.arguments.size()),
              "arguments of " + std::to_string(place));
  }
  EXPECT_FALSE(child.take());
}

TEST(SharedCalls, AreTakenOnceEach) {
  constexpr std::size_t children = 4;
  constexpr std::size_t rounds = 200;
  SharedCalls parent(children);
  std::vector<std::vector<std::uint64_t>> taken(children);
  std::atomic<std::size_t> done = 0;
  const std::size_t all = rounds * parent.places();
  std::vector<std::jthread> threads;
  for (std::size_t child = 0; child < children; ++child) {
    threads.emplace_back([&, child] {
      SharedCalls calls(parent.descriptor(), children);
      while (done < all) {
        const auto place = calls.take();
        if (!place) {
          std::this_thread::yield();
          continue;
        }
        taken[child].push_back(calls.at(*place).number);
        ++done;
      }
    });
  }
  for (std::size_t number = 0; number < all; ++number) {
    while (number - done >= parent.places()) std::this_thread::yield();
    // The one that was taken longest ago may not be the one that is over, so wait for all before a place is used again.
    if (number % parent.places() == 0) {
      while (done < number) std::this_thread::yield();
    }
    parent.put(number % parent.places(), number, {}, {});
    parent.hand_out(number % parent.places());
  }
  threads.clear();
  std::vector<std::uint64_t> sum;
  for (const auto& each : taken) sum.insert(sum.end(), each.begin(), each.end());
  std::ranges::sort(sum);
  ASSERT_EQ(sum.size(), all);
  for (std::size_t number = 0; number < all; ++number) ASSERT_EQ(sum[number], number);
}

TEST(SharedCalls, ThatAreLargeAreToBeFetched) {
  SharedCalls parent(1);
  parent.put(0, 1, {}, bytes_of(std::string(100'000, 'x')));
  parent.put(1, 2, {}, {});
  EXPECT_TRUE(parent.at(0).is_to_be_fetched());
  EXPECT_EQ(parent.at(0).size, 100'000U);
  EXPECT_FALSE(parent.at(1).is_to_be_fetched());
}

TEST(SharedCalls, KnowWhoSleeps) {
  SharedCalls parent(3);
  SharedCalls child(parent.descriptor(), 3);
  EXPECT_FALSE(parent.claim_sleeper(1));
  child.fall_asleep(1);
  EXPECT_FALSE(parent.claim_sleeper(0));
  EXPECT_TRUE(parent.claim_sleeper(1));
  EXPECT_FALSE(parent.claim_sleeper(1)) << "it was woken already";
  child.fall_asleep(2);
  child.wake_up(2);
  EXPECT_FALSE(parent.claim_sleeper(2));
}

TEST(SharedCallsDeathTest, OfOthersCannotBeChangedByAChild) {
  SharedCalls parent(1);
  parent.put(0, 1, {}, bytes_of("arguments"));
  const SharedCalls child(parent.descriptor(), 1);
  auto* const arguments = const_cast<std::byte*>(child.at(0).arguments.data());
  EXPECT_DEATH(*arguments = std::byte{1}, "");
}

}  // namespace
}  // namespace concurrent::futures::detail
