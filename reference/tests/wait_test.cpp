// wait and as_completed: who holds which handles, and for how long.

#include <gtest/gtest.h>

#include <chrono>
#include <concurrent/futures.hpp>
#include <optional>
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

TEST(Completions, AreAtTheirEndWhenASecondBeginThrows) {
  const Promise<int> pending;
  auto completions = as_completed(std::vector{finished(1), pending.future()}, std::chrono::seconds(0));
  const auto place = completions.begin();
  EXPECT_EQ((*place).result(), 1);
  EXPECT_THROW(completions.begin(), TimeoutError);
  EXPECT_EQ(place, completions.end());
}

}  // namespace
}  // namespace concurrent::futures
