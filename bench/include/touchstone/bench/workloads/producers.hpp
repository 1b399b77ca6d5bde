// W3. Several threads submit many calls each, and wait for theirs: a server whose threads share a pool.

#pragma once

#include <atomic>
#include <barrier>
#include <cstdint>
#include <memory>
#include <thread>
#include <touchstone/bench/tasks.hpp>
#include <touchstone/bench/workload.hpp>
#include <vector>

namespace touchstone::bench {

template <typename A>
class Producers final : public Workload {
 public:
  Producers(int producers, int workers, const Sizes& sizes)
      : inputs_(numbers(sizes.calls / static_cast<std::size_t>(producers))), expected_(sum_of(inputs_)) {
    for (int i = 0; i < producers; ++i) callers_.push_back(std::make_unique<Caller<A>>(inputs_.size()));
    client_ = std::make_unique<Client<A>>(workers, 1);
    warm_up(*client_);
  }

  [[nodiscard]] std::int64_t units() const override {
    return static_cast<std::int64_t>(callers_.size() * inputs_.size());
  }

  std::chrono::nanoseconds run() override {
    std::atomic<std::int64_t> right = 0, on_caller = 0;
    std::barrier meeting(static_cast<std::ptrdiff_t>(callers_.size() + 1));
    std::vector<std::jthread> threads;
    for (auto& caller : callers_) {
      threads.emplace_back([&, this] {
        is_caller = true;
        meeting.arrive_and_wait();
        right += produce(*caller) == expected_ ? 1 : 0;
        on_caller += run_on_caller;
        meeting.arrive_and_wait();
      });
    }
    meeting.arrive_and_wait();
    const auto time = time_of([&] { meeting.arrive_and_wait(); });
    threads.clear();
    run_on_caller += on_caller;
    demand(right == static_cast<std::int64_t>(callers_.size()));
    return time;
  }

 private:
  std::int64_t produce(Caller<A>& caller) {
    std::vector<typename Caller<A>::Handle> handles;
    handles.reserve(inputs_.size());
    for (const std::int64_t& input : inputs_) handles.push_back(caller.submit(client_->pool(), Task(&echo, &input)));
    std::int64_t sum = 0;
    for (auto& handle : handles) sum += caller.result(handle);
    return sum;
  }

  std::vector<std::int64_t> inputs_;
  std::int64_t expected_;
  std::vector<std::unique_ptr<Caller<A>>> callers_;
  std::unique_ptr<Client<A>> client_;
};

}  // namespace touchstone::bench
