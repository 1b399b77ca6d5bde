// The main function of a benchmark executable: the workloads of its subject, under Google Benchmark.
//
//     NAME [--quick] [--benchmark_...]
//
// --quick makes the workloads smaller.

#include <touchstone/bench/google_benchmark.hpp>
#include <touchstone/bench/subject.hpp>

int main(int argc, char** argv) {
  using namespace touchstone::bench;
  const bool quick = take_quick(argc, argv);
  for (const Entry& entry : workloads_of_subject(quick ? quick_sizes : Sizes())) add(entry);
  return run_registered(argc, argv, describe_subject());
}
