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
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
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
  ++place;
  EXPECT_THROW((void)*place, std::runtime_error);
  EXPECT_EQ(place, results.end());
}

TEST(MapIterator, IsAtItsEndAfterASecondWalkThatThrew) {
  ThreadPoolExecutor pool({.max_workers = 1});
  const auto fails_at_two = [](int number) { return number == 2 ? throw std::runtime_error("two") : number; };
  auto results = pool.map(fails_at_two, std::vector{1, 2});
  const auto place = results.begin();
  EXPECT_EQ(*place, 1);
  EXPECT_THROW((void)*results.begin(), std::runtime_error);
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

// Two ranges side by side: it shows pairs of references.
class Pairs {
 public:
  class Place {
   public:
    using value_type = std::pair<int, std::string>;
    using difference_type = std::ptrdiff_t;

    explicit Place(Pairs& pairs) : pairs_(&pairs) {}
    std::pair<int&, std::string&> operator*() const { return {pairs_->numbers_[index_], pairs_->names_[index_]}; }
    Place& operator++() {
      ++index_;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return index_ == pairs_->numbers_.size(); }

   private:
    Pairs* pairs_;
    std::size_t index_ = 0;
  };

  Pairs(std::vector<int> numbers, std::vector<std::string> names)
      : numbers_(std::move(numbers)), names_(std::move(names)) {}
  Place begin() { return Place(*this); }
  static std::default_sentinel_t end() { return {}; }

 private:
  std::vector<int> numbers_;
  std::vector<std::string> names_;
};

// Runs nothing before it is opened, so that what the calls were given can go first.
struct ClosedPool {
  ClosedPool() {
    pool.submit([this] { gate.wait(); });
  }
  ~ClosedPool() { gate.count_down(); }

  std::latch gate{1};
  ThreadPoolExecutor pool{{.max_workers = 1}};
};

TEST(MapElement, IsAValueWhereTheInputShowsAProxy) {
  MapResults<int> bits = [] {
    ClosedPool closed;
    std::vector flags{true, false, true};
    auto results = closed.pool.map([](bool flag) { return flag ? 1 : 0; }, flags);
    flags.flip();
    return results;
  }();
  EXPECT_EQ(rest_of(bits), (std::vector{1, 0, 1}));

  const auto text_of = [](const auto& pair) { return std::to_string(pair.first) + pair.second; };
  MapResults<std::string> texts = [&] {
    ClosedPool closed;
    return closed.pool.map(text_of, Pairs({1, 2}, {"one", "two"}));
  }();
  EXPECT_EQ(rest_of(texts), (std::vector<std::string>{"1one", "2two"}));
}

TEST(MapElement, MayBeOfATypeThatOnlyMoves) {
  ThreadPoolExecutor pool({.max_workers = 1});
  const auto number_in = [](std::unique_ptr<int> pointer) { return *pointer; };
  std::vector<std::unique_ptr<int>> pointers;
  for (int number : {1, 2}) pointers.push_back(std::make_unique<int>(number));
  const struct {
    auto begin() const { return std::move_iterator(pointers.begin()); }
    auto end() const { return std::move_iterator(pointers.end()); }
    std::vector<std::unique_ptr<int>>& pointers;
  } moving{pointers};
  auto results = pool.map(number_in, moving);
  EXPECT_EQ(rest_of(results), (std::vector{1, 2}));
  EXPECT_EQ(pointers.front(), nullptr);
}

TEST(MapElement, MayBeAReferenceWrapper) {
  ThreadPoolExecutor pool({.max_workers = 1});
  int first = 0;
  int second = 0;
  auto results = pool.map([](int& number) -> int& { return ++number; }, std::vector{std::ref(first), std::ref(second)});
  EXPECT_EQ(&results.next()->get(), &first);
  EXPECT_EQ(&results.next()->get(), &second);
  EXPECT_EQ(first + second, 2);
}

TEST(MapElement, MayBeAnArrayWhichDecays) {
  ThreadPoolExecutor pool({.max_workers = 1});
  static constexpr char words[][4] = {"one", "two"};
  auto results = pool.map([](const char* word) { return std::string(word); }, words);
  EXPECT_EQ(rest_of(results), (std::vector<std::string>{"one", "two"}));
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
