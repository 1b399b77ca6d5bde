// map over processes: results in order.

#include <concurrent/futures/process_pool_executor.hpp>
#include <iostream>
#include <vector>

using namespace concurrent::futures;

int square(int number) { return number * number; }

int main(int argc, char** argv) {
  freeze_support(argc, argv);

  ProcessPoolExecutor pool({.max_workers = 2});
  const std::vector<int> numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (const int result : pool.map(square, numbers)) std::cout << result << '\n';
}

// Prints:
// 0
// 1
// 4
// 9
// 16
// 25
// 36
// 49
// 64
// 81
