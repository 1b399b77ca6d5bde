// Calls on data of a block. Whatever throws, TaskGroup lets nobody leave before they are done.

#include <concurrent/futures.hpp>
#include <cstddef>
#include <iostream>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

using namespace concurrent::futures;

long sum(Executor& pool, std::size_t count, bool fails) {
  std::vector<long> numbers(count, 1);  // first the data,
  TaskGroup group(pool);                // then the group, which goes first
  const auto half = std::span(numbers).first(count / 2);
  const auto rest = std::span(numbers).last(count - half.size());
  const auto first = group.submit([half] { return std::accumulate(half.begin(), half.end(), 0L); });
  if (fails) throw std::runtime_error("in the middle");  // cancels, or waits; then the numbers may go
  const long own = std::accumulate(rest.begin(), rest.end(), 0L);
  return own + first.result();
}

int main() {
  ThreadPoolExecutor pool(2);
  std::cout << sum(pool, 1000, false) << '\n';
  try {
    sum(pool, 1000, true);
  } catch (const std::runtime_error& error) {
    std::cout << error.what() << '\n';
  }
}

// Prints:
// 1000
// in the middle
