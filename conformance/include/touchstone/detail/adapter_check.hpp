// Says in one sentence what is wrong with an adapter, instead of pages of template errors.

#pragma once

#include <touchstone/detail/adapter_shape.hpp>
#include <type_traits>

namespace touchstone::detail {

/// Whether the future is one of Boost's while boost_future.hpp was not included.
template <typename F>
constexpr bool is_unknown_boost_future() {
  return std::string_view(__PRETTY_FUNCTION__).find("F = boost::") != std::string_view::npos && !FutureException<F>;
}

/// The functions that every adapter has.
template <typename A>
constexpr bool required_part_is_good() {
  static_assert(HasName<A>, "touchstone: the adapter says no name. Add: static constexpr auto name = \"my pool\";");
  static_assert(Names_make<A>,
                "touchstone: the adapter has no function make, which makes an executor. Add: static auto make(const "
                "touchstone::Configuration& c) { return std::make_unique<my::Pool>(*c.max_workers); }");
  static_assert(
      !Names_make<A> || CanMake<A>,
      "touchstone: make must be static, take a const touchstone::Configuration& and return the executor: static "
      "auto make(const touchstone::Configuration& c) { return std::make_unique<my::Pool>(*c.max_workers); }");
  static_assert(
      !CanMake<A> || MakesObject<A>,
      "touchstone: make returns a pointer or a reference that nobody owns. Return the executor by value, or in a "
      "std::unique_ptr or std::shared_ptr.");
  static_assert(Names_submit<A>,
                "touchstone: the adapter has no function submit, which hands a task to the executor. Add: static auto "
                "submit(my::Pool& pool, touchstone::Task task) { return pool.enqueue(std::move(task)); }");
  static_assert(!Names_submit<A> || !MakesObject<A> || CanSubmit<A>,
                "touchstone: submit must be static and take what make made (without its smart pointer) and a "
                "touchstone::Task: static auto submit(my::Pool& pool, touchstone::Task task) { return "
                "pool.enqueue(std::move(task)); }");
  static_assert(
      !CanSubmit<A> || GivesNothing<A> || GivesFuture<A>,
      "touchstone: submit must return a future whose result() or get() gives a touchstone::Value, or nothing. Hand "
      "the task over as it is, so that the future is my::Future<touchstone::Value>; for a future with other names "
      "specialize touchstone::future_traits; or return void, and the suite uses a handle of its own.");
  if constexpr (GivesFuture<A>) {
    static_assert(!is_unknown_boost_future<Submitted<A>>(),
                  "touchstone: include <boost/thread/future.hpp> before <touchstone/adapter.hpp>.");
  }
  return HasName<A> && (GivesNothing<A> || GivesFuture<A>);
}

/// What the adapter says about its executor.
template <typename A>
constexpr bool declarations_are_good() {
  static_assert(
      !Names_version<A> || HasVersion<A>,
      "touchstone: version must be a text, or a static function that returns one: static constexpr auto version = "
      "\"1.2\";");
  static_assert(!Names_home<A> || HasHome<A>,
                "touchstone: home must be a text: static constexpr auto home = \"https://my.pool.example\";");
  static_assert(!Names_capabilities<A> || DeclaresCapabilities<A>,
                "touchstone: capabilities must be a constant list of texts: static constexpr std::array capabilities = "
                "{\"order.fifo\", \"workers.limit\"};");
  static_assert(!Names_without<A> || DeclaresWithout<A>,
                "touchstone: without must be a constant list of texts: static constexpr std::array without = "
                "{\"map.buffersize\"};");
  static_assert(!Names_profiles<A> || DeclaresProfiles<A>,
                "touchstone: profiles must be a constant list of texts: static constexpr std::array profiles = "
                "{\"futures\", \"pool\"};");
  if constexpr (DeclaresCapabilities<A>) {
    static_assert(
        !all_among(A::capabilities, seen_capability_names, declared_capability_names) ||
            all_among(A::capabilities, declared_capability_names),
        "touchstone: capabilities names one that need not be declared: the suite sees it where the adapter has "
        "the function (touchstone/adapter.hpp).");
    static_assert(all_among(A::capabilities, seen_capability_names, declared_capability_names),
                  "touchstone: capabilities names one that does not exist; spec/capabilities.toml has them all.");
  }
  if constexpr (DeclaresWithout<A>) {
    static_assert(all_among(A::without, seen_capability_names, declared_capability_names),
                  "touchstone: without names a capability that does not exist; spec/capabilities.toml has them all.");
  }
  if constexpr (DeclaresProfiles<A>) {
    static_assert(all_among(A::profiles, profile_names),
                  "touchstone: profiles names one that does not exist; spec/profiles.toml has them all.");
  }
  return true;
}

/// The functions that an adapter may have.
template <typename A>
constexpr bool optional_part_is_good() {
  static_assert(
      !Names_shutdown<A> || CanShutDown<A>,
      "touchstone: shutdown must be one of: static void shutdown(my::Pool& pool), static void shutdown(my::Pool& "
      "pool, bool wait), static void shutdown(my::Pool& pool, touchstone::ShutdownOptions options).");
  static_assert(!Names_max_workers<A> || CanTellWorkers<A>,
                "touchstone: max_workers must be: static int max_workers(my::Pool& pool).");
  static_assert((!Names_terminate_workers<A> && !Names_kill_workers<A>) || CanEndWorkers<A>,
                "touchstone: there must be both or none of: static void terminate_workers(my::Pool& pool), static void "
                "kill_workers(my::Pool& pool).");
  static_assert(
      !Names_map<A> || CanMap<A>,
      "touchstone: map must be: static auto map(my::Pool& pool, touchstone::MapOptions options, touchstone::Function "
      "function, std::vector<touchstone::Source> inputs), the options may be left out, and return an object with "
      "std::optional<touchstone::Value> next().");
  static_assert(
      !Names_wait<A> || !GivesSharedFuture<A> || CanWait<A>,
      "touchstone: wait must be: static auto wait(std::vector<my::Future> futures, touchstone::Timeout timeout, "
      "touchstone::ReturnWhen return_when), and return an object with the ranges done and not_done of futures.");
  static_assert(!Names_as_completed<A> || !GivesSharedFuture<A> || CanIterateCompleted<A>,
                "touchstone: as_completed must be: static auto as_completed(std::vector<my::Future> futures, "
                "touchstone::Timeout timeout), and return an object with std::optional<my::Future> next().");
  static_assert(
      (!Names_wait<A> && !Names_as_completed<A>) || GivesSharedFuture<A>,
      "touchstone: an adapter with wait or as_completed needs futures that can be copied, compared with == and "
      "hashed with std::hash, so that the suite knows which future it got back.");
  static_assert(
      !Names_make_promise<A> || CanPromise<A>,
      "touchstone: make_promise must be: static auto make_promise(), and return a promise with future() (of the type "
      "that submit returns), bool set_running_or_notify_cancel(), set_result(touchstone::Value) and "
      "set_exception(std::exception_ptr).");
  static_assert(
      !Names_raise<A> || CanRaise<A>,
      "touchstone: raise must be: static void raise(touchstone::Fault fault), and throw the executor's own error of "
      "that kind, if it has one.");
  static_assert(
      !Names_fault_of<A> || CanTellFaults<A>,
      "touchstone: fault_of must be: static std::optional<touchstone::Fault> fault_of(std::exception_ptr error).");
  static_assert(!Names_observe_log<A> || CanObserveLog<A>,
                "touchstone: observe_log must be: static void observe_log(std::function<void(touchstone::LogRecord)> "
                "observer).");
  static_assert(!Names_before_main<A> || HasBeforeMain<A>,
                "touchstone: before_main must be: static void before_main(int argc, char** argv).");
  static_assert(!Names_before_test<A> || HasBeforeTest<A>,
                "touchstone: before_test must be: static void before_test().");
  return true;
}

/// Stops the compilation with a sentence for each mistake. False keeps what depends on the adapter
/// from being instantiated, and so from adding its own errors to them.
template <typename A>
constexpr bool adapter_is_good() {
  constexpr bool is_adapter = std::is_class_v<A> && !std::is_final_v<A>;
  static_assert(
      is_adapter,
      "touchstone: an adapter is a struct that is not final: struct MyPool { ... }; TOUCHSTONE_SUBJECT(MyPool);");
  if constexpr (is_adapter) {
    if constexpr (required_part_is_good<A>()) return declarations_are_good<A>() && optional_part_is_good<A>();
  }
  return false;
}

}  // namespace touchstone::detail
