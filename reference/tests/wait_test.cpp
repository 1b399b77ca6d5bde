// wait and as_completed: who holds which handles, and for how long.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <concurrent/futures.hpp>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace concurrent::futures {
namespace {

Future<int> finished(int value) {
  Promise<int> promise;
  promise.set_result(value);
  return promise.future();
}

TEST(Completions, MayBeReplacedWhileTheyHoldTheOnlyHandles) {
  auto completions = as_completed(std::vector{finished(1), finished(2)});
  completions = as_completed(std::vector{finished(3)});
  std::vector<int> results;
  while (auto future = completions.next()) results.push_back(future->result());
  EXPECT_EQ(results, std::vector{3});
}

TEST(Completions, LeaveNoTraceInTheFuturesWhenReplaced) {
  const Promise<int> pending;
  const Future<int> future = pending.future();
  auto completions = as_completed(std::vector{future});
  EXPECT_EQ(detail::Access::outcome(future).observers(), 1U);
  completions = as_completed(std::vector<Future<int>>());
  EXPECT_EQ(detail::Access::outcome(future).observers(), 0U);
}

TEST(Completions, AreAtTheirEndWhenASecondWalkThrows) {
  const Promise<int> pending;
  auto completions = as_completed(std::vector{finished(1), pending.future()}, std::chrono::seconds(0));
  const auto place = completions.begin();
  EXPECT_EQ((*place).result(), 1);
  EXPECT_THROW((void)(completions.begin() == completions.end()), TimeoutError);
  EXPECT_EQ(place, completions.end());
}

TEST(Completions, ComeInOrderAndLeaveTheOthersInAnyOrder) {
  for (std::size_t taken = 0; taken <= 4; ++taken) {
    std::vector<std::size_t> order{0, 1, 2, 3};
    do {
      std::vector<Promise<void>> promises(order.size());
      std::vector<Future<void>> futures;
      for (const auto& promise : promises) futures.push_back(promise.future());
      {
        auto completions = as_completed(futures);
        for (std::size_t i = 0; i < taken; ++i) {
          promises[order[i]].set_result();
          EXPECT_EQ(completions.next(), futures[order[i]]);
        }
      }
      for (const auto& future : futures) EXPECT_EQ(detail::Access::outcome(future).observers(), 0U);
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST(Completions, InAWorkerKnowWhatTheyStillWaitFor) {
  ThreadPoolExecutor pool({.max_workers = 1});
  const auto work = [&pool] {
    ThreadPoolExecutor inner({.max_workers = 1});
    auto completions = as_completed(std::vector{inner.submit([] {}), pool.submit([] {}), inner.submit([] {})});
    EXPECT_TRUE(completions.next().has_value());
    EXPECT_TRUE(completions.next().has_value());
    EXPECT_THROW(completions.next(), DeadlockError);
  };
  pool.submit(work).result();
}

std::vector<Future<std::unique_ptr<int>>> finished_pointers() {
  std::vector<Future<std::unique_ptr<int>>> futures;
  for (int number : {1, 2}) {
    Promise<std::unique_ptr<int>> promise;
    futures.push_back(promise.future());
    promise.set_result(std::make_unique<int>(number));
  }
  return futures;
}

// Takes all results, which needs the only handles.
template <typename Futures>
std::vector<int> taken_from(Futures&& futures) {
  std::vector<int> numbers;
  for (auto& future : futures) numbers.push_back(*std::move(future).result());
  return numbers;
}

TEST(Handles, AreMovedOutOfAContainerThatIsGivenAway) {
  auto futures = finished_pointers();
  EXPECT_EQ(taken_from(as_completed(std::move(futures))), (std::vector{1, 2}));
  futures = finished_pointers();
  EXPECT_EQ(taken_from(wait(std::move(futures)).done), (std::vector{1, 2}));
}

TEST(Handles, AreMovedOutOfARangeOfRvalues) {
  auto futures = finished_pointers();
  const struct {
    auto begin() const { return std::move_iterator(futures.begin()); }
    auto end() const { return std::move_iterator(futures.end()); }
    std::vector<Future<std::unique_ptr<int>>>& futures;
  } moving{futures};
  EXPECT_EQ(taken_from(wait(moving).done), (std::vector{1, 2}));
}

TEST(Handles, AreCopiedFromSomebodyElses) {
  auto futures = finished_pointers();
  const auto first = futures.front();
  (void)wait(futures);
  (void)wait(std::as_const(futures));
  (void)wait(std::span(futures));
  (void)wait(std::unordered_set<Future<std::unique_ptr<int>>>(futures.begin(), futures.end()));
  (void)as_completed(std::span(futures));
  EXPECT_EQ(futures.front(), first);
}

TEST(Handles, OfOneTypeKeepItInABracedList) {
  const Future<int> one = finished(1);
  const Future<int> two = finished(2);
  static_assert(std::same_as<decltype(wait({one, two})), WaitResult<Future<int>>>);
  static_assert(std::same_as<decltype(as_completed({one, two})), Completions<Future<int>>>);
  EXPECT_EQ(wait({one, two}).done, (std::vector{one, two}));
  int sum = 0;
  for (auto& future : as_completed({one, two})) sum += future.result();
  EXPECT_EQ(sum, 3);
}

TEST(Handles, OfSeveralTypesAreMixedInABracedList) {
  Promise<void> promise;
  promise.set_result();
  const Future<int> one = finished(1);
  static_assert(std::same_as<decltype(as_completed({one, promise.future()})), Completions<AnyFuture>>);
  EXPECT_EQ(wait({one, promise.future()}).done, (std::vector<AnyFuture>{one, promise.future()}));
}

// A loop over temporaries leaves the range their only holder.
TEST(Handles, GivenInABracedListMayBeTheOnlyOnes) {
  const auto pointer = [] {
    Promise<std::unique_ptr<int>> promise;
    promise.set_result(std::make_unique<int>(1));
    return promise.future();
  };
  for (auto& future : as_completed({pointer()})) EXPECT_EQ(*std::move(future).result(), 1);
}

TEST(Handles, ThatAreNotTheOnlyOnesSayHowToBeSo) {
  auto futures = finished_pointers();
  try {
    for (auto& future : as_completed(futures)) (void)std::move(future).result();
    ADD_FAILURE() << "the results were taken from the container's handles";
  } catch (const InvalidStateError& error) {
    EXPECT_NE(std::string(error.what()).find("as_completed(std::move(futures))"), std::string::npos) << error.what();
  }
  for (auto& future : futures) EXPECT_NE(std::move(future).result(), nullptr);
}

TEST(Handles, AreTakenOnceWhereTheyAreGivenTwice) {
  const Future<int> future = finished(1);
  EXPECT_EQ(wait(std::vector{future, future}).done, std::vector{future});
}

}  // namespace
}  // namespace concurrent::futures
