#include <algorithm>
#include <chrono>
#include <cstring>
#include <explorer.hpp>

namespace touchstone::fuzz {
namespace {

constexpr std::uint64_t twice_every = 100;

/// Explores one scenario.
class Explorer {
 public:
  Explorer(const Scenario& scenario, const ExplorationOptions& options)
      : scenario_(scenario), options_(options), scheduler_(options.limits) {}

  Exploration explore() {
    const auto start = std::chrono::steady_clock::now();
    const auto strategies = make_strategies();
    for (std::uint64_t i = 0; i < options_.schedules && !result_.finding; ++i) {
      (void)run(*strategies[i % strategies.size()], options_.seed + i, i % twice_every == 0);
    }
    result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::move(result_);
  }

 private:
  /// Returns how many decisions the schedule had.
  std::uint64_t run(Strategy& strategy, std::uint64_t seed, bool twice) {
    show_progress(strategy, seed);
    Outcome outcome = scheduler_.run(scenario_.body, strategy, seed);
    ++result_.schedules;
    result_.decisions += outcome.decisions;
    result_.operations += outcome.operations;
    if (!outcome.failure && twice) {
      const std::uint64_t first = outcome.fingerprint;
      outcome = scheduler_.run(scenario_.body, strategy, seed);
      if (!outcome.failure && outcome.fingerprint != first) {
        outcome.failure =
            "the same schedule was not the same twice: something decides that the scheduler does not control";
      }
    }
    if (outcome.failure) {
      result_.finding = {{scenario_.name, strategy.name(), seed},
                         *outcome.failure,
                         scheduler_.trace().table(scheduler_.thread_names())};
    }
    return outcome.decisions;
  }

  std::vector<std::unique_ptr<Strategy>> make_strategies() {
    std::vector<std::unique_ptr<Strategy>> strategies;
    const std::string& name = options_.strategy;
    const bool mixed = name == "mixed";
    if (mixed || name == "random") strategies.push_back(make_strategy("random"));
    if (mixed || name == "pos") strategies.push_back(make_strategy("pos"));
    if (mixed || name == "pct") {
      const std::string decisions = std::to_string(typical_decisions());
      for (int depth = 2; depth <= 5; ++depth) {
        strategies.push_back(make_strategy("pct:" + std::to_string(depth) + ":" + decisions));
      }
    }
    if (strategies.empty()) strategies.push_back(make_strategy(name));
    return strategies;
  }

  /// The most that a few schedules have: pct spreads its changes over as many.
  std::uint64_t typical_decisions() {
    const auto random = make_strategy("random");
    std::uint64_t most = 1;
    for (std::uint64_t i = 0; i < 8 && !result_.finding; ++i)
      most = std::max(most, run(*random, options_.seed + i, false));
    return most;
  }

  void show_progress(const Strategy& strategy, std::uint64_t seed) {
    if (options_.progress == nullptr) return;
    options_.progress->seed = seed;
    std::strncpy(options_.progress->strategy, strategy.name().c_str(), sizeof options_.progress->strategy - 1);
  }

  const Scenario& scenario_;
  const ExplorationOptions& options_;
  Scheduler scheduler_;
  Exploration result_;
};

}  // namespace

Exploration explore(const Scenario& scenario, const ExplorationOptions& options) {
  return Explorer(scenario, options).explore();
}

Replay replay(const Scenario& scenario, const Token& token, Limits limits) {
  Scheduler scheduler(limits);
  const auto strategy = make_strategy(token.strategy);
  const Outcome outcome = scheduler.run(scenario.body, *strategy, token.seed);
  return {outcome.failure, scheduler.trace().table(scheduler.thread_names())};
}

}  // namespace touchstone::fuzz
