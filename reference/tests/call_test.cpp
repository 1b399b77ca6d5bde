// Call: results of every kind are kept where the call made them.

#include <gtest/gtest.h>

#include <concurrent/futures.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace concurrent::futures {
namespace {

// It is never completed.
struct Incomplete;

Incomplete& incomplete() {
  static char byte;
  return reinterpret_cast<Incomplete&>(byte);
}

// Its address cannot be had by the operator.
struct Shy {
  explicit Shy(int given) : number(given) {}
  void operator&() const = delete;
  int number;
};

struct Pinned {
  explicit Pinned(int given) : self(this), number(given) {}
  Pinned(Pinned&&) = delete;
  Pinned& operator=(Pinned&&) = delete;
  ~Pinned() = default;
  const Pinned* self;
  int number;
};

TEST(CallResult, MayOverloadTheAddressOperator) {
  ThreadPoolExecutor pool({.max_workers = 1});
  EXPECT_EQ(pool.submit([](Shy shy) { return shy; }, Shy(1)).result().number, 1);
}

TEST(CallResult, NeedNotBeMovable) {
  ThreadPoolExecutor pool({.max_workers = 1});
  const auto future = pool.submit([](int number) { return Pinned(number); }, 7);
  EXPECT_EQ(future.result().number, 7);
  EXPECT_EQ(future.result().self, &future.result());
  const auto guarded = pool.submit([]() -> const std::mutex { return std::mutex(); });
  EXPECT_EQ(guarded.exception(), nullptr);
}

TEST(CallResult, MayReferToWhatIsIncomplete) {
  ThreadPoolExecutor pool({.max_workers = 1});
  const auto future = pool.submit(incomplete);
  EXPECT_EQ(std::addressof(future.result()), std::addressof(incomplete()));
  EXPECT_NE(to_string(future).find("state=finished returned concurrent::futures::(anonymous namespace)::Incomplete>"),
            std::string::npos);
}

TEST(CallResult, IsNamedWithoutItsReference) {
  ThreadPoolExecutor pool({.max_workers = 1});
  static const std::unique_ptr<int> pointer;
  const auto future = pool.submit([]() -> const std::unique_ptr<int>& { return pointer; });
  (void)future.exception();
  EXPECT_NE(to_string(future).find("returned std::unique_ptr<int"), std::string::npos) << to_string(future);
  const auto nothing = pool.submit([] {});
  (void)nothing.exception();
  EXPECT_NE(to_string(nothing).find("returned void>"), std::string::npos) << to_string(nothing);
}

}  // namespace
}  // namespace concurrent::futures
