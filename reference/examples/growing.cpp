// Results that lead to further calls, such as links on a page: the set of futures grows while it is worked off.

#include <concurrent/futures.hpp>
#include <iostream>
#include <utility>
#include <vector>

using namespace concurrent::futures;

std::vector<int> links_on(int page) { return page < 8 ? std::vector{2 * page, 2 * page + 1} : std::vector<int>(); }

int main() {
  ThreadPoolExecutor pool(4);
  int pages = 0;
  std::vector<Future<std::vector<int>>> pending{pool.submit(links_on, 1)};
  while (!pending.empty()) {
    auto [done, not_done] = wait(std::move(pending), {.return_when = ReturnWhen::first_completed});
    pending = std::move(not_done);
    for (const auto& future : done) {
      ++pages;
      for (int link : future.result()) pending.push_back(pool.submit(links_on, link));
    }
  }
  std::cout << pages << " pages\n";
}

// Prints:
// 15 pages
