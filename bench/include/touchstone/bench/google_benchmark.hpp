// Google Benchmark, under which everything is measured.

#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <exception>
#include <string>
#include <touchstone/bench/subject.hpp>
#include <touchstone/bench/workload.hpp>

namespace touchstone::bench {

/// Whether the word --quick is among the arguments; takes it away.
bool take_quick(int& argc, char** argv);

/// Registers a workload. The time that it tells counts; the processor time of all threads is taken as well.
void add(const Entry& entry);

/// The same for a function that has a loop of its own. Wall time counts.
template <typename Function, typename... Arguments>
void add(const std::string& name, std::size_t calls, Function function, Arguments... arguments) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](benchmark::State& state) {
                                 state.counters["calls"] = static_cast<double>(calls);
                                 state.counters["on_caller"] = 0;
                                 try {
                                   function(state, arguments...);
                                 } catch (const std::exception& error) {
                                   state.SkipWithError(error.what());
                                 }
                               })
      ->UseRealTime()
      ->MeasureProcessCPUTime();
}

/// The rest of the main function. Returns its exit code.
int run_registered(int argc, char** argv, const Description& description);

}  // namespace touchstone::bench
