#include <concurrent/futures.hpp>
#include <iostream>
#include <vector>

using namespace concurrent::futures;

int main() {
  ThreadPoolExecutor pool({.max_workers = 4, .thread_name_prefix = "io"});
  const Future<int> sum = pool.submit([](int a, int b) { return a + b; }, 40, 2);
  std::cout << sum.result() << '\n';

  const std::vector<int> numbers{1, 2, 3};
  for (int square : pool.map([](int x) { return x * x; }, numbers)) std::cout << square << '\n';
}

// Prints:
// 42
// 1
// 4
// 9
