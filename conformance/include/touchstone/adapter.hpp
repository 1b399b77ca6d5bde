// Plugging an executor into the suite.
//
// An adapter is a struct of static functions. Two of them and a name are required:
//
//     #include <my/pool.hpp>
//     #include <touchstone/adapter.hpp>
//
//     struct MyPool {
//       static constexpr auto name = "my pool";
//       static auto make(const touchstone::Configuration& c) { return std::make_unique<my::Pool>(*c.max_workers); }
//       static auto submit(my::Pool& pool, touchstone::Task task) { return pool.enqueue(std::move(task)); }
//     };
//     TOUCHSTONE_SUBJECT(MyPool);
//
// * make returns the executor by value, or in a std::unique_ptr or std::shared_ptr.
// * submit returns the executor's future, or nothing. Futures of the standard library and of
//   Boost.Thread (its header included first) are understood as they are, and so is any future that
//   uses Python's names or the standard library's; for others specialize touchstone::future_traits
//   (detail/future_traits.hpp). Where submit returns nothing, the suite delivers outcomes through a
//   handle of its own, and no requirement about futures applies.
//
// All else is optional, and what is there switches requirements on (spec/capabilities.toml).
// With F for the type of the futures:
//
//     static constexpr auto version = "1.2";                          // or a function
//     static constexpr auto home = "https://my.pool.example";         // its page in the web, for reports
//     static constexpr std::array capabilities = {"order.fifo"};      // what no compiler can see
//     static constexpr std::array without = {"map.buffersize"};       // what it sees wrongly
//     static constexpr std::array profiles = {"futures", "pool"};     // where CMake names none
//     static void shutdown(my::Pool&, touchstone::ShutdownOptions);   // or (Pool&, bool wait), or (Pool&)
//     static void terminate_workers(my::Pool&);                       // ends the workers at once: by SIGTERM
//     static void kill_workers(my::Pool&);                            // and by SIGKILL; both or none
//     static int max_workers(my::Pool&);                              // make then accepts no number, too
//     static auto map(my::Pool&, touchstone::MapOptions, touchstone::Function, std::vector<touchstone::Source>);
//                                       // the options are optional; returns {std::optional<Value> next()}
//     static auto wait(std::vector<F>, touchstone::Timeout, touchstone::ReturnWhen);   // {done, not_done} of F
//     static auto as_completed(std::vector<F>, touchstone::Timeout);  // returns {std::optional<F> next()}
//     static auto make_promise();                                     // Python's four functions
//     static void raise(touchstone::Fault);                           // throws the executor's own error
//     static std::optional<touchstone::Fault> fault_of(std::exception_ptr);   // and tells what kind it is
//     static void observe_log(std::function<void(touchstone::LogRecord)>);
//     static void before_main(int argc, char** argv);
//                                       // first of all in main: where a worker is this program, run anew, it serves,
//                                       // and does not return
//     static void before_test();        // starts what the program keeps, whichever executors there are: a fork server
//
// An executor whose workers are other processes says so ("processes" in capabilities, "closures" in without). Task,
// Function, Value and Configuration::initializer travel to a worker as function objects and values that can be
// serialized, by the convention of cereal (touchstone/task.hpp); README.md has a page on such adapters.
//
// Whoever writes a nested task waits for it as the executor's documentation says. Executors whose
// idle threads wait with a time limit keep hangs from being proved: where that can be switched off,
// make should do so.

#pragma once

#include <memory>
#include <touchstone/detail/adapter_check.hpp>
#include <touchstone/detail/adapter_subject.hpp>
#include <touchstone/detail/future_traits.hpp>
#include <touchstone/main.hpp>
#include <touchstone/subject.hpp>

#ifdef BOOST_THREAD_FUTURE_HPP
#include <touchstone/detail/boost_future.hpp>
#endif

namespace touchstone {

/// The subject that an adapter describes. Starts no thread and makes no executor.
template <typename Adapter>
std::unique_ptr<Subject> make_subject() {
  if constexpr (detail::adapter_is_good<Adapter>()) {
    return std::make_unique<detail::AdapterSubject<Adapter>>();
  } else {
    return nullptr;  // not reached: the mistakes in the adapter have stopped the compilation
  }
}

/// What the adapter wants to be done first of all in main.
template <typename Adapter>
void before_main([[maybe_unused]] int argc, [[maybe_unused]] char** argv) {
  if constexpr (detail::HasBeforeMain<Adapter>) Adapter::before_main(argc, argv);
}

}  // namespace touchstone

/// The main function of a subject executable.
#define TOUCHSTONE_SUBJECT(...)                                                             \
  int main(int argc, char** argv) {                                                         \
    ::touchstone::before_main<__VA_ARGS__>(argc, argv);                                     \
    return ::touchstone::run_subject(argc, argv, &::touchstone::make_subject<__VA_ARGS__>); \
  }                                                                                         \
  static_assert(true, "takes the semicolon")
