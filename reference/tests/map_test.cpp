// map: what it takes from its inputs and when, and what its calls are given.

#include <gtest/gtest.h>

#include <chrono>
#include <concurrent/futures.hpp>
#include <latch>
#include <limits>
#include <stdexcept>
#include <vector>

namespace concurrent::futures {
namespace {

TEST(MapIterator, IsAtItsEndAfterAnException) {
  ThreadPoolExecutor pool({.max_workers = 1});
  const auto fails_at_two = [](int number) { return number == 2 ? throw std::runtime_error("two") : number; };
  auto results = pool.map(fails_at_two, std::vector{1, 2, 3});
  auto place = results.begin();
  EXPECT_EQ(*place, 1);
  EXPECT_THROW(++place, std::runtime_error);
  EXPECT_EQ(place, results.end());
}

TEST(MapIterator, IsAtItsEndAfterASecondBeginThatThrew) {
  ThreadPoolExecutor pool({.max_workers = 1});
  const auto fails_at_two = [](int number) { return number == 2 ? throw std::runtime_error("two") : number; };
  auto results = pool.map(fails_at_two, std::vector{1, 2});
  const auto place = results.begin();
  EXPECT_THROW(results.begin(), std::runtime_error);
  EXPECT_EQ(place, results.end());
}

template <typename Duration>
void expect_not_to_wait(Duration timeout) {
  std::latch gate(1);
  ThreadPoolExecutor pool({.max_workers = 1});
  auto results = pool.map(
      {.timeout = timeout}, [&gate](int) { gate.wait(); }, std::vector{1});
  EXPECT_THROW(results.next(), TimeoutError);
  gate.count_down();
}

TEST(MapTimeout, MayBeFarBelowZero) {
  expect_not_to_wait(std::chrono::hours::min());
  expect_not_to_wait(std::chrono::nanoseconds::min());
  expect_not_to_wait(std::chrono::duration<double>(-std::numeric_limits<double>::infinity()));
}

}  // namespace
}  // namespace concurrent::futures
