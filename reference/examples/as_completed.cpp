// as_completed with a timeout: what is there in time is used, the rest is given up.

#include <chrono>
#include <concurrent/futures.hpp>
#include <iostream>
#include <latch>
#include <vector>

using namespace concurrent::futures;
using namespace std::chrono_literals;

int main() {
  std::latch never(1);  // before the pool, whose calls use it
  ThreadPoolExecutor pool(3);
  std::vector<Future<int>> futures;
  futures.push_back(pool.submit([] { return 1; }));
  futures.push_back(pool.submit([&never] {
    never.wait();
    return 2;
  }));
  try {
    for (const auto& future : as_completed(futures, 1s)) std::cout << "got " << future.result() << '\n';
  } catch (const TimeoutError& error) {
    std::cout << error.what() << '\n';
  }
  never.count_down();
}

// Prints:
// got 1
// 1 (of 2) futures unfinished
