// map: what it takes from its inputs and when, and what its calls are given.

#include <gtest/gtest.h>

#include <chrono>
#include <concurrent/futures.hpp>
#include <cstddef>
#include <functional>
#include <iterator>
#include <latch>
#include <limits>
#include <list>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
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

// An input that can be walked once, and notices when an element is taken from it. Its places cannot be copied.
struct Source {
  class Place {
   public:
    using value_type = int;
    using difference_type = std::ptrdiff_t;

    explicit Place(Source& source) : source_(&source) { source.take(); }
    Place(Place&&) = default;
    Place& operator=(Place&&) = default;
    int operator*() const { return source_->taken; }
    Place& operator++() {
      source_->take();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return source_->taken > source_->size; }

   private:
    Source* source_;
  };

  Place begin() { return Place(*this); }
  static std::default_sentinel_t end() { return {}; }
  void take() {
    on_take(taken + 1);
    ++taken;
  }

  int size;
  int taken = 0;
  std::function<void(int)> on_take = [](int) {};
};

int identity(int number) { return number; }

template <typename T>
std::vector<T> rest_of(MapResults<T>& results) {
  std::vector<T> rest;
  while (auto result = results.next()) rest.push_back(*std::move(result));
  return rest;
}

TEST(BufferedMap, TakesNoElementAhead) {
  ThreadPoolExecutor pool({.max_workers = 1});
  Source source{.size = 10};
  auto results = pool.map({.buffersize = 1}, identity, source);
  EXPECT_EQ(source.taken, 1);
  EXPECT_EQ(results.next(), 1);
  EXPECT_EQ(source.taken, 2);
  EXPECT_EQ(results.next(), 2);
  EXPECT_EQ(source.taken, 3);
}

TEST(BufferedMap, LosesNoResultWhereAnInputThrows) {
  ThreadPoolExecutor pool({.max_workers = 1});
  const auto break_at_three = [](int element) {
    if (element == 3) throw std::runtime_error("three");
  };
  Source source{.size = 10, .on_take = break_at_three};
  auto results = pool.map({.buffersize = 1}, identity, source);
  EXPECT_EQ(results.next(), 1);
  EXPECT_EQ(results.next(), 2);
  EXPECT_THROW(results.next(), std::runtime_error);
  EXPECT_EQ(results.next(), std::nullopt);
}

TEST(BufferedMap, LetsItsExecutorEndWhileItReadsAnInput) {
  std::optional<ThreadPoolExecutor> pool(std::in_place, ThreadPoolOptions{.max_workers = 1});
  Source source{.size = 10, .on_take = [&pool](int element) {
                  if (element == 2) pool.reset();
                }};
  auto results = pool->map({.buffersize = 1}, identity, source);
  EXPECT_EQ(results.next(), 1);
  EXPECT_THROW(results.next(), ShutdownError);
}

TEST(BufferedMap, TakesNothingFromTheInputsBehindTheOneThatEnds) {
  ThreadPoolExecutor pool({.max_workers = 1});
  Source longer{.size = 10};
  auto results = pool.map({.buffersize = 5}, std::plus<>(), std::vector{10, 20}, longer);
  EXPECT_EQ(rest_of(results), (std::vector{11, 22}));
  EXPECT_EQ(longer.taken, 2);
}

TEST(BufferedMap, RefersToAContainerAndCopiesAView) {
  ThreadPoolExecutor pool({.max_workers = 1});
  std::vector numbers{1, 2, 3};
  std::span<const int> view = numbers;
  auto results = pool.map({.buffersize = 1}, std::plus<>(), numbers, view);
  view = {};
  numbers[1] = 20;
  EXPECT_EQ(rest_of(results), (std::vector{2, 40, 6}));
}

TEST(BufferedMap, KeepsWhatItIsGiven) {
  ThreadPoolExecutor pool({.max_workers = 1});
  auto results = pool.map({.buffersize = 1}, std::plus<>(), std::vector{1, 2, 3}, std::list{10, 20, 30});
  EXPECT_EQ(rest_of(results), (std::vector{11, 22, 33}));
}

TEST(Map, WithoutABufferTakesAllAtOnce) {
  ThreadPoolExecutor pool({.max_workers = 1});
  Source source{.size = 3};
  auto results = pool.map(identity, source);
  EXPECT_EQ(source.taken, 4);
  EXPECT_EQ(rest_of(results), (std::vector{1, 2, 3}));
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
