// Call: results of every kind are kept where the call made them.

#include <gtest/gtest.h>
#include <malloc.h>
#include <unwind.h>

#include <concurrent/futures.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

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
  EXPECT_NE(to_string(future).find("::Incomplete>"), std::string::npos) << to_string(future);
}

TEST(CallResult, IsNamedWithoutItsReference) {
  ThreadPoolExecutor pool({.max_workers = 1});
  static const std::unique_ptr<int> pointer;
  const auto future = pool.submit([]() -> const std::unique_ptr<int>& { return pointer; });
  (void)future.exception();
  EXPECT_NE(to_string(future).find("unique_ptr<int"), std::string::npos) << to_string(future);
  EXPECT_EQ(to_string(future).find('&'), std::string::npos) << to_string(future);
  const auto nothing = pool.submit([] {});
  (void)nothing.exception();
  EXPECT_NE(to_string(nothing).find("returned void>"), std::string::npos) << to_string(nothing);
}

template <std::size_t size>
struct Bytes {
  std::byte bytes[size] = {};
  int operator()() const { return static_cast<int>(bytes[0]); }
};

std::size_t block_size(const AnyFuture& future) {
  return malloc_usable_size(const_cast<detail::Outcome*>(&detail::Access::outcome(future)));
}

// Who keeps a future keeps the memory of a small callable, and not that of a large one.
TEST(CallMemory, OfALargeCallableIsNotKeptWithTheFuture) {
  constexpr std::size_t large = detail::largest_inline_work + 1;
  ThreadPoolExecutor pool({.max_workers = 1});
  const auto future = pool.submit(Bytes<large>());
  EXPECT_EQ(future.result(), 0);
  EXPECT_LT(block_size(future), large);
  EXPECT_EQ(pool.submit(Bytes<detail::largest_inline_work>()).result(), 0);
}

TEST(CallMemory, OfALargeCallableIsAligned) {
  struct alignas(128) Aligned {
    std::byte bytes[1024];
    bool operator()() const { return reinterpret_cast<std::uintptr_t>(this) % 128 == 0; }
  };
  ThreadPoolExecutor pool({.max_workers = 1});
  EXPECT_TRUE(pool.submit(Aligned()).result());
}

// An exception of another language, as a Rust panic or an Objective-C throw is one.
[[noreturn]] void throw_foreign() {
  static _Unwind_Exception foreign{0x544F554348000000, [](_Unwind_Reason_Code, _Unwind_Exception*) {}, 0, 0};
  _Unwind_RaiseException(&foreign);
  std::abort();
}

struct Silent : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

TEST(Error, OfAnotherLanguageIsDelivered) {
  ThreadPoolExecutor pool({.max_workers = 1});
  const auto future = pool.submit([]() -> int { throw_foreign(); });
  ASSERT_NE(future.exception(), nullptr);
  EXPECT_THROW(future.result(), Error);
  EXPECT_NE(describe(future.exception()).find("another language"), std::string::npos);
  EXPECT_NE(to_string(future).find("raised concurrent::futures::Error"), std::string::npos);
  EXPECT_EQ(pool.submit([] { return 1; }).result(), 1);
}

TEST(ForeignException, InAnInputOfABufferedMapIsNotTakenForItsEnd) {
  ThreadPoolExecutor pool(1);
  const auto input = [](int number) {
    if (number == 5) throw_foreign();
    return number;
  };
  auto results = pool.map({.buffersize = 2}, std::identity(), std::views::iota(0, 10) | std::views::transform(input));
  for (int number = 0; number < 5; ++number) EXPECT_EQ(results.next(), number);
  EXPECT_THROW((void)results.next(), Error);
}

TEST(Error, WithoutATextIsDescribedByItsType) {
  EXPECT_NE(describe(std::make_exception_ptr(Silent())).find("Silent"), std::string::npos);
}

TEST(Error, IsDescribedWithWhatIsNestedInIt) {
  try {
    try {
      throw std::runtime_error("the disk is full");
    } catch (...) {
      std::throw_with_nested(std::logic_error("not saved"));
    }
  } catch (...) {
    EXPECT_EQ(describe(std::current_exception()), "not saved (the disk is full)");
  }
}

// Everything that is not told to anybody, but logged.
TEST(Error, OfEveryKindIsLogged) {
  std::vector<std::string> logged;
  std::mutex mutex;
  const LogHandler before = set_log_handler([&](const LogRecord& record) {
    const std::lock_guard lock(mutex);
    logged.push_back(describe(record.exception));
  });
  const std::vector<std::function<void()>> throwers{[] { throw_foreign(); }, [] { throw Silent(); }, [] { throw 1; }};
  for (const auto& throws : throwers) {
    Promise<int> promise;
    promise.future().add_done_callback([&](const AnyFuture&) { throws(); });
    promise.set_result(1);
    promise.future().add_done_callback([&](const AnyFuture&) { throws(); });
    ThreadPoolExecutor pool({.max_workers = 1, .initializer = throws});
    Future<void> broken;
    try {
      broken = pool.submit([] {});
    } catch (const BrokenThreadPool&) {
      continue;  // the worker was faster
    }
    EXPECT_THROW(broken.result(), BrokenThreadPool);
    EXPECT_NE(describe(broken.exception()).find("the initializer of a worker threw: an exception"), std::string::npos)
        << describe(broken.exception());
  }
  set_log_handler(before);
  EXPECT_EQ(logged.size(), 9U);
}

}  // namespace
}  // namespace concurrent::futures
