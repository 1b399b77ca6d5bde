// The shape of an adapter: which functions it has, and whether the suite can call them.
//
// For every optional function there are two questions: is there anything of that name, and can it
// be called? Yes to the first and no to the second is a mistake, which adapter_check.hpp explains.

#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <touchstone/detail/capability_names.hpp>
#include <touchstone/detail/future_traits.hpp>
#include <touchstone/subject.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace touchstone::detail {

// Whether the adapter has anything of that name, overloaded or a template even: a name that a class
// inherits twice is ambiguous.
#define TOUCHSTONE_HAS_MEMBER(member)         \
  struct Only_##member {                      \
    void member() {}                          \
  };                                          \
  template <typename A>                       \
  struct With_##member : A, Only_##member {}; \
  template <typename A>                       \
  concept Names_##member = !requires {        \
    &With_##member<A>::member;                \
  }
TOUCHSTONE_HAS_MEMBER(name);
TOUCHSTONE_HAS_MEMBER(version);
TOUCHSTONE_HAS_MEMBER(home);
TOUCHSTONE_HAS_MEMBER(capabilities);
TOUCHSTONE_HAS_MEMBER(without);
TOUCHSTONE_HAS_MEMBER(profiles);
TOUCHSTONE_HAS_MEMBER(make);
TOUCHSTONE_HAS_MEMBER(submit);
TOUCHSTONE_HAS_MEMBER(shutdown);
TOUCHSTONE_HAS_MEMBER(max_workers);
TOUCHSTONE_HAS_MEMBER(terminate_workers);
TOUCHSTONE_HAS_MEMBER(kill_workers);
TOUCHSTONE_HAS_MEMBER(map);
TOUCHSTONE_HAS_MEMBER(wait);
TOUCHSTONE_HAS_MEMBER(as_completed);
TOUCHSTONE_HAS_MEMBER(make_promise);
TOUCHSTONE_HAS_MEMBER(raise);
TOUCHSTONE_HAS_MEMBER(fault_of);
TOUCHSTONE_HAS_MEMBER(observe_log);
TOUCHSTONE_HAS_MEMBER(before_main);
TOUCHSTONE_HAS_MEMBER(before_test);
#undef TOUCHSTONE_HAS_MEMBER

template <typename T>
inline constexpr bool is_smart_pointer = false;
template <typename T, typename Deleter>
inline constexpr bool is_smart_pointer<std::unique_ptr<T, Deleter>> = true;
template <typename T>
inline constexpr bool is_smart_pointer<std::shared_ptr<T>> = true;

/// The object itself, where there is a smart pointer to it.
template <typename T>
auto& pointee(T& holder) {
  if constexpr (is_smart_pointer<T>) {
    return *holder;
  } else {
    return holder;
  }
}
template <typename T>
using Pointee = std::remove_reference_t<decltype(pointee(std::declval<std::remove_cvref_t<T>&>()))>;

// What is required.

template <typename A>
concept HasNameFunction = requires {
  { A::name() } -> std::convertible_to<std::string_view>;
};
template <typename A>
concept HasName = HasNameFunction<A> || requires {
  { A::name } -> std::convertible_to<std::string_view>;
  requires !std::is_member_pointer_v<decltype(&A::name)>;
};

template <typename A>
using Made = decltype(A::make(std::declval<const Configuration&>()));
template <typename A>
concept CanMake = requires {
  typename Made<A>;
}
&&!std::is_void_v<Made<A>>;
template <typename A>
concept MakesObject = CanMake<A> && std::is_object_v<Made<A>> && !std::is_pointer_v<Made<A>>;

template <typename A>
using Holder = std::remove_cv_t<Made<A>>;
template <typename A>
using Pool = Pointee<Made<A>>;

template <typename A>
using Submitted = std::remove_cvref_t<decltype(A::submit(std::declval<Pool<A>&>(), std::declval<Task>()))>;
template <typename A>
concept CanSubmit = MakesObject<A> && requires {
  typename Submitted<A>;
};
template <typename A>
concept GivesNothing = CanSubmit<A> && std::is_void_v<Submitted<A>>;
template <typename A>
concept GivesFuture = CanSubmit<A> && std::move_constructible<Submitted<A>> && FutureResult<Submitted<A>>;
template <typename A>
concept GivesSharedFuture = GivesFuture<A> && FutureShared<Submitted<A>> && FutureIdentity<Submitted<A>>;

// What is optional.

template <typename A>
concept HasVersionFunction = requires {
  { A::version() } -> std::convertible_to<std::string_view>;
};
template <typename A>
concept HasVersion = HasVersionFunction<A> || requires {
  { A::version } -> std::convertible_to<std::string_view>;
  requires !std::is_member_pointer_v<decltype(&A::version)>;
};

template <typename A>
concept HasHome = requires {
  { A::home } -> std::convertible_to<std::string_view>;
  requires !std::is_member_pointer_v<decltype(&A::home)>;
};

template <typename A>
concept DeclaresCapabilities = requires {
  typename std::bool_constant<all_among(A::capabilities, declared_capability_names)>;
};
template <typename A>
concept DeclaresWithout = requires {
  typename std::bool_constant<all_among(A::without, seen_capability_names)>;
};
template <typename A>
concept DeclaresProfiles = requires {
  typename std::bool_constant<all_among(A::profiles, profile_names)>;
};

template <typename A, typename... Arguments>
concept ShutsDownWith = requires(Pool<A>& pool, Arguments... arguments) {
  A::shutdown(pool, arguments...);
};
template <typename A>
concept CanShutDown = ShutsDownWith<A, ShutdownOptions> || ShutsDownWith<A, bool> || ShutsDownWith<A>;

template <typename A>
concept CanTellWorkers = requires(Pool<A>& pool) {
  { A::max_workers(pool) } -> std::convertible_to<int>;
};

template <typename A>
concept CanEndWorkers = requires(Pool<A>& pool) {
  A::terminate_workers(pool);
  A::kill_workers(pool);
};

/// Like an iterator of Rust or a generator: each call gives an optional element.
template <typename T, typename Element>
concept Yields = requires(T& iterator) {
  { *iterator.next() } -> std::convertible_to<Element>;
  { !iterator.next() } -> std::convertible_to<bool>;
};

template <typename A>
using MappedWithOptions = decltype(A::map(std::declval<Pool<A>&>(), std::declval<MapOptions>(),
                                          std::declval<Function>(), std::declval<std::vector<Source>>()));
template <typename A>
using Mapped =
    decltype(A::map(std::declval<Pool<A>&>(), std::declval<Function>(), std::declval<std::vector<Source>>()));
template <typename A>
concept CanMapWithOptions = Yields<Pointee<MappedWithOptions<A>>, Value>;
template <typename A>
concept CanMap = CanMapWithOptions<A> || Yields<Pointee<Mapped<A>>, Value>;

template <typename A>
using Futures = std::vector<Submitted<A>>;

template <typename A>
concept CanWait = GivesSharedFuture<A> && requires(Futures<A> futures, Timeout timeout, ReturnWhen return_when) {
  { *A::wait(std::move(futures), timeout, return_when).done.begin() } -> std::convertible_to<Submitted<A>>;
  { *A::wait(std::move(futures), timeout, return_when).not_done.begin() } -> std::convertible_to<Submitted<A>>;
};

template <typename A>
using Completions = decltype(A::as_completed(std::declval<Futures<A>>(), std::declval<Timeout>()));
template <typename A>
concept CanIterateCompleted = GivesSharedFuture<A> && Yields<Pointee<Completions<A>>, Submitted<A>>;

template <typename A>
using Promised = decltype(A::make_promise());
template <typename A>
concept CanPromise = requires(Pointee<Promised<A>>& promise, Value value, std::exception_ptr error) {
  { promise.future() } -> std::convertible_to<Submitted<A>>;
  { promise.set_running_or_notify_cancel() } -> std::convertible_to<bool>;
  promise.set_result(std::move(value));
  promise.set_exception(error);
};

template <typename A>
concept CanRaise = requires(Fault fault) {
  A::raise(fault);
};

template <typename A>
concept CanTellFaults = requires(const std::exception_ptr& error) {
  { A::fault_of(error) } -> std::convertible_to<std::optional<Fault>>;
};

template <typename A>
concept CanObserveLog = requires(std::function<void(LogRecord)> observer) {
  A::observe_log(std::move(observer));
};

template <typename A>
concept HasBeforeMain = requires(int argc, char** argv) {
  A::before_main(argc, argv);
};

template <typename A>
concept HasBeforeTest = requires {
  A::before_test();
};

/// A submit that takes any callable, and arguments for it, as a template.
template <typename A>
concept SubmitsAnything = requires(Pool<A>& pool, int (*function)(int)) {
  A::submit(pool, function, 1);
};

}  // namespace touchstone::detail
