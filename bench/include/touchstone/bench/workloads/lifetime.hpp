// W7. A pool for one call: made, asked for one result, destroyed; or only its end. What a program pays that makes a
// pool whenever it needs one.

#pragma once

#include <cstdint>
#include <optional>
#include <touchstone/bench/tasks.hpp>
#include <touchstone/bench/workload.hpp>

namespace touchstone::bench {

enum class Life { whole, end };

template <typename A>
class Lifetime final : public Workload {
 public:
  Lifetime(int workers, Life life) : workers_(workers), life_(life) {}

  std::chrono::nanoseconds run() override {
    const Stopwatch whole;
    const std::int64_t number = 7;
    std::optional<Client<A>> client(std::in_place, workers_, 1);
    std::optional handle = client->submit(Task(&echo, &number));
    demand(client->result(*handle) == number);
    handle.reset();
    const Stopwatch end;
    client.reset();
    return life_ == Life::whole ? whole.time() : end.time();
  }

 private:
  int workers_;
  Life life_;
};

}  // namespace touchstone::bench
