// The main function of a benchmark executable: registers the workloads for an adapter under Google Benchmark.
//
//     NAME [--quick] [--benchmark_...]
//
// --quick makes the workloads smaller. TOUCHSTONE_BENCH_CALLS, set by the build, is how many calls the executor
// can hold at the same time, where that is less than the workloads want; the maps are then left out.

#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <touchstone/bench/workloads.hpp>
#include <touchstone/detail/adapter_check.hpp>

namespace touchstone::bench {

/// The rest of the main function, which knows nothing of the adapter.
struct Description {
  std::string name;
  std::string version;
  bool gives_future;
  bool has_map;
};
int run_registered(int argc, char** argv, const Description& description);

/// Whether the word --quick is among the arguments; takes it away.
bool take_quick(int& argc, char** argv);

#ifdef TOUCHSTONE_BENCH_CALLS
inline constexpr std::size_t most_calls = TOUCHSTONE_BENCH_CALLS;
#else
inline constexpr std::size_t most_calls = Sizes().calls;
#endif

/// Registers one benchmark. Wall time counts; the processor time of all threads is taken as well.
template <typename Workload, typename... Arguments>
void add(const std::string& name, std::size_t calls, Workload workload, Arguments... arguments) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](benchmark::State& state) {
                                 state.counters["calls"] = static_cast<double>(calls);
                                 try {
                                   workload(state, arguments...);
                                 } catch (const std::exception& error) {
                                   state.SkipWithError(error.what());
                                 }
                               })
      ->UseRealTime()
      ->MeasureProcessCPUTime();
}

template <typename A>
consteval bool detects_deadlocks() {
  if constexpr (detail::DeclaresCapabilities<A>) {
    return std::ranges::find(A::capabilities, std::string_view("deadlock.detection")) != std::end(A::capabilities);
  }
  return false;
}

template <typename A>
void add_workloads(Sizes sizes) {
  sizes.calls = std::min(sizes.calls, most_calls);
  for (const int workers : {1, 2}) {
    add("round_trip/workers:" + std::to_string(workers), 1, &round_trip<A>, workers);
  }
  for (const int workers : {1, 2}) {
    add("many_calls/workers:" + std::to_string(workers), sizes.calls, &many_calls<A>, workers, sizes);
  }
  if constexpr (detects_deadlocks<A>()) {
    add("nested/levels:" + std::to_string(sizes.levels), 1, &nested<A>, sizes);
  }
  if (sizes.elements > most_calls) return;
  add("map/workers:2", sizes.elements, &map_elements<A>, 2, sizes);
  add("map_by_submit/chunk:1/workers:2", sizes.elements, &map_by_submit<A>, 2, sizes);
  add("map_by_submit/chunk:1000/workers:2", sizes.elements / elements_a_chunk, &map_chunks<A>, 2, sizes);
}

template <typename A>
std::string text_of_version() {
  if constexpr (detail::HasVersionFunction<A>) {
    return std::string(std::string_view(A::version()));
  } else if constexpr (detail::HasVersion<A>) {
    return std::string(std::string_view(A::version));
  } else {
    return {};
  }
}

template <typename A>
std::string text_of_name() {
  if constexpr (detail::HasNameFunction<A>) {
    return std::string(std::string_view(A::name()));
  } else {
    return std::string(std::string_view(A::name));
  }
}

template <typename A>
int run_benchmarks(int argc, char** argv) {
  if constexpr (detail::adapter_is_good<A>()) {
    is_caller = true;
    add_workloads<A>(take_quick(argc, argv) ? Sizes{.calls = 10'000, .elements = 10'000, .levels = 80} : Sizes());
    return run_registered(argc, argv,
                          {text_of_name<A>(), text_of_version<A>(), detail::GivesFuture<A>, detail::CanMap<A>});
  } else {
    return 0;  // not reached: the mistakes in the adapter have stopped the compilation
  }
}

}  // namespace touchstone::bench
