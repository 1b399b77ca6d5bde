// Programs that are wrong. Each must be refused where it is written, with one error of few lines, which
// say what the line before the program says. must_not_compile.cmake compiles this file once for each case.

#include <concurrent/futures.hpp>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

using namespace concurrent::futures;

[[maybe_unused]] static void use(ThreadPoolExecutor& pool, Promise<int>& promise, std::unique_ptr<int> pointer) {
  const auto owner = [pointer = std::move(pointer)](auto&&...) { return *pointer; };
  [[maybe_unused]] std::unique_ptr<int> argument;

#if defined(CASE_callable_that_is_not_given_away)
  // says: DecayCopyable
  pool.submit(owner);

#elif defined(CASE_argument_that_is_not_given_away)
  // says: DecayCopyable
  pool.submit([](const std::unique_ptr<int>&) {}, argument);

#elif defined(CASE_argument_of_another_type)
  // says: no matching
  pool.submit([](int) {}, "text");

#elif defined(CASE_argument_that_is_to_be_changed)
  // says: no matching
  pool.submit([](int& number) { ++number; }, 5);

#elif defined(CASE_no_callable)
  // says: no matching
  pool.submit();

#elif defined(CASE_callback_that_is_not_given_away)
  // says: DecayCopyable
  promise.future().add_done_callback(owner);

#elif defined(CASE_callback_of_another_future)
  // says: invocable
  promise.future().add_done_callback([](const Future<void>&) {});

#elif defined(CASE_bare_truth_values)
  // says: shutdown
  pool.shutdown(true, true);

#elif defined(CASE_workers_that_are_a_truth_value)
  // says: WholeNumber
  const ThreadPoolExecutor other(true);

#elif defined(CASE_workers_that_are_a_fraction)
  // says: WholeNumber
  const ThreadPoolExecutor other(2.5);

#elif defined(CASE_error_that_would_be_cut_down)
  // says: no matching
  try {
    throw;
  } catch (const std::exception& error) {
    promise.set_exception(error);
  }

#elif defined(CASE_elements_that_are_not_given_away)
  // says: DecayCopyable
  std::vector<std::unique_ptr<int> > owners;
  pool.map([](const std::unique_ptr<int>&) {}, owners);

#elif defined(CASE_elements_of_another_type)
  // says: CallableWithElements
  pool.map([](const std::unique_ptr<int>&) {}, std::vector<int>{1});

#elif defined(CASE_results_that_cannot_be_handed_out)
  // says: ReturnsMovable
  pool.map([](int) { return std::mutex(); }, std::vector<int>{1});

#elif defined(CASE_map_of_nothing)
  // says: no matching
  pool.map([] {});

#elif defined(CASE_bare_number_of_seconds)
  // says: Timeout
  (void)promise.future().result(5);

#elif defined(CASE_bare_condition)
  // says: no matching
  (void)wait({promise.future()}, {.return_when = 1});

#elif defined(CASE_future_for_a_truth_value)
  // says: convert
  if (promise.future()) return;

#else
  // Without a case the file compiles.
  pool.submit([pointer = std::move(argument)] {});
  pool.submit([](std::unique_ptr<int>) {}, std::make_unique<int>(1));
  promise.future().add_done_callback([&owner](AnyFuture) { (void)owner(); });
#endif
}
