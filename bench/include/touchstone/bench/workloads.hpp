// The workloads: what executors are asked to do while their time is taken.
//
// All are templates over an adapter. All figures are nanoseconds a call (or an element) as the caller sees
// them. The executor is made, and has run some calls, before the clock starts. Results are checked: a wrong
// one is an error, and no figure.

#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <touchstone/bench/client.hpp>
#include <touchstone/detail/adapter_shape.hpp>
#include <utility>
#include <vector>

namespace touchstone::bench {

/// How large the workloads are.
struct Sizes {
  std::size_t calls = 100'000;     // that are pending at the same time
  std::size_t elements = 100'000;  // of a map
  int levels = 800;                // of calls that wait for calls
};

inline constexpr std::size_t elements_a_chunk = 1'000;

/// What maps apply to each element: next to nothing, so that what remains is the executor.
inline std::int64_t map_one(std::int64_t number) { return 3 * number + 1; }

inline std::int64_t number_at(const void* place) { return *static_cast<const std::int64_t*>(place); }

inline Value echo(const void* place) {
  count_caller();
  return number_at(place);
}

inline Value map_element(const void* place) {
  count_caller();
  return map_one(number_at(place));
}

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

inline std::vector<std::int64_t> numbers(std::size_t count) {
  std::vector<std::int64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

inline std::int64_t sum_of_mapped(const std::vector<std::int64_t>& inputs) {
  std::int64_t sum = 0;
  for (const std::int64_t input : inputs) sum += map_one(input);
  return sum;
}

/// Ends a benchmark: says how many calls the caller itself ran, or that a result was wrong.
inline void finish(benchmark::State& state, bool right, std::int64_t calls_made) {
  if (!right) state.SkipWithError("a task was lost, run twice, or gave a wrong result");
  if (calls_made > 0)
    state.counters["on_caller"] = static_cast<double>(run_on_caller) / static_cast<double>(calls_made);
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

/// W1. One call at a time: submit it, wait for its result, again. This is the latency of a call.
template <typename A>
void round_trip(benchmark::State& state, int workers) {
  Client<A> client(workers, 1);
  warm_up(client);
  std::int64_t number = 0;
  std::int64_t sum = 0;
  while (state.KeepRunning()) {
    ++number;
    auto handle = client.submit(Task(&echo, &number));
    sum += client.result(handle);
  }
  finish(state, sum == number * (number + 1) / 2, number);
}

/// Submits a call for each argument, then waits for all. Letting the futures go belongs to it.
template <typename A, typename T>
std::int64_t submit_all(Client<A>& client, Task::Body body, const std::vector<T>& arguments,
                        std::vector<typename Client<A>::Handle>& handles) {
  for (const T& argument : arguments) handles.push_back(client.submit(Task(body, &argument)));
  std::int64_t sum = 0;
  for (auto& handle : handles) sum += client.result(handle);
  handles.clear();
  return sum;
}

/// Runs submit_all again and again; `units` is what the time is divided by.
template <typename A, typename T>
void submit_repeatedly(benchmark::State& state, int workers, Task::Body body, const std::vector<T>& arguments,
                       std::size_t units, std::int64_t expected) {
  Client<A> client(workers, arguments.size());
  warm_up(client);
  std::vector<typename Client<A>::Handle> handles;
  handles.reserve(arguments.size());
  bool right = true;
  std::int64_t calls = 0;
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(units))) {
    right = submit_all(client, body, arguments, handles) == expected && right;
    calls += static_cast<std::int64_t>(arguments.size());
  }
  finish(state, right, calls);
}

/// W2. One thread submits many calls, then waits for all. This is the throughput, with a queue that grows long.
template <typename A>
void many_calls(benchmark::State& state, int workers, const Sizes& sizes) {
  const std::vector<std::int64_t> inputs = numbers(sizes.calls);
  submit_repeatedly<A>(state, workers, &echo, inputs, inputs.size(),
                       std::accumulate(inputs.begin(), inputs.end(), std::int64_t{0}));
}

/// A call that makes another one, and waits for it, and so on.
template <typename A>
struct Descent {
  Client<A>& client;
  int levels;  // below this one
};

template <typename A>
Value descend(const void* place) {
  const Descent<A>& here = *static_cast<const Descent<A>*>(place);
  if (here.levels == 0) return std::int64_t{0};
  const Descent<A> below{here.client, here.levels - 1};
  auto handle = here.client.submit(Task(&descend<A>, &below));
  return 1 + here.client.result(handle);
}

/// W4. Calls that wait for calls, for executors that detect deadlocks: what that costs, where every wait is one that
/// has to be looked at. In turn with the same without detection; the quotient is a counter.
template <typename A>
void nested(benchmark::State& state, const Sizes& sizes) {
  using Seconds = std::chrono::duration<double>;
  Configuration configuration = with_workers(sizes.levels + 1);
  configuration.detect_deadlocks = true;
  Client<A> detecting(configuration);
  configuration.detect_deadlocks = false;
  Client<A> waiting(configuration);
  bool right = true;
  const auto time_of = [&](Client<A>& client) {
    const auto begin = std::chrono::steady_clock::now();
    const Descent<A> all{client, sizes.levels};
    auto handle = client.submit(Task(&descend<A>, &all));
    right = client.result(handle) == sizes.levels && right;
    return Seconds(std::chrono::steady_clock::now() - begin);
  };
  // Lazy executors make their threads now.
  time_of(detecting);
  time_of(waiting);
  Seconds with(0), without(0);
  while (state.KeepRunningBatch(sizes.levels)) {
    with += time_of(detecting);
    state.PauseTiming();
    without += time_of(waiting);
    state.ResumeTiming();
  }
  state.counters["detection"] = with / without;
  finish(state, right, state.iterations());
}

/// W5. A map, made of submit: a call an element.
template <typename A>
void map_by_submit(benchmark::State& state, int workers, const Sizes& sizes) {
  const std::vector<std::int64_t> inputs = numbers(sizes.elements);
  submit_repeatedly<A>(state, workers, &map_element, inputs, inputs.size(), sum_of_mapped(inputs));
}

/// W5. The same in chunks: a call for a thousand elements, so that little is left but the elements.
template <typename A>
void map_chunks(benchmark::State& state, int workers, const Sizes& sizes) {
  const std::vector<std::int64_t> inputs = numbers(sizes.elements);
  std::vector<std::int64_t> results(inputs.size());
  std::vector<Chunk> chunks;
  for (std::size_t begin = 0; begin < inputs.size(); begin += elements_a_chunk) {
    const std::size_t end = std::min(begin + elements_a_chunk, inputs.size());
    chunks.push_back({inputs.data() + begin, inputs.data() + end, results.data() + begin});
  }
  submit_repeatedly<A>(state, workers, &map_chunk, chunks, inputs.size(), static_cast<std::int64_t>(inputs.size()));
  if (std::accumulate(results.begin(), results.end(), std::int64_t{0}) != sum_of_mapped(inputs))
    finish(state, false, 0);
}

/// The adapter's own map, of one input.
template <typename A>
auto start_map(Client<A>& client, const std::vector<std::int64_t>& inputs) {
  std::vector<Source> sources{{inputs.data(), inputs.data() + inputs.size()}};
  const Function function([](std::int64_t number) {
    count_caller();
    return map_one(number);
  });
  if constexpr (detail::CanMapWithOptions<A>) {
    return A::map(client.pool(), MapOptions(), function, std::move(sources));
  } else {
    return A::map(client.pool(), function, std::move(sources));
  }
}

/// W5. The executor's own map, a call an element, read to its end. Where there is none, users write a loop
/// of submit, and that is measured instead.
template <typename A>
void map_elements(benchmark::State& state, int workers, const Sizes& sizes) {
  if constexpr (detail::CanMap<A>) {
    const std::vector<std::int64_t> inputs = numbers(sizes.elements);
    Client<A> client(workers, 1);
    warm_up(client);
    const std::int64_t expected = sum_of_mapped(inputs);
    bool right = true;
    std::int64_t calls = 0;
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(inputs.size()))) {
      std::int64_t sum = 0;
      auto results = start_map(client, inputs);
      while (auto result = detail::pointee(results).next()) sum += Value(std::move(*result)).number();
      right = right && sum == expected;
      calls += static_cast<std::int64_t>(inputs.size());
    }
    finish(state, right, calls);
  } else {
    map_by_submit<A>(state, workers, sizes);
  }
}

}  // namespace touchstone::bench
