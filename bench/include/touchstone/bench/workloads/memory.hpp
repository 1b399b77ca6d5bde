// W6. What memory a call holds: pending, and done while somebody still has its future. A program with a long queue pays
// it for each. What executors have in pools of memory of their own is not seen.

#pragma once

#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <touchstone/bench/allocations.hpp>
#include <touchstone/bench/tasks.hpp>
#include <touchstone/bench/workload.hpp>
#include <vector>

namespace touchstone::bench {

enum class State { pending, done };

/// Bytes of the heap, what the allocator needs included, and of the handle; blocks that submit allocated.
template <typename A>
class MemoryOfCalls final : public Workload {
 public:
  MemoryOfCalls(State state, const Sizes& sizes) : state_(state), count_(sizes.calls), client_(1, 1) {
    warm_up(client_);
  }

  [[nodiscard]] std::int64_t units() const override { return static_cast<std::int64_t>(count_); }

  std::chrono::nanoseconds run() override {
    using Future = detail::Submitted<A>;
    Gate gate;
    auto held = client_.submit(gate.task());
    gate.wait_until_reached();
    std::vector<Future> futures;
    futures.reserve(count_);
    std::atomic<std::int64_t> ran = 0;
    const double before = bytes_in_use();
    const auto time = time_of([&] {
      const CountedAllocations allocations;
      for (std::size_t i = 0; i < count_; ++i) futures.push_back(client_.submit(Task(&count, &ran)));
      blocks_ = static_cast<double>(allocations.count()) / static_cast<double>(count_);
    });
    double after = bytes_in_use();
    gate.open();
    client_.result(held);
    while (ran != units()) std::this_thread::yield();
    auto last = client_.submit(Task(&count, &ran));
    client_.result(last);  // what ran before it has let go of what it held
    if (state_ == State::done) after = bytes_in_use();
    bytes_ = (after - before) / static_cast<double>(count_) + sizeof(Future);
    return time;
  }

  void report(Counters& counters) const override {
    counters["bytes"] = bytes_;
    counters["blocks"] = blocks_;
  }

 private:
  static Value count(const void* place) {
    ++*static_cast<std::atomic<std::int64_t>*>(const_cast<void*>(place));
    return std::int64_t{0};
  }

  static double bytes_in_use() {
    const struct mallinfo2 heap = mallinfo2();
    return static_cast<double>(heap.uordblks + heap.hblkhd);
  }

  State state_;
  std::size_t count_;
  Client<A> client_;
  double bytes_ = 0, blocks_ = 0;
};

}  // namespace touchstone::bench
