// Uses the library as an installed package or as a part of this build.

#include <concurrent/futures.hpp>
#include <cstdlib>

int main() {
  concurrent::futures::ThreadPoolExecutor pool({.max_workers = 2});
  return pool.submit([] { return 42; }).result() == 42 ? EXIT_SUCCESS : EXIT_FAILURE;
}
