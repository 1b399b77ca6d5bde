// Handles and results: who owns what, and what moves.

#include <gtest/gtest.h>

#include <concurrent/futures.hpp>
#include <coroutine>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <vector>

namespace concurrent::futures {
namespace {

template <typename T>
Future<T> finished(T value) {
  Promise<T> promise;
  promise.set_result(std::move(value));
  return promise.future();
}

TEST(Result, IsShownOnAnLvalue) {
  const Future<std::string> future = finished<std::string>("text");
  static_assert(std::is_same_v<decltype(future.result()), const std::string&>);
  EXPECT_EQ(&future.result(), &future.result());
}

TEST(Result, IsMovedOutOfTheOnlyHandle) {
  Future<std::unique_ptr<int>> future = finished(std::make_unique<int>(42));
  EXPECT_EQ(*std::move(future).result(), 42);
}

TEST(Result, IsCopiedWhereAnotherHandleCouldSeeTheMove) {
  Future<std::vector<int>> future = finished(std::vector{1, 2, 3});
  const Future<std::vector<int>> other = future;
  EXPECT_EQ(std::move(future).result().size(), 3U);
  EXPECT_EQ(other.result().size(), 3U);
}

TEST(Result, StaysWhereItCanNeitherBeMovedUnseenNorCopied) {
  Future<std::unique_ptr<int>> future = finished(std::make_unique<int>(42));
  const Future<std::unique_ptr<int>> other = future;
  EXPECT_THROW(std::move(future).result(), InvalidStateError);
  EXPECT_EQ(*other.result(), 42);
}

TEST(Result, MayBeAReferenceOrNothing) {
  int target = 1;
  Promise<int&> reference;
  reference.set_result(target);
  EXPECT_EQ(&reference.future().result(), &target);
  EXPECT_EQ(&std::move(reference.future()).result(), &target);

  Promise<void> nothing;
  nothing.set_result();
  static_assert(std::is_void_v<decltype(nothing.future().result())>);
  EXPECT_NO_THROW(nothing.future().result());
}

TEST(Result, KeepsAFutureThatIsOverAligned) {
  struct alignas(128) Wide {
    int number;
  };
  ThreadPoolExecutor pool({.max_workers = 1});
  const auto future = pool.submit([](Wide wide) { return wide; }, Wide{7});
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&future.result()) % 128, 0U);
  EXPECT_EQ(future.result().number, 7);
}

TEST(Handle, ThatIsEmptyRefusesEverything) {
  const Future<int> empty;
  EXPECT_THROW((void)empty.done(), InvalidStateError);
  EXPECT_THROW((void)empty.result(), InvalidStateError);
  EXPECT_EQ(empty, Future<int>());
  EXPECT_EQ(to_string(empty), "<Future empty>");
  EXPECT_THROW((void)future_cast<int>(empty), InvalidStateError);
}

TEST(Handle, SaysWhetherItIsEmpty) {
  EXPECT_FALSE(AnyFuture().valid());
  Future<int> future = finished(1);
  EXPECT_TRUE(future.valid());
  const AnyFuture taken = std::move(future);
  EXPECT_TRUE(taken.valid());
  EXPECT_FALSE(future.valid());  // NOLINT(bugprone-use-after-move): what is asked
  static_assert(!std::is_constructible_v<bool, Future<int>>);
}

struct Incomplete;

TEST(Handle, GetsItsTypeBackOnlyWhereItIsThatType) {
  const AnyFuture number = finished(1);
  EXPECT_EQ(future_cast<int>(number), number);
  EXPECT_EQ(future_cast<int>(number)->result(), 1);
  EXPECT_EQ(future_cast<long>(number), std::nullopt);
  EXPECT_EQ(future_cast<const int&>(number), std::nullopt);
  EXPECT_EQ(future_cast<void>(number), std::nullopt);

  int target = 1;
  Promise<int&> reference;
  reference.set_result(target);
  EXPECT_EQ(&future_cast<int&>(reference.future())->result(), &target);
  EXPECT_EQ(future_cast<int>(reference.future()), std::nullopt);
  EXPECT_TRUE(future_cast<Incomplete&>(Promise<Incomplete&>().future()));

  const auto one = [] {};
  const auto other = [] {};
  EXPECT_TRUE(future_cast<std::decay_t<decltype(one)>>(finished(one)));
  EXPECT_FALSE(future_cast<std::decay_t<decltype(other)>>(finished(one)));
}

TEST(Handle, StaysTheOnlyOneWhenItGetsItsTypeBack) {
  AnyFuture any = finished(std::make_unique<int>(42));
  EXPECT_EQ(*future_cast<std::unique_ptr<int>>(std::move(any)).value().result(), 42);
}

TEST(PromisedResult, MayBeWrittenInBraces) {
  Promise<std::vector<int>> numbers;
  numbers.set_result({1, 2});
  EXPECT_EQ(numbers.future().result(), (std::vector{1, 2}));
  Promise<std::string> text;
  text.set_result({});
  EXPECT_EQ(text.future().result(), "");
}

TEST(PromisedResult, MayBeMadeOfWhatItsTypeIsMadeOf) {
  Promise<std::string> repeated;
  repeated.set_result(3, 'x');
  EXPECT_EQ(repeated.future().result(), "xxx");
  struct Fixed {
    explicit Fixed(int given) : number(given) {}
    Fixed(Fixed&&) = delete;
    const int number;
  };
  Promise<Fixed> fixed;
  fixed.set_result(7);
  const Future<Fixed> future = fixed.future();
  EXPECT_EQ(future.result().number, 7);
}

TEST(PromisedException, MayBeTheErrorItself) {
  Promise<int> promise;
  promise.set_exception(std::domain_error("no"));
  EXPECT_THROW((void)promise.future().result(), std::domain_error);
}

template <typename Given>
concept Settable = requires(Promise<int>& promise, Given given) {
  promise.set_exception(given);
};

TEST(PromisedException, IsNoneThatWouldBeCutDown) {
  static_assert(Settable<std::runtime_error>);
  static_assert(Settable<std::exception_ptr>);
  static_assert(!Settable<std::exception>);  // the type of a reference to any of them
  static_assert(!Settable<const char*>);
}

TEST(Handle, TakesACallbackThatCanBeCalledOnlyOnce) {
  struct Once {
    int* calls;
    void operator()(const Future<int>&) && { ++*calls; }
  };
  int calls = 0;
  const Once callback{&calls};
  Promise<int> promise;
  promise.future().add_done_callback(callback);
  promise.set_result(1);
  promise.future().add_done_callback(callback);
  EXPECT_EQ(calls, 2);
}

TEST(Handle, ComparesAndHashesByIdentity) {
  const Future<int> one = finished(1);
  const Future<int> copy = one;
  const Future<int> other = finished(1);
  EXPECT_EQ(one, copy);
  EXPECT_NE(one, other);
  const std::unordered_set<Future<int>> set{one, copy, other};
  EXPECT_EQ(set.size(), 2U);
  const AnyFuture any = one;
  EXPECT_EQ(any, one);
}

TEST(Handle, PrintsItsStateAndType) {
  EXPECT_NE(to_string(finished(1)).find("state=finished returned int>"), std::string::npos);
  Promise<int> promise;
  EXPECT_NE(to_string(promise.future()).find("state=pending>"), std::string::npos);
  promise.set_exception(std::make_exception_ptr(std::domain_error("no")));
  EXPECT_NE(to_string(promise.future()).find("raised std::domain_error>"), std::string::npos);
}

TEST(TimeoutFrom, RoundsUpAndSaturates) {
  using std::chrono::nanoseconds;
  EXPECT_EQ(Timeout(std::chrono::duration<double, std::nano>(0.25)).limit(), nanoseconds(1));
  EXPECT_EQ(Timeout(std::chrono::hours::max()).limit(), nanoseconds::max());
  EXPECT_EQ(Timeout(std::chrono::duration<double>(-1e300)).limit(), nanoseconds::min());
  EXPECT_EQ(Timeout(std::nullopt).limit(), std::nullopt);
  EXPECT_THROW(Timeout(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())), std::invalid_argument);
  EXPECT_EQ(Timeout(std::chrono::hours::max()).deadline(), sync::Clock::time_point::max());
}

// A coroutine that starts at once and is destroyed by whoever holds it.
struct Coroutine {
  struct promise_type {
    Coroutine get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

Coroutine append(Future<std::string> future, std::vector<std::string>& out) {
  out.push_back("waiting");
  out.push_back(co_await future);
}

Coroutine take(Future<std::unique_ptr<int>> future, int& out) { out = *co_await std::move(future); }

TEST(Await, ResumesAfterTheCallbacksThatWereThereBefore) {
  Promise<std::string> promise;
  std::vector<std::string> out;
  promise.future().add_done_callback([&out](const Future<std::string>&) { out.push_back("before"); });
  const Coroutine coroutine = append(promise.future(), out);
  promise.future().add_done_callback([&out](const Future<std::string>&) { out.push_back("after"); });
  promise.set_result("value");
  EXPECT_EQ(out, (std::vector<std::string>{"waiting", "before", "value", "after"}));
  coroutine.handle.destroy();
}

TEST(Await, OfAnRvalueMovesTheResultOut) {
  ThreadPoolExecutor pool({.max_workers = 1});
  auto promise = std::make_unique<Promise<std::unique_ptr<int>>>();
  int out = 0;
  auto future = promise->future();
  auto& outcome = detail::Access::outcome(future);
  outcome.retain_handle();  // so that the awaiting handle is the last but one, until the promise is gone
  const Coroutine coroutine = take(std::move(future), out);
  outcome.release_handle();
  EXPECT_EQ(outcome.observers(), 1U);
  coroutine.handle.destroy();
  EXPECT_EQ(outcome.observers(), 0U);
  EXPECT_EQ(out, 0);

  const Coroutine second = take(pool.submit([] { return std::make_unique<int>(7); }), out);
  pool.shutdown();
  EXPECT_EQ(out, 7);
  second.handle.destroy();
}

TEST(Await, IsForgottenWhenTheCoroutineIsDestroyed) {
  Promise<std::string> promise;
  std::vector<std::string> out;
  const Coroutine coroutine = append(promise.future(), out);
  coroutine.handle.destroy();
  promise.set_result("value");
  EXPECT_EQ(out, std::vector<std::string>{"waiting"});
}

}  // namespace
}  // namespace concurrent::futures
