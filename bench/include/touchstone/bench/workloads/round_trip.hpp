// W1. One call at a time: submit it, wait for its result, again. This is the latency of a call, for programs that wait
// for each: of requests that come one after the other (hot), or now and then (cold).

#pragma once

#include <cstdint>
#include <thread>
#include <touchstone/bench/latencies.hpp>
#include <touchstone/bench/tasks.hpp>
#include <touchstone/bench/workload.hpp>

namespace touchstone::bench {

template <typename A>
class RoundTrip : public Workload {
 public:
  RoundTrip(int workers, const Sizes& sizes) : client_(workers, 1), count_(sizes.round_trips) { warm_up(client_); }

  [[nodiscard]] std::int64_t units() const override { return count_; }

  std::chrono::nanoseconds run() override {
    const Stopwatch all;
    std::chrono::nanoseconds before{0};
    for (std::int64_t i = 0; i < units(); ++i) {
      call();
      const std::chrono::nanoseconds now = all.time();  // the clock is read once a call
      latencies_.add(now - before);
      before = now;
    }
    return before;
  }

  void report(Counters& counters) const override { latencies_.report(counters); }

 protected:
  void call() {
    ++number_;
    auto handle = client_.submit(Task(&echo, &number_));
    demand(client_.result(handle) == number_);
  }

  Latencies latencies_;

 private:
  Client<A> client_;
  std::int64_t count_;
  std::int64_t number_ = 0;
};

/// After a pause, in which workers fall asleep. The median is the figure: once in a while the system wakes up late.
template <typename A>
class ColdRoundTrip : public RoundTrip<A> {
 public:
  using RoundTrip<A>::RoundTrip;

  [[nodiscard]] std::int64_t units() const override { return 1; }

  std::chrono::nanoseconds run() override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto time = time_of([this] { this->call(); });
    this->latencies_.add(time);
    return time;
  }

  void report(Counters& counters) const override {
    RoundTrip<A>::report(counters);
    counters["median"] = counters["p50"];
  }
};

}  // namespace touchstone::bench
