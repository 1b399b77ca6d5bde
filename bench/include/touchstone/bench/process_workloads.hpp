// The workloads of process pools: what they are asked to do while their time is taken.
//
// All are templates over an adapter, as process_main.hpp shows it. All pools have two workers. A pool is made, and has
// run some calls, before the clock starts, but where its start is what is measured. Results are checked: a wrong one is
// an error, and no figure.

#pragma once

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <touchstone/bench/acts.hpp>
#include <touchstone/bench/process_tasks.hpp>
#include <touchstone/bench/workload.hpp>
#include <utility>
#include <vector>

namespace touchstone::bench {

inline constexpr int process_workers = 2;

/// Ends a benchmark; says so if a result was wrong.
inline void finish(benchmark::State& state, bool right) {
  if (!right) state.SkipWithError("a task was lost, run twice, or gave a wrong result");
}

/// How large the workloads are.
struct ProcessSizes {
  std::size_t calls = 20'000;        // that are pending at the same time, also of a map
  std::size_t elements = 1'000'000;  // of a map, at most
  std::size_t large_payload = 64;    // MiB

  [[nodiscard]] std::size_t elements_in_chunks_of(std::size_t chunksize) const {
    return std::min(elements, calls * chunksize);
  }
};

inline constexpr ProcessSizes quick_process_sizes{.calls = 1'000, .elements = 20'000, .large_payload = 4};

inline constexpr std::array<std::size_t, 5> chunksizes = {1, 10, 100, 1'000, 10'000};

/// The fixed list that maps are given, or its begin.
inline std::vector<long> longs(std::size_t count) {
  std::vector<long> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0L);
  return numbers;
}

template <typename A>
auto make_warm_pool() {
  auto pool = A::make(process_workers);
  for (long i = 0; i < 100; ++i) {
    auto future = A::template submit<&identity>(*pool, i);
    if (A::result(future) != i) throw std::runtime_error("a call gave a wrong result");
  }
  return pool;
}

/// (a) One call at a time.
template <typename A>
void process_round_trip(benchmark::State& state) {
  auto pool = make_warm_pool<A>();
  Acts acts;
  bool right = true;
  long number = 0;
  while (state.KeepRunning()) {
    ++number;
    acts.time([&] {
      auto future = A::template submit<&identity>(*pool, number);
      right = A::result(future) == number && right;
    });
  }
  acts.report(state);
  finish(state, right);
}

/// (b) Many calls, then all of their results.
template <typename A>
void process_many_calls(benchmark::State& state, const ProcessSizes& sizes) {
  auto pool = make_warm_pool<A>();
  const std::vector<long> numbers = longs(sizes.calls);
  std::vector<decltype(A::template submit<&identity>(*pool, 0L))> futures;
  futures.reserve(numbers.size());
  bool right = true;
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(numbers.size()))) {
    for (const long number : numbers) futures.push_back(A::template submit<&identity>(*pool, number));
    long sum = 0;
    for (auto& future : futures) sum += A::result(future);
    futures.clear();
    right = sum == std::accumulate(numbers.begin(), numbers.end(), 0L) && right;
  }
  finish(state, right);
}

/// (c) A map, so many elements a chunk.
template <typename A>
void process_map(benchmark::State& state, std::size_t chunksize, const ProcessSizes& sizes) {
  auto pool = make_warm_pool<A>();
  const std::vector<long> numbers = longs(sizes.elements_in_chunks_of(chunksize));
  const long expected = std::accumulate(numbers.begin(), numbers.end(), 0L);
  bool right = true;
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(numbers.size()))) {
    long sum = 0;
    for (const long result : A::template map<&identity>(*pool, numbers, chunksize)) sum += result;
    right = sum == expected && right;
  }
  finish(state, right);
}

/// Times at least five acts, however long one takes, after one that counts for nothing.
template <typename Act>
void time_large(benchmark::State& state, Acts& acts, Act act) {
  constexpr int least = 5;
  Acts first;
  act(first);
  while (state.KeepRunningBatch(least)) {
    for (int i = 0; i < least; ++i) act(acts);
  }
  acts.report(state);
}

/// (d) A large argument. It is made before the clock starts.
template <typename A>
void process_argument(benchmark::State& state, std::size_t mebibytes) {
  auto pool = make_warm_pool<A>();
  const long length = static_cast<long>(mebibytes << 20U);
  Acts all;
  bool right = true;
  time_large(state, all, [&](Acts& acts) {
    std::string text = text_of_length(length);
    acts.time([&] {
      auto future = A::template submit<&length_of>(*pool, std::move(text));
      right = A::result(future) == length && right;
    });
  });
  finish(state, right);
}

/// (d) A large result. That the child makes it is a part of the time.
template <typename A>
void process_result(benchmark::State& state, std::size_t mebibytes) {
  auto pool = make_warm_pool<A>();
  const long length = static_cast<long>(mebibytes << 20U);
  Acts all;
  bool right = true;
  time_large(state, all, [&](Acts& acts) {
    std::string text;
    acts.time([&] {
      auto future = A::template submit<&text_of_length>(*pool, length);
      text = A::result(future);
    });
    right = length_of(text) == length && text.back() == 'x' && right;
  });
  finish(state, right);
}

/// (e) From nothing to the first result.
template <typename A>
void process_start(benchmark::State& state) {
  Acts acts;
  bool right = true;
  while (state.KeepRunning()) {
    decltype(A::make(process_workers)) pool;
    acts.time([&] {
      pool = A::make(process_workers);
      auto future = A::template submit<&identity>(*pool, 7L);
      right = A::result(future) == 7 && right;
    });
    A::shutdown(*pool);
  }
  acts.report(state);
  finish(state, right);
}

/// Returns when each worker of the pool has run a call: the processes that they are.
template <typename A, typename Pool>
std::set<long> meet_children(Pool& pool) {
  std::set<long> children;
  for (int attempt = 0; attempt < 1'000 && children.size() < process_workers; ++attempt) {
    auto one = A::template submit<&busy_child>(pool);
    auto other = A::template submit<&busy_child>(pool);
    children.insert(A::result(one));
    children.insert(A::result(other));
  }
  if (children.size() != process_workers) {
    throw std::runtime_error(std::to_string(children.size()) + " processes ran calls, not " +
                             std::to_string(process_workers));
  }
  return children;
}

/// (e) The end of an idle pool, with waiting.
template <typename A>
void process_shutdown(benchmark::State& state) {
  Acts acts;
  while (state.KeepRunning()) {
    auto pool = A::make(process_workers);
    meet_children<A>(*pool);
    acts.time([&] { A::shutdown(*pool); });
  }
  acts.report(state);
  finish(state, true);
}

/// Whether the result of a call is an exception.
template <typename A, typename Future>
bool fails(Future& future) {
  try {
    static_cast<void>(A::result(future));
    return false;
  } catch (const std::exception&) {
    return true;
  }
}

/// (f) From the death of a worker to the failure of its call.
template <typename A>
void process_death(benchmark::State& state) {
  sigset_t begun;
  sigemptyset(&begun);
  sigaddset(&begun, signal_of_begun_call);
  pthread_sigmask(SIG_BLOCK, &begun, nullptr);  // the threads of pools inherit it
  Acts acts;
  bool right = true;
  while (state.KeepRunning()) {
    auto pool = A::make(process_workers);
    auto future = A::template submit<&never_return>(*pool, static_cast<long>(getpid()));
    siginfo_t sender{};
    sigwaitinfo(&begun, &sender);
    acts.time([&] {
      kill(sender.si_pid, SIGKILL);
      right = fails<A>(future) && right;
    });
  }
  acts.report(state);
  finish(state, right);
}

/// What the kernel says about the memory of a process, in bytes. Throws where it does not.
struct Memory {
  double proportional = 0;  // what it shares counts in part
  double own = 0;           // what it shares with no other process
};
inline Memory memory_of(long process) {
  const std::string path = "/proc/" + std::to_string(process) + "/smaps_rollup";
  std::ifstream stream(path);
  Memory memory;
  bool found = false;
  for (std::string line; std::getline(stream, line);) {
    const auto bytes = [&line] { return 1024 * std::stod(line.substr(line.find(':') + 1)); };
    if (line.starts_with("Pss:")) {
      memory.proportional = bytes();
      found = true;
    }
    if (line.starts_with("Private_")) memory.own += bytes();
  }
  if (!found) throw std::runtime_error(path + " does not tell the memory of a worker");
  return memory;
}

/// (g) The memory of a worker. Here the figure is no time.
template <typename A>
void process_memory(benchmark::State& state, double Memory::*kind) {
  double bytes = 0;
  while (state.KeepRunning()) {
    auto pool = make_warm_pool<A>();
    bytes = 0;
    for (const long child : meet_children<A>(*pool)) bytes += memory_of(child).*kind / process_workers;
  }
  state.counters["bytes"] = bytes;
  finish(state, true);
}

}  // namespace touchstone::bench
