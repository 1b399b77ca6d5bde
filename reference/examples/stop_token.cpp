// A call that can be asked to stop while it runs: it is given a std::stop_token, as any other argument.

#include <concurrent/futures.hpp>
#include <iostream>
#include <latch>
#include <stop_token>

using namespace concurrent::futures;

int main() {
  std::latch started(1);
  ThreadPoolExecutor pool(1);
  std::stop_source source;
  const Future<bool> stopped = pool.submit(
      [&started](const std::stop_token& stop) {
        started.count_down();
        while (!stop.stop_requested()) {
          // a part of the work
        }
        return true;
      },
      source.get_token());
  started.wait();
  std::cout << (stopped.cancel() ? "cancelled" : "running, so it must be asked") << '\n';
  source.request_stop();
  std::cout << (stopped.result() ? "stopped" : "finished") << '\n';
}

// Prints:
// running, so it must be asked
// stopped
