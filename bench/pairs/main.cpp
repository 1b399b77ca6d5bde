// measure_pairs: times builds of an executor by turns, in one process. `touchstone bench compare` runs it, often.
//
//     measure_pairs list MODULE
//     measure_pairs run WORKLOAD ROUNDS SEED PLACEMENT FIRST_CORE MODULE...
//
// `list` prints what a module is, and its workloads. `run` makes the workload of each module, and then, so many rounds,
// takes a sample of each in a random order. A line a round has the nanoseconds a unit of each, in the order in which
// they were given. A sample takes about a millisecond: long against the clock, short against what else goes on.

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <numeric>
#include <pairs/arm.hpp>
#include <pairs/placement.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace touchstone::bench {

namespace {

constexpr int exit_failed = 1, exit_usage = 64;
constexpr std::chrono::nanoseconds sample_time = std::chrono::milliseconds(1);
constexpr int most_runs = 10'000;

/// After so many, all are made anew: where an executor's memory lies makes it quicker or slower, as long as it lives.
constexpr unsigned rounds_of_a_life = 10;

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

unsigned number(const std::string& word) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) throw UsageError(word + " is no number");
  return value;
}

void list(const TouchstoneBenchModule1& module) {
  std::printf("name %s\nversion %s\ncompiler %s\nflags %s\noptimized %s\n", module.name, module.version,
              module.compiler, module.flags, module.optimized != 0 ? "yes" : "no");
  for (std::size_t i = 0; i < module.workloads; ++i) std::printf("workload %s\n", module.workload_name(i));
}

/// As std::shuffle, but the same everywhere for the same seed.
void shuffle(std::vector<std::size_t>& order, std::mt19937_64& random) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
}

class Pairs {
 public:
  Pairs(std::string workload, const std::vector<std::string>& paths, const Cores& cores, unsigned seed)
      : workload_(std::move(workload)), cores_(cores), random_(seed), arms_(paths.size()), order_(paths.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    shuffle(order_, random_);
    modules_.resize(paths.size());
    for (const std::size_t i : order_) modules_[i] = &load_module(paths[i]);
  }

  void measure(unsigned rounds) {
    std::vector<double> samples(arms_.size());
    for (unsigned round = 0; round < rounds; ++round) {
      if (round % rounds_of_a_life == 0) make();
      shuffle(order_, random_);
      for (const std::size_t i : order_) samples[i] = arms_[i]->sample(runs_);
      std::printf("round");
      for (const double sample : samples) std::printf(" %.6g", sample);
      std::printf("\n");
    }
  }

 private:
  void make() {
    for (std::unique_ptr<Arm>& arm : arms_) arm.reset();
    shuffle(order_, random_);
    std::vector<std::vector<int>> threads(arms_.size());
    std::chrono::nanoseconds quickest = std::chrono::hours(1);
    for (const std::size_t i : order_) {
      const std::vector<int> before = threads_of_this_process();
      arms_[i] = std::make_unique<Arm>(*modules_[i], workload_);
      for (int n = 0; n < 3; ++n) quickest = std::min(quickest, arms_[i]->run());
      const std::vector<int> after = threads_of_this_process();
      std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(threads[i]));
    }
    cores_.place_workers(threads);
    const auto count = sample_time / std::max(quickest, std::chrono::nanoseconds(1));
    runs_ = static_cast<int>(std::clamp<std::int64_t>(count, 1, most_runs));
  }

  const std::string workload_;
  const Cores& cores_;
  std::mt19937_64 random_;
  std::vector<const TouchstoneBenchModule1*> modules_;
  std::vector<std::unique_ptr<Arm>> arms_;
  std::vector<std::size_t> order_;
  int runs_ = 1;  // of a workload, for a sample
};

/// How it went: a process that waited for its core all the time has measured something else.
void print_usage_of_machine(std::chrono::nanoseconds wall) {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  std::printf("processor %.6f wall %.6f waited %ld displaced %ld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime),
              1e-9 * static_cast<double>(wall.count()), usage.ru_nvcsw, usage.ru_nivcsw);
}

void run(const std::vector<std::string>& words) {
  const std::optional<Placement> placement = placement_named(words[3]);
  if (!placement) throw UsageError(words[3] + " is no placement; there are one_core, own_cores and free");
  const unsigned rounds = number(words[1]), seed = number(words[2]);
  const Cores cores(*placement, number(words[4]));
  cores.place_caller();
  Pairs pairs(words[0], {words.begin() + 5, words.end()}, cores, seed);
  const auto begin = std::chrono::steady_clock::now();
  pairs.measure(rounds);
  print_usage_of_machine(std::chrono::steady_clock::now() - begin);
}

int main_of(const std::vector<std::string>& words) {
  try {
    if (words.size() == 2 && words[0] == "list") {
      list(load_module(words[1]));
    } else if (words.size() >= 7 && words[0] == "run") {
      run({words.begin() + 1, words.end()});
    } else {
      throw UsageError("measure_pairs list MODULE | run WORKLOAD ROUNDS SEED PLACEMENT FIRST_CORE MODULE...");
    }
    return 0;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "measure_pairs: %s\n", error.what());
    return exit_usage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "measure_pairs: %s\n", error.what());
    return exit_failed;
  }
}

}  // namespace

}  // namespace touchstone::bench

int main(int argc, char** argv) { return touchstone::bench::main_of({argv + 1, argv + argc}); }
