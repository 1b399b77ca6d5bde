// SinglePass: when it fetches, what it keeps, and how loops and next() go together.
//
// Method: the range counts how often it was asked for an element, and how many of its elements live.

#include <gtest/gtest.h>

#include <chrono>
#include <concurrent/futures.hpp>
#include <concurrent/futures/detail/single_pass.hpp>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <utility>
#include <vector>

namespace concurrent::futures {
namespace {

/// Moves only, and cannot be assigned.
struct Element {
  explicit Element(int number) : value(std::make_shared<const int>(number)) {}
  Element(Element&&) = default;
  Element& operator=(Element&&) = delete;
  [[nodiscard]] int number() const { return *value; }
  const std::shared_ptr<const int> value;
};

/// 1, 2, 3, ... to the last, or to where it fails.
class Numbers : public detail::SinglePass<Numbers, Element> {
 public:
  explicit Numbers(int last, int fails_at = 0) : last_(last), fails_at_(fails_at) {}
  [[nodiscard]] int fetched() const { return fetched_; }
  [[nodiscard]] bool keeps_the_last() const { return !fetched_last_.expired(); }

 private:
  friend SinglePass;
  std::optional<Element> fetch() {
    EXPECT_FALSE(keeps_the_last()) << "while the next one is fetched, the one before is kept";
    if (fetched_ == last_) return std::nullopt;
    if (++fetched_ == fails_at_) {
      fetched_ = last_;
      throw std::runtime_error("fails here");
    }
    Element element(fetched_);
    fetched_last_ = element.value;
    return element;
  }

  int last_;
  int fails_at_;
  int fetched_ = 0;
  std::weak_ptr<const int> fetched_last_;
};
static_assert(std::ranges::input_range<Numbers>);
static_assert(std::ranges::input_range<Completions<Future<int>>>);

template <typename Range>
std::vector<int> numbers_of(Range&& range) {
  std::vector<int> numbers;
  for (const Element& element : range) numbers.push_back(element.number());
  return numbers;
}

TEST(SinglePass, FetchesNothingBeforeAnElementIsAskedFor) {
  Numbers numbers(3);
  auto place = numbers.begin();
  EXPECT_EQ(numbers.fetched(), 0);
  EXPECT_EQ((*place).number(), 1);
  EXPECT_EQ((*place).number(), 1);
  EXPECT_EQ(numbers.fetched(), 1);
  ++place;
  EXPECT_EQ(numbers.fetched(), 1);
  EXPECT_FALSE(numbers.keeps_the_last());
  EXPECT_NE(place, numbers.end());
  EXPECT_EQ(numbers.fetched(), 2);
  EXPECT_EQ((*place).number(), 2);
  EXPECT_EQ(numbers.fetched(), 2);
}

TEST(SinglePass, ShowsAViewNoMoreThanItAsksFor) {
  Numbers numbers(3);
  EXPECT_EQ(numbers_of(std::ranges::ref_view(numbers) | std::views::take(1)), std::vector{1});
  EXPECT_EQ(numbers.fetched(), 1);
  EXPECT_EQ(numbers_of(std::ranges::ref_view(numbers) | std::views::take(0)), std::vector<int>());
  EXPECT_EQ(numbers.fetched(), 1);
  EXPECT_EQ(numbers_of(std::ranges::ref_view(numbers) | std::views::drop(1)), std::vector{3});
}

TEST(SinglePass, GoesOnBehindWhatWasHandedOut) {
  Numbers numbers(6);
  EXPECT_EQ(numbers.next()->number(), 1);
  for (const Element& element : numbers) {
    EXPECT_EQ(element.number(), 2);
    break;
  }
  EXPECT_EQ(numbers.next()->number(), 3);
  for (const Element& element : numbers) {
    EXPECT_EQ(element.number(), 4);
    break;
  }
  EXPECT_EQ(numbers_of(numbers), (std::vector{5, 6}));
  EXPECT_FALSE(numbers.next().has_value());
}

TEST(SinglePass, HandsOutNothingByALookAtTheEnd) {
  Numbers numbers(3);
  EXPECT_NE(numbers.begin(), numbers.end());
  EXPECT_NE(numbers.begin(), numbers.end());
  EXPECT_EQ(numbers.next()->number(), 1);
  EXPECT_NE(numbers.begin(), numbers.end());
  EXPECT_EQ(numbers_of(numbers), (std::vector{2, 3}));
  EXPECT_EQ(numbers.begin(), numbers.end());
}

TEST(SinglePass, PassesElementsThatNobodyLooksAt) {
  Numbers numbers(4);
  auto place = numbers.begin();
  std::ranges::advance(place, 2);
  EXPECT_EQ(numbers.fetched(), 0);
  EXPECT_EQ((*place).number(), 3);
  ++place;
  ++place;
  EXPECT_FALSE(numbers.next().has_value());
}

TEST(SinglePass, IsAtItsEndAfterAnException) {
  Numbers numbers(3, 2);
  auto place = numbers.begin();
  EXPECT_EQ((*place).number(), 1);
  ++place;
  EXPECT_THROW((void)*place, std::runtime_error);
  EXPECT_EQ(place, numbers.end());
  EXPECT_FALSE(numbers.next().has_value());
}

TEST(SinglePass, TakesItsPlaceAlongWhenItIsMoved) {
  Numbers numbers(3);
  EXPECT_NE(numbers.begin(), numbers.end());
  Numbers others(0);
  EXPECT_EQ(others.begin(), others.end());
  others = std::move(numbers);
  EXPECT_EQ(others.next()->number(), 1);
}

TEST(Completions, WaitForNoFutureThatNobodyAsksFor) {
  Promise<int> first;
  const Promise<int> pending;
  const std::vector futures{first.future(), pending.future()};
  auto completions = as_completed(futures, std::chrono::seconds(0));
  auto place = completions.begin();
  first.set_result(1);
  EXPECT_EQ((*place).result(), 1);
  ++place;
  EXPECT_THROW((void)(place == completions.end()), TimeoutError);
  EXPECT_EQ(place, completions.end());

  std::vector<int> results;
  for (auto& future : as_completed(futures) | std::views::take(1)) results.push_back(future.result());
  EXPECT_EQ(results, std::vector{1});
}

}  // namespace
}  // namespace concurrent::futures
