#include <algorithm>
#include <bench/plan.hpp>
#include <random>

namespace touchstone::tool {

namespace {

/// As std::shuffle, but the same everywhere for the same seed.
void shuffle(std::vector<std::string>& words, std::mt19937_64& random) {
  for (std::size_t i = words.size(); i > 1; --i) std::swap(words[i - 1], words[random() % i]);
}

}  // namespace

std::vector<BenchStep> make_plan(const std::vector<BenchWorkload>& workloads, int rounds, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<BenchWorkload> ordered = workloads;
  std::vector<BenchStep> plan;
  for (int round = 1; round <= rounds; ++round) {
    for (BenchWorkload& workload : ordered) {
      if (round % 2 == 1) {
        shuffle(workload.subjects, random);
      } else {
        std::reverse(workload.subjects.begin(), workload.subjects.end());
      }
      for (const std::string& subject : workload.subjects) plan.push_back({round, workload.name, subject});
    }
  }
  return plan;
}

}  // namespace touchstone::tool
