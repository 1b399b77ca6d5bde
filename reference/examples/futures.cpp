// A pool and its futures: results, exceptions, cancelling, callbacks.

#include <concurrent/futures.hpp>
#include <iostream>
#include <stdexcept>
#include <string>

using namespace concurrent::futures;

std::string fetch(const std::string& address) {
  if (address.empty()) throw std::invalid_argument("no address");
  return "page of " + address;
}

int main() {
  ThreadPoolExecutor pool(2);
  const Future<std::string> page = pool.submit(fetch, "example.org");
  const Future<std::string> failed = pool.submit(fetch, "");
  std::cout << page.result() << '\n';
  try {
    (void)failed.result();
  } catch (const std::invalid_argument& error) {
    std::cout << "failed: " << error.what() << '\n';
  }

  const auto [done, not_done] = wait({page, failed});
  std::cout << done.size() << " done, " << not_done.size() << " not\n";
  page.add_done_callback([](const Future<std::string>& future) { std::cout << future.result().size() << " bytes\n"; });
  std::cout << (page.cancel() ? "cancelled" : "too late to cancel") << '\n';
}

// Prints:
// page of example.org
// failed: no address
// 2 done, 0 not
// 19 bytes
// too late to cancel
