// then and when_all: what is to follow one future, or all of several.

#include <atomic>
#include <concurrent/futures.hpp>
#include <cstddef>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace concurrent::futures;

/// Submits `next(future)` when the future is done. If the executor refuses it then, the result is BrokenExecutor.
template <typename T, typename F>
auto then(Executor& executor, const Future<T>& future, F next) {
  Promise<std::invoke_result_t<F&, Future<T>>> promise;
  auto result = promise.future();
  future.add_done_callback([&executor, next, promise = std::move(promise)](Future<T> done) mutable {
    executor.submit([next, done = std::move(done), promise = std::move(promise)]() mutable {
      try {
        promise.set_result(next(std::move(done)));
      } catch (...) {
        promise.set_exception(std::current_exception());
      }
    });
  });
  return result;
}

/// Is done when all of them are, and gives them back.
template <typename T>
Future<std::vector<Future<T>>> when_all(const std::vector<Future<T>>& futures) {
  struct State {
    explicit State(const std::vector<Future<T>>& all) : futures(all), missing(all.size() + 1) {
      (void)promise.set_running_or_notify_cancel();  // from now on nobody can cancel it
    }
    std::vector<Future<T>> futures;
    std::atomic<std::size_t> missing;
    Promise<std::vector<Future<T>>> promise;
  };
  auto state = std::make_shared<State>(futures);
  const auto count = [state](const AnyFuture&) {
    if (--state->missing == 0) state->promise.set_result(std::move(state->futures));
  };
  for (const auto& future : futures) future.add_done_callback(count);
  count({});  // for no futures at all
  return state->promise.future();
}

int main() {
  ThreadPoolExecutor pool(2);
  const auto text = then(pool, pool.submit([] { return 42; }),
                         [](const Future<int>& number) { return "the answer is " + std::to_string(number.result()); });
  std::cout << text.result() << '\n';

  const auto all = when_all(std::vector{pool.submit([] { return 1; }), pool.submit([] { return 2; })});
  const auto sum = then(pool, all, [](const auto& numbers) {
    int result = 0;
    for (const auto& number : numbers.result()) result += number.result();
    return result;
  });
  std::cout << sum.result() << '\n';
}

// Prints:
// the answer is 42
// 3
