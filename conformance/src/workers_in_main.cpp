// A worker is told by the arena of a test that it finds. It is counted there.

#include <unistd.h>

#include <cstdio>
#include <src/arena.hpp>
#include <src/workers_in_main.hpp>
#include <touchstone/test.hpp>

namespace touchstone {

void end_if_worker(int status) {
  if (!Arena::is_told()) return;
  ++Arena::of_this_process().workers_in_main();
  std::fputs(
      "touchstone: this is a worker of a test, and has come to the rest of main: in a worker, the adapter's "
      "before_main "
      "must serve, and not return\n",
      stderr);
  _exit(status);  // what comes behind it would be another run of the suite
}

int workers_in_main() { return Arena::of_this_process().workers_in_main(); }

}  // namespace touchstone
