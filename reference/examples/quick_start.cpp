#include <concurrent/futures.hpp>
#include <iostream>
#include <vector>

using namespace concurrent::futures;

int main() {
  ThreadPoolExecutor pool({.max_workers = 4, .thread_name_prefix = "io"});
  Future<int> sum = pool.submit([](int a, int b) { return a + b; }, 40, 2);
  sum.add_done_callback([](const Future<int>& future) { std::cout << future << '\n'; });
  std::cout << sum.result() << '\n';

  const std::vector<int> numbers{1, 2, 3};
  for (int square : pool.map([](int x) { return x * x; }, numbers)) std::cout << square << '\n';
}
