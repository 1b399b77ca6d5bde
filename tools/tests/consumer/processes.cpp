// Uses the library's pools of processes as an installed package or as a part of this build.

#include <concurrent/futures.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <cstdlib>

using namespace concurrent::futures;

static int twice(int number) { return 2 * number; }

int main(int argc, char** argv) {
  freeze_support(argc, argv);
  ProcessPoolExecutor processes({.max_workers = 2});
  ThreadPoolExecutor threads({.max_workers = 2});
  int sum = threads.submit(portable<&twice>(), 10).result();
  for (const int each : processes.map(twice, {1, 2, 3})) sum += each;
  return sum == 32 ? EXIT_SUCCESS : EXIT_FAILURE;
}
