// W5. A map over many elements, and all of its results read: with the executor's own map, or a loop of submit. Threads
// gain nothing by a chunksize, and need none where a call is cheap; chunks by hand show what is left to gain.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <touchstone/bench/workloads/many_calls.hpp>
#include <utility>
#include <vector>

namespace touchstone::bench {

inline constexpr std::size_t elements_a_chunk = 1'000;

/// What is applied to each element.
inline std::int64_t map_one(std::int64_t number) { return 3 * number + 1; }

inline Value map_element(const void* place) {
  count_caller();
  return map_one(number_at(place));
}

inline std::int64_t sum_of_mapped(const std::vector<std::int64_t>& inputs) {
  std::int64_t sum = 0;
  for (const std::int64_t input : inputs) sum += map_one(input);
  return sum;
}

/// The executor's own.
template <typename A>
class Map final : public Workload {
 public:
  Map(int workers, std::size_t chunksize, const Sizes& sizes)
      : inputs_(numbers(sizes.elements)), expected_(sum_of_mapped(inputs_)), client_(workers, 1) {
    options_.chunksize = static_cast<std::ptrdiff_t>(chunksize);
    warm_up(client_);
  }

  [[nodiscard]] std::int64_t units() const override { return static_cast<std::int64_t>(inputs_.size()); }

  std::chrono::nanoseconds run() override {
    std::int64_t sum = 0;
    const auto time = time_of([&] {
      auto results = start();
      while (auto result = detail::pointee(results).next()) sum += Value(std::move(*result)).number();
    });
    demand(sum == expected_);
    return time;
  }

 private:
  auto start() {
    std::vector<Source> sources{{inputs_.data(), inputs_.data() + inputs_.size()}};
    const Function function([](std::int64_t number) {
      count_caller();
      return map_one(number);
    });
    if constexpr (detail::CanMapWithOptions<A>) {
      return A::map(client_.pool(), options_, function, std::move(sources));
    } else {
      return A::map(client_.pool(), function, std::move(sources));
    }
  }

  std::vector<std::int64_t> inputs_;
  std::int64_t expected_;
  MapOptions options_;
  Client<A> client_;
};

/// A call an element.
template <typename A>
class MapBySubmit final : public Workload {
 public:
  MapBySubmit(int workers, const Sizes& sizes)
      : calls_(workers, &map_element, numbers(sizes.elements)), expected_(sum_of_mapped(calls_.arguments())) {}

  [[nodiscard]] std::int64_t units() const override { return static_cast<std::int64_t>(calls_.arguments().size()); }

  std::chrono::nanoseconds run() override {
    std::chrono::nanoseconds time{0};
    demand(calls_.run(time) == expected_);
    return time;
  }

 private:
  Calls<A, std::int64_t> calls_;
  std::int64_t expected_;
};

/// Some elements for one call, and where their results go.
struct Chunk {
  const std::int64_t* begin;
  const std::int64_t* end;
  std::int64_t* results;
};

inline Value map_chunk(const void* place) {
  count_caller();
  const Chunk& chunk = *static_cast<const Chunk*>(place);
  std::transform(chunk.begin, chunk.end, chunk.results, map_one);
  return chunk.end - chunk.begin;
}

/// A call for a thousand elements, so that little is left but the elements.
template <typename A>
class MapInChunks final : public Workload {
 public:
  MapInChunks(int workers, const Sizes& sizes)
      : inputs_(numbers(sizes.elements)),
        results_(inputs_.size()),
        expected_(sum_of_mapped(inputs_)),
        calls_(workers, &map_chunk, chunks()) {}

  [[nodiscard]] std::int64_t units() const override { return static_cast<std::int64_t>(inputs_.size()); }
  [[nodiscard]] std::int64_t calls() const override { return static_cast<std::int64_t>(calls_.arguments().size()); }

  std::chrono::nanoseconds run() override {
    std::chrono::nanoseconds time{0};
    demand(calls_.run(time) == units());
    demand(sum_of(results_) == expected_);
    std::fill(results_.begin(), results_.end(), 0);
    return time;
  }

 private:
  std::vector<Chunk> chunks() {
    std::vector<Chunk> chunks;
    for (std::size_t begin = 0; begin < inputs_.size(); begin += elements_a_chunk) {
      const std::size_t end = std::min(begin + elements_a_chunk, inputs_.size());
      chunks.push_back({inputs_.data() + begin, inputs_.data() + end, results_.data() + begin});
    }
    return chunks;
  }

  std::vector<std::int64_t> inputs_;
  std::vector<std::int64_t> results_;
  std::int64_t expected_;
  Calls<A, Chunk> calls_;
};

}  // namespace touchstone::bench
