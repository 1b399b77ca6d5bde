// proof_stress: how often is a proof wrong, how often is one missed, and how long does it take?
//
//     proof_stress [--polls N] [--proofs N]
//
// Polls programs that live, without pause, until there were N looks at them, and proves programs that hang,
// N times each. Prints the counts. Exit code 1: a proof was false, or one was missed.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <supervisor/processes/cleanup.hpp>
#include <supervisor/tests/proof/nursery.hpp>
#include <vector>

namespace touchstone::supervisor {

namespace {

struct Total {
  int runs = 0;
  Polls polls;
};

/// Returns whether no proof was false.
bool poll_living_programs(long wanted) {
  std::vector<Total> totals(living_programs().size());
  long polls = 0;
  while (polls < wanted) {
    for (std::size_t index = 0; index < totals.size(); ++index) {
      const Polls result = poll_until_end(living_programs()[index]);
      Total& total = totals[index];
      ++total.runs;
      total.polls.all += result.all;
      total.polls.running += result.running;
      total.polls.open += result.open;
      total.polls.hung += result.hung;
      polls += result.all;
    }
  }
  int false_proofs = 0;
  std::printf("%-36s %6s %9s %9s %9s %12s\n", "living", "runs", "polls", "running", "asleep", "false proofs");
  for (std::size_t index = 0; index < totals.size(); ++index) {
    const Total& total = totals[index];
    std::printf("%-36s %6d %9ld %9ld %9ld %12ld\n", living_programs()[index].name, total.runs, total.polls.all,
                total.polls.running, total.polls.open, total.polls.hung);
    false_proofs += static_cast<int>(total.polls.hung);
  }
  std::printf("%ld polls, %d false proofs\n\n", polls, false_proofs);
  return false_proofs == 0;
}

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

/// Returns whether none was missed.
bool prove_hanging_programs(int wanted) {
  int missed = 0;
  std::vector<double> all;
  std::printf("%-36s %7s %7s %9s %9s %9s %9s\n", "hanging", "proved", "missed", "median ms", "p99 ms", "max ms",
              "cost ms");
  for (const Program& program : hanging_programs()) {
    std::vector<double> delays, costs;
    int missed_here = 0;
    for (int run = 0; run < wanted; ++run) {
      const Proving proving = prove(program, std::chrono::seconds(5));
      if (proving.milliseconds < 0) {
        ++missed_here;
        continue;
      }
      delays.push_back(proving.milliseconds);
      costs.push_back(proving.cost_milliseconds);
    }
    missed += missed_here;
    if (delays.empty()) delays.push_back(-1), costs.push_back(-1);
    std::sort(delays.begin(), delays.end());
    std::sort(costs.begin(), costs.end());
    all.insert(all.end(), delays.begin(), delays.end());
    std::printf("%-36s %7d %7d %9.2f %9.2f %9.2f %9.2f\n", program.name, wanted - missed_here, missed_here,
                quantile(delays, 0.5), quantile(delays, 0.99), delays.back(), quantile(costs, 0.5));
  }
  std::sort(all.begin(), all.end());
  std::printf("%zu proofs, %d missed; from the last block to the proof: median %.2f ms, p99 %.2f ms\n", all.size(),
              missed, quantile(all, 0.5), quantile(all, 0.99));
  return missed == 0;
}

}  // namespace

}  // namespace touchstone::supervisor

int main(int argc, char** argv) {
  using namespace touchstone::supervisor;
  long polls = 0;
  int proofs = 0;
  for (int index = 1; index + 1 < argc; index += 2) {
    if (std::string_view(argv[index]) == "--polls") polls = std::atol(argv[index + 1]);
    if (std::string_view(argv[index]) == "--proofs") proofs = std::atoi(argv[index + 1]);
  }
  if (argc % 2 == 0 || (polls <= 0 && proofs <= 0)) {
    std::fprintf(stderr, "usage: %s [--polls N] [--proofs N]\n", argv[0]);
    return 64;
  }
  adopt_orphans();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  bool right = true;
  if (polls > 0) right = poll_living_programs(polls) && right;
  if (proofs > 0) right = prove_hanging_programs(proofs) && right;
  return right ? 0 : 1;
}
