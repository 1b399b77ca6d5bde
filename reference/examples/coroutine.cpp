// A coroutine that awaits futures, and is itself one for whoever called it.

#include <concurrent/futures.hpp>
#include <coroutine>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

using namespace concurrent::futures;

/// Runs at once up to its first co_await, and goes on where the awaited call was completed.
template <typename T>
struct Task {
  struct promise_type {
    Promise<T> promise;
    Task get_return_object() {
      (void)promise.set_running_or_notify_cancel();  // it runs: so nobody can cancel it
      return {promise.future()};
    }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_value(T value) { promise.set_result(std::move(value)); }
    void unhandled_exception() { promise.set_exception(std::current_exception()); }
  };
  Future<T> future;
};

Task<std::string> greet(ThreadPoolExecutor& pool, std::string name) {
  const std::string greeting = co_await pool.submit([] { return std::string("hello"); });
  const auto length = co_await pool.submit([&name] { return name.size(); });
  co_return greeting + ", " + name + ": " + std::to_string(length) + " letters";
}

int main() {
  ThreadPoolExecutor pool(1);
  const Task<std::string> task = greet(pool, "reader");
  std::cout << task.future.result() << '\n';
}

// Prints:
// hello, reader: 6 letters
