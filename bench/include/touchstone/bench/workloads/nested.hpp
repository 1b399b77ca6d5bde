// Calls that wait for calls, for executors that detect deadlocks: what that costs, where every wait is one that has to
// be looked at. In turn with the same without detection; the quotient is a counter.

#pragma once

#include <touchstone/bench/tasks.hpp>
#include <touchstone/bench/workload.hpp>

namespace touchstone::bench {

template <typename A>
class Nested final : public Workload {
 public:
  explicit Nested(const Sizes& sizes)
      : levels_(sizes.levels), detecting_(configuration(true), 1), waiting_(configuration(false), 1) {
    // Lazy executors make their threads now.
    descend(detecting_);
    descend(waiting_);
  }

  [[nodiscard]] std::int64_t units() const override { return levels_; }

  std::chrono::nanoseconds run() override {
    const auto time = time_of([this] { descend(detecting_); });
    with_ += time;
    without_ += time_of([this] { descend(waiting_); });
    return time;
  }

  void report(Counters& counters) const override {
    counters["detection"] = static_cast<double>(with_.count()) / static_cast<double>(without_.count());
  }

 private:
  /// A call that makes another one, and waits for it, and so on.
  struct Descent {
    Client<A>& client;
    int levels;  // below this one
  };

  static Value below(const void* place) {
    const Descent& here = *static_cast<const Descent*>(place);
    if (here.levels == 0) return std::int64_t{0};
    const Descent next{here.client, here.levels - 1};
    Caller<A> caller(1);
    auto handle = caller.submit(here.client.pool(), Task(&below, &next));
    return 1 + caller.result(handle);
  }

  void descend(Client<A>& client) {
    const Descent all{client, levels_};
    auto handle = client.submit(Task(&below, &all));
    demand(client.result(handle) == levels_);
  }

  [[nodiscard]] Configuration configuration(bool detect_deadlocks) const {
    Configuration configuration = with_workers(levels_ + 1);
    configuration.detect_deadlocks = detect_deadlocks;
    return configuration;
  }

  int levels_;
  Client<A> detecting_;
  Client<A> waiting_;
  std::chrono::nanoseconds with_{0}, without_{0};
};

}  // namespace touchstone::bench
