// Google Benchmark, as benchmark executables use it: compiled once.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <touchstone/bench/build.hpp>
#include <touchstone/bench/google_benchmark.hpp>
#include <touchstone/bench/run_on_caller.hpp>

namespace touchstone::bench {

namespace {

constexpr int exit_usage = 64;

/// Beside the results, so that nobody takes those of a debug build for figures. The library's own
/// "library_build_type" speaks of how the library was built, not of this program.
void describe_build() {
  const Build build = this_build();
  benchmark::AddCustomContext("touchstone_compiler", build.compiler);
  benchmark::AddCustomContext("touchstone_flags", build.flags);
  benchmark::AddCustomContext("touchstone_optimized", build.optimized ? "yes" : "no");
}

}  // namespace

bool take_quick(int& argc, char** argv) {
  char** const end = std::remove_if(argv, argv + argc, [](const char* word) { return !std::strcmp(word, "--quick"); });
  const bool found = end != argv + argc;
  argc = static_cast<int>(end - argv);
  return found;
}

void add(const Entry& entry) {
  const auto measure = [entry](benchmark::State& state) {
    state.counters["calls"] = static_cast<double>(entry.pending);
    try {
      is_caller = true;
      const std::unique_ptr<Workload> workload = entry.make();
      run_on_caller = 0;
      double calls = 0;
      while (state.KeepRunningBatch(workload->units())) {
        state.SetIterationTime(std::chrono::duration<double>(workload->run()).count());
        calls += static_cast<double>(workload->calls());
      }
      Counters counters{{"on_caller", static_cast<double>(run_on_caller) / calls}};
      workload->report(counters);
      for (const auto& [name, value] : counters) state.counters[name] = value;
    } catch (const std::exception& error) {
      state.SkipWithError(error.what());
    }
  };
  auto* const benchmark = benchmark::RegisterBenchmark(entry.name.c_str(), measure);
  benchmark->UseManualTime()->MeasureProcessCPUTime();
  if (entry.runs > 0) benchmark->Iterations(entry.runs);
}

int run_registered(int argc, char** argv, const Description& description) {
  describe_build();
  benchmark::AddCustomContext("touchstone_subject", description.name);
  benchmark::AddCustomContext("touchstone_version", description.version);
  benchmark::AddCustomContext("touchstone_future", description.gives_future ? "yes" : "no");
  benchmark::AddCustomContext("touchstone_map", description.has_map ? "yes" : "no");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return exit_usage;
  const std::size_t count = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return count == 0 ? exit_usage : 0;
}

}  // namespace touchstone::bench
