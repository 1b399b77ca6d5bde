// The main function of a benchmark executable: the workloads for an adapter, under Google Benchmark.
//
//     NAME [--quick] [--benchmark_...]
//
// --quick makes the workloads smaller. TOUCHSTONE_BENCH_CALLS, set by the build, is how many calls the executor
// can hold at the same time, where that is less than the workloads want; what needs more is then left out.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <touchstone/bench/google_benchmark.hpp>
#include <touchstone/bench/workloads.hpp>
#include <touchstone/detail/adapter_check.hpp>
#include <vector>

namespace touchstone::bench {

#ifdef TOUCHSTONE_BENCH_CALLS
inline constexpr std::size_t most_calls = TOUCHSTONE_BENCH_CALLS;
#else
inline constexpr std::size_t most_calls = static_cast<std::size_t>(-1);
#endif

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
    const Workloads<A> workloads(take_quick(argc, argv) ? quick_sizes : Sizes(), most_calls);
    for (const Entry& entry : workloads.entries()) add(entry);
    return run_registered(argc, argv,
                          {text_of_name<A>(), text_of_version<A>(), detail::GivesFuture<A>, detail::CanMap<A>});
  } else {
    return 0;  // not reached: the mistakes in the adapter have stopped the compilation
  }
}

}  // namespace touchstone::bench
