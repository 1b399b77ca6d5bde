// map: one call for each element, results in order.

#include <chrono>
#include <concurrent/futures.hpp>
#include <iostream>
#include <string>
#include <vector>

using namespace concurrent::futures;
using namespace std::chrono_literals;

int main() {
  ThreadPoolExecutor pool(4);
  const std::vector<std::string> words{"pool", "future", "map"};
  const std::vector<int> counts{1, 2, 3};
  const auto repeat = [](const std::string& word, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += word;
    return text;
  };
  for (const std::string& text : pool.map({.timeout = 60s}, repeat, words, counts)) std::cout << text << '\n';
}

// Prints:
// pool
// futurefuture
// mapmapmap
