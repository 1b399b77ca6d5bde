// What is done with many futures at once.
//
// W9. `wait` and `as_completed` over futures whose calls are being run: a program that takes results as they come.
// W10. A callback for each: a program that goes on in the worker.
// W11. All are cancelled: somebody has closed the page.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <touchstone/bench/tasks.hpp>
#include <touchstone/bench/workload.hpp>
#include <utility>
#include <vector>

namespace touchstone::bench {

template <typename A>
class ManyFutures : public Workload {
 public:
  using Future = detail::Submitted<A>;

  ManyFutures(int workers, std::size_t count) : inputs_(numbers(count)), client_(workers, 1) { warm_up(client_); }

  [[nodiscard]] std::int64_t units() const override { return static_cast<std::int64_t>(inputs_.size()); }

 protected:
  std::vector<Future> submit_all() {
    std::vector<Future> futures;
    futures.reserve(inputs_.size());
    for (const std::int64_t& input : inputs_) futures.push_back(client_.submit(Task(&echo, &input)));
    return futures;
  }

  void demand_results(std::vector<Future>& futures) {
    std::int64_t sum = 0;
    for (Future& future : futures) sum += client_.result(future);
    demand(sum == sum_of(inputs_));
  }

  std::vector<std::int64_t> inputs_;
  Client<A> client_;
};

template <typename A>
class WaitForAll final : public ManyFutures<A> {
 public:
  using ManyFutures<A>::ManyFutures;

  std::chrono::nanoseconds run() override {
    const Stopwatch stopwatch;
    auto futures = this->submit_all();
    const auto both = A::wait(futures, Timeout(), ReturnWhen::all_completed);
    const auto time = stopwatch.time();
    demand(static_cast<std::int64_t>(both.done.size()) == this->units());
    this->demand_results(futures);
    return time;
  }
};

template <typename A>
class AsCompleted final : public ManyFutures<A> {
 public:
  using ManyFutures<A>::ManyFutures;

  std::chrono::nanoseconds run() override {
    std::int64_t sum = 0;
    const auto time = time_of([&] {
      auto completions = A::as_completed(this->submit_all(), Timeout());
      while (auto future = detail::pointee(completions).next()) {
        typename ManyFutures<A>::Future one = std::move(*future);
        sum += this->client_.result(one);
      }
    });
    demand(sum == sum_of(this->inputs_));
    return time;
  }
};

template <typename A>
class Callbacks final : public ManyFutures<A> {
 public:
  using ManyFutures<A>::ManyFutures;
  using Future = typename ManyFutures<A>::Future;

  /// With one worker, so that the callbacks run one after another, but for those whose futures were done already.
  std::chrono::nanoseconds run() override {
    std::atomic<std::int64_t> called = 0;
    std::vector<Future> futures;
    const auto time = time_of([&] {
      futures = this->submit_all();
      for (Future& future : futures) {
        future_traits<Future>::add_done_callback(future, [&called](const Future&) { ++called; });
      }
      this->demand_results(futures);
      while (called != this->units()) std::this_thread::yield();  // of the last one, perhaps
    });
    return time;
  }
};

/// Of each future, from cancelling the first to the end of the last.
template <typename A>
class Cancelling final : public ManyFutures<A> {
 public:
  using ManyFutures<A>::ManyFutures;
  using Future = typename ManyFutures<A>::Future;

  std::chrono::nanoseconds run() override {
    Gate gate;
    auto held = this->client_.submit(gate.task());
    gate.wait_until_reached();
    auto futures = this->submit_all();
    std::int64_t cancelled = 0;
    const auto time = time_of([&] {
      for (Future& future : futures) cancelled += future_traits<Future>::cancel(future) ? 1 : 0;
      futures.clear();
    });
    gate.open();
    this->client_.result(held);
    demand(cancelled == this->units());
    return time;
  }
};

}  // namespace touchstone::bench
