// The main function of a benchmark of a process pool.
//
//     struct MyPool {
//       static constexpr auto name = "my pool";
//       static constexpr auto version = "1.2";
//
//       static void before_main(int argc, char** argv);         // what a child needs first of all; may not return
//       static std::unique_ptr<Pool> make(int workers);         // anything that * gives a pool of
//       template <auto function, typename... Arguments>
//       static auto submit(Pool&, Arguments&&...);              // a future of function(arguments...)
//       template <typename Future>
//       static auto result(Future&);                            // asked for once; throws if the worker has died
//       template <auto function>
//       static auto map(Pool&, const std::vector<long>&, std::size_t chunksize);  // a range of the results
//       static void shutdown(Pool&);                            // waits until the workers have ended
//     };
//     TOUCHSTONE_PROCESS_POOL(MyPool);
//
// The functions are those of process_tasks.hpp. Workers are processes that `kill` reaches, by their ids.

#pragma once

#include <string>
#include <touchstone/bench/google_benchmark.hpp>
#include <touchstone/bench/process_workloads.hpp>

namespace touchstone::bench {

template <typename A>
void add_process_workloads(const ProcessSizes& sizes) {
  add("process/round_trip", 1, &process_round_trip<A>);
  add("process/many_calls", sizes.calls, &process_many_calls<A>, sizes);
  for (const std::size_t chunksize : chunksizes) {
    add("process/map/chunk:" + std::to_string(chunksize), sizes.elements_in_chunks_of(chunksize), &process_map<A>,
        chunksize, sizes);
  }
  for (const std::size_t mebibytes : {std::size_t{1}, sizes.large_payload}) {
    const std::string size = "/MiB:" + std::to_string(mebibytes);
    add("process/argument" + size, 1, &process_argument<A>, mebibytes);
    add("process/result" + size, 1, &process_result<A>, mebibytes);
  }
  add("process/start", 1, &process_start<A>);
  add("process/shutdown", 1, &process_shutdown<A>);
  add("process/death", 1, &process_death<A>);
  add("process/memory/proportional", 1, &process_memory<A>, &Memory::proportional);
  add("process/memory/own", 1, &process_memory<A>, &Memory::own);
}

template <typename A>
int run_process_benchmarks(int argc, char** argv) {
  add_process_workloads<A>(take_quick(argc, argv) ? quick_process_sizes : ProcessSizes());
  return run_registered(argc, argv, {A::name, A::version, true, true});
}

}  // namespace touchstone::bench

/// The main function of the benchmark of a process pool.
#define TOUCHSTONE_PROCESS_POOL(...)                                             \
  int main(int argc, char** argv) {                                              \
    __VA_ARGS__::before_main(argc, argv);                                        \
    return ::touchstone::bench::run_process_benchmarks<__VA_ARGS__>(argc, argv); \
  }                                                                              \
  static_assert(true, "takes the semicolon")
