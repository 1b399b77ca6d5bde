// submit never blocks. Where the producer is faster than the pool, a semaphore holds it back.

#include <concurrent/futures.hpp>
#include <iostream>
#include <semaphore>
#include <utility>
#include <vector>

using namespace concurrent::futures;

/// Blocks until fewer calls than the semaphore counts are pending or running. Not for workers of the same pool.
template <typename F>
auto submit_bounded(Executor& executor, std::counting_semaphore<>& free, F call) {
  free.acquire();
  try {
    auto future = executor.submit(std::move(call));
    future.add_done_callback([&free](const AnyFuture&) { free.release(); });  // cancelled is done, too
    return future;
  } catch (...) {
    free.release();
    throw;
  }
}

int main() {
  std::counting_semaphore<> free(8);  // before the pool: callbacks use it until the pool is gone
  ThreadPoolExecutor pool(2);
  std::vector<Future<int>> futures;
  for (int i = 1; i <= 100; ++i) futures.push_back(submit_bounded(pool, free, [i] { return i; }));
  int sum = 0;
  for (const auto& future : futures) sum += future.result();
  std::cout << sum << '\n';
}

// Prints:
// 5050
