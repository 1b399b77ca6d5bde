// A program with the library, for whichever build of it is linked.

#include <concurrent/futures.hpp>

int main() {
  concurrent::futures::ThreadPoolExecutor pool({.max_workers = 1});
  return pool.submit([] { return 0; }).result();
}
