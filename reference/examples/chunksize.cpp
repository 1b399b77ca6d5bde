// What chunksize does: calls that travel together share the cost of the journey. On threads it does nothing.

#include <chrono>
#include <concurrent/futures/process_pool_executor.hpp>
#include <concurrent/futures/thread_pool_executor.hpp>
#include <cstdio>
#include <numeric>
#include <vector>

using namespace concurrent::futures;

long same(long number) { return number; }

// How many thousand calls a second a map makes, whichever the executor is.
double rate(Executor& executor, std::ptrdiff_t chunksize, const std::vector<long>& numbers) {
  const auto begin = std::chrono::steady_clock::now();
  long sum = 0;
  for (const long result : executor.map({.chunksize = chunksize}, portable<&same>(), numbers)) sum += result;
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  if (sum != std::accumulate(numbers.begin(), numbers.end(), 0L)) std::printf("a result is wrong\n");
  return static_cast<double>(numbers.size()) / passed.count() / 1000;
}

int main(int argc, char** argv) {
  freeze_support(argc, argv);

  ProcessPoolExecutor processes(2);
  ThreadPoolExecutor threads(2);
  std::vector<long> numbers(100'000);
  std::iota(numbers.begin(), numbers.end(), 0L);
  (void)processes.submit(same, 0L).result();  // so that a process is there
  std::printf("chunksize   1,000 calls a second: processes    threads\n");
  for (const std::ptrdiff_t chunksize : {1, 10, 1000}) {
    std::printf("%9td %33.0f %10.0f\n", chunksize, rate(processes, chunksize, numbers),
                rate(threads, chunksize, numbers));
  }
}

// Prints, with other numbers:
// chunksize   1,000 calls a second: processes    threads
//         1                               330      11000
//        10                              3200      11000
//      1000                             23000      11000
