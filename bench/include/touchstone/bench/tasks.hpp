// What the calls of the workloads do: next to nothing, so that what remains is the executor.

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <touchstone/bench/client.hpp>
#include <touchstone/bench/run_on_caller.hpp>
#include <vector>

namespace touchstone::bench {

inline std::int64_t number_at(const void* place) { return *static_cast<const std::int64_t*>(place); }

inline Value echo(const void* place) {
  count_caller();
  return number_at(place);
}

inline std::vector<std::int64_t> numbers(std::size_t count) {
  std::vector<std::int64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

inline std::int64_t sum_of(const std::vector<std::int64_t>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::int64_t{0});
}

/// Gives lazy executors their threads, and the allocator its memory.
template <typename A>
void warm_up(Client<A>& client) {
  const std::int64_t number = 0;
  for (int i = 0; i < 100; ++i) {
    auto handle = client.submit(Task(&echo, &number));
    client.result(handle);
  }
  run_on_caller = 0;
}

/// Holds a worker, in a system call, until it is opened: a call that is not done, while others are pending behind it.
class Gate {
 public:
  [[nodiscard]] Task task() const { return Task(&pass, this); }
  void wait_until_reached() const { reached_.wait(0); }
  void open() {
    open_ = 1;
    open_.notify_all();
  }

 private:
  static Value pass(const void* place) {
    const Gate& gate = *static_cast<const Gate*>(place);
    gate.reached_ = 1;
    gate.reached_.notify_all();
    gate.open_.wait(0);
    return std::int64_t{0};
  }

  mutable std::atomic<int> reached_ = 0;
  std::atomic<int> open_ = 0;
};

}  // namespace touchstone::bench
