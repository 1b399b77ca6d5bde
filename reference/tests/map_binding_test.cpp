// map in C++: which callables, inputs and results it takes, what it copies and moves, and how a call may be written.

#include <gtest/gtest.h>

#include <chrono>
#include <concurrent/futures.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace concurrent::futures {
namespace {

template <typename T>
std::vector<T> all_of(MapResults<T> results) {
  std::vector<T> all;
  while (auto result = results.next()) all.push_back(*std::move(result));
  return all;
}

int square(int number) { return number * number; }

/// Counts how often it, or a copy of it, was copied and moved.
struct Counted {
  struct Counts {
    int copies = 0;
    int moves = 0;
  };

  Counted(Counts& counts, int value) : number(value), counts_(&counts) {}
  Counted(const Counted& other) : number(other.number), counts_(other.counts_) { ++counts_->copies; }
  Counted(Counted&& other) noexcept : number(other.number), counts_(other.counts_) { ++counts_->moves; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() = default;

  int operator()(int factor) const { return factor * number; }

  const int number;

 private:
  Counts* const counts_;
};

TEST(MapCallable, IsCopiedOnceForAllCalls) {
  ThreadPoolExecutor pool({.max_workers = 2});
  Counted::Counts counts;
  const Counted callable(counts, 2);
  EXPECT_EQ(all_of(pool.map(callable, std::vector{1, 2, 3, 4, 5})), (std::vector{2, 4, 6, 8, 10}));
  EXPECT_EQ(counts.copies, 1);
}

TEST(MapCallable, IsNotCopiedWhereItIsGivenAway) {
  ThreadPoolExecutor pool({.max_workers = 2});
  Counted::Counts counts;
  EXPECT_EQ(all_of(pool.map(Counted(counts, 2), std::vector{1, 2, 3})), (std::vector{2, 4, 6}));
  EXPECT_EQ(all_of(pool.map({.buffersize = 2}, Counted(counts, 2), std::vector{1, 2, 3})), (std::vector{2, 4, 6}));
  EXPECT_EQ(counts.copies, 0);
}

TEST(MapCallable, MayOnlyMove) {
  ThreadPoolExecutor pool({.max_workers = 2});
  auto callable = [factor = std::make_unique<int>(3)](int number) { return *factor * number; };
  static_assert(!std::is_copy_constructible_v<decltype(callable)>);
  EXPECT_EQ(all_of(pool.map(std::move(callable), std::vector{1, 2})), (std::vector{3, 6}));
}

TEST(MapCallable, IsEachCallsOwnWhereItCannotBeShared) {
  ThreadPoolExecutor pool({.max_workers = 2});
  const auto counting = [calls = 0](int number) mutable { return number + ++calls; };
  EXPECT_EQ(all_of(pool.map(counting, std::vector{10, 20, 30})), (std::vector{11, 21, 31}));
  EXPECT_EQ(all_of(pool.map({.buffersize = 2}, counting, std::vector{10, 20, 30})), (std::vector{11, 21, 31}));
}

TEST(MapCallable, IsDestroyedWithTheLastCallAndNotLater) {
  ThreadPoolExecutor pool({.max_workers = 2});
  const auto token = std::make_shared<int>(1);
  auto results = pool.map([token](int number) { return number + *token; }, std::vector{1, 2, 3});
  for (int i = 0; i < 3; ++i) (void)results.next();
  EXPECT_EQ(token.use_count(), 1) << "who has seen all results knows that nobody has the callable";
}

TEST(MapInput, IsMovedFromWhereItIsAContainerThatWasGivenAway) {
  ThreadPoolExecutor pool({.max_workers = 2});
  const auto number_of = [](const Counted& element) { return element.number; };
  const auto elements = [](Counted::Counts& counts) {
    std::vector<Counted> all;
    for (const int number : {1, 2, 3}) all.emplace_back(counts, number);
    counts = {};
    return all;
  };
  Counted::Counts counts;
  EXPECT_EQ(all_of(pool.map(number_of, elements(counts))), (std::vector{1, 2, 3}));
  EXPECT_EQ(counts.copies, 0);
  EXPECT_EQ(all_of(pool.map({.buffersize = 2}, number_of, elements(counts))), (std::vector{1, 2, 3}));
  EXPECT_EQ(counts.copies, 0);
}

TEST(MapInput, IsCopiedWhereItBelongsToSomebodyElse) {
  ThreadPoolExecutor pool({.max_workers = 2});
  std::vector<std::string> words{"one", "two"};
  const auto size_of = [](const std::string& word) { return word.size(); };
  (void)all_of(pool.map(size_of, words));
  (void)all_of(pool.map(size_of, std::span(words)));
  (void)all_of(pool.map(size_of, std::views::all(words)));
  (void)all_of(pool.map(size_of, std::ranges::subrange(words.begin(), words.end())));
  EXPECT_EQ(words, (std::vector<std::string>{"one", "two"}));
}

TEST(MapInput, MayOnlyMove) {
  ThreadPoolExecutor pool({.max_workers = 2});
  const auto make = [] {
    std::vector<std::unique_ptr<int>> pointers;
    for (const int number : {1, 2, 3}) pointers.push_back(std::make_unique<int>(number));
    return pointers;
  };
  const auto number_in = [](std::unique_ptr<int> pointer) { return *pointer; };
  EXPECT_EQ(all_of(pool.map(number_in, make())), (std::vector{1, 2, 3}));
  EXPECT_EQ(all_of(pool.map({.buffersize = 1}, number_in, make())), (std::vector{1, 2, 3}));
}

TEST(MapInput, MayBeAListInBraces) {
  ThreadPoolExecutor pool({.max_workers = 2});
  EXPECT_EQ(all_of(pool.map(square, {1, 2, 3})), (std::vector{1, 4, 9}));
  EXPECT_EQ(all_of(pool.map(square, {1, 2, 3}, {.buffersize = 1})), (std::vector{1, 4, 9}));
}

TEST(MapOptions, MayStandLastAsInPython) {
  ThreadPoolExecutor pool({.max_workers = 2});
  const std::vector numbers{1, 2, 3};
  EXPECT_EQ(all_of(pool.map(square, numbers, {.buffersize = 2})), (std::vector{1, 4, 9}));
  EXPECT_EQ(all_of(pool.map(std::plus<>(), numbers, numbers, {.buffersize = 2})), (std::vector{2, 4, 6}));
  EXPECT_THROW(pool.map(square, numbers, {.buffersize = 0}), std::invalid_argument);
}

struct Constant {
  const int number;
};

TEST(MapResult, NeedNotBeAssignable) {
  ThreadPoolExecutor pool({.max_workers = 2});
  int expected = 0;
  for (const Constant& each : pool.map([](int number) { return Constant{number}; }, std::vector{0, 1, 2})) {
    EXPECT_EQ(each.number, expected++);
  }
  for (const auto& function : pool.map([](int number) { return [number] { return number; }; }, std::vector{3, 4})) {
    EXPECT_EQ(function(), expected++);
  }
  EXPECT_EQ(expected, 5);
}

TEST(MapResult, MayBeAligned) {
  struct alignas(128) Aligned {
    std::uintptr_t place() const { return reinterpret_cast<std::uintptr_t>(this) % 128; }
  };
  ThreadPoolExecutor pool({.max_workers = 2});
  const auto places = all_of(pool.map([](const Aligned& aligned) { return aligned.place(); }, std::vector<Aligned>(9)));
  EXPECT_EQ(places, std::vector<std::uintptr_t>(9, 0));
}

TEST(MapResult, IsNotWaitedForBeforeItIsAskedFor) {
  ThreadPoolExecutor pool({.max_workers = 2});
  Promise<void> held;
  const auto hold = [end = held.future()](int number) {
    if (number == 2) end.result();
    return number;
  };
  for (const int number : pool.map({.timeout = std::chrono::hours(1)}, hold, std::vector{1, 2}) | std::views::take(1)) {
    EXPECT_EQ(number, 1);
  }
  held.set_result();
}

struct Immovable {
  Immovable() = default;
  Immovable(Immovable&&) = delete;
};

template <typename F, typename... Inputs>
concept CanMap = requires(Executor& executor, F callable, Inputs... inputs) {
  executor.map(std::move(callable), std::forward<Inputs>(inputs)...);
  executor.map(MapOptions(), std::move(callable), std::forward<Inputs>(inputs)...);
};

TEST(Map, SaysAtTheCallWhatItCannotDo) {
  const auto takes_any = [](auto...) {};
  static_assert(CanMap<decltype(takes_any), std::vector<int>>);
  static_assert(!CanMap<decltype(takes_any)>);  // DIFF-34
  static_assert(!CanMap<void (*)(), std::vector<int>>);
  static_assert(!CanMap<decltype(takes_any), int>);
  static_assert(CanMap<void (*)(bool), std::vector<bool>>);
  static_assert(!CanMap<void (*)(std::vector<bool>::reference), std::vector<bool>>);
  static_assert(CanMap<decltype(takes_any), std::vector<std::unique_ptr<int>>>);
  static_assert(!CanMap<decltype(takes_any), std::vector<std::unique_ptr<int>>&>);
  static_assert(!CanMap<Immovable (*)(int), std::vector<int>>);
  auto owns_and_changes = [pointer = std::make_unique<int>()](int number) mutable { *pointer = number; };
  static_assert(!CanMap<decltype(owns_and_changes), std::vector<int>>);
}

}  // namespace
}  // namespace concurrent::futures
