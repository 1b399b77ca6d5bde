#include <algorithm>
#include <bench/figures.hpp>
#include <bench/time_comparison.hpp>
#include <cmath>

namespace touchstone::tool {

namespace {

constexpr double confidence = 0.95;

/// How many figures may be left out at each end, so that the median of what they are drawn from still lies between the
/// others: it lies below the one with index k in sum(i <= k) of (n over i) / 2^n cases.
std::size_t left_out(std::size_t count) {
  double probability = std::pow(0.5, static_cast<double>(count)), below = 0;
  for (std::size_t k = 0; k < count / 2; ++k) {
    below += probability;
    if (2 * below > 1 - confidence) return k == 0 ? 0 : k - 1;
    probability *= static_cast<double>(count - k) / static_cast<double>(k + 1);
  }
  return count == 0 ? 0 : (count - 1) / 2;
}

template <typename Quotient>
double median_of(const PairedRun& process, Quotient quotient) {
  std::vector<double> values;
  for (const PairedRound& round : process.rounds) values.push_back(quotient(round));
  return spread_of(std::move(values))->median;
}

template <typename Quotient>
Effect effect_over(const std::vector<PairedRun>& processes, Quotient quotient) {
  std::vector<double> figures;
  for (const PairedRun& process : processes) figures.push_back(median_of(process, quotient));
  return effect_of(std::move(figures));
}

TimeChange change_of(const TimeComparison& comparison, double counts) {
  const Effect& effect = comparison.effect;
  if (effect.least > 1 + comparison.threshold) return TimeChange::regression;
  if (effect.most < 1 - comparison.threshold) return TimeChange::improvement;
  const bool quiet = comparison.threshold <= counts;
  return quiet && effect.most < 1 + counts ? TimeChange::pass : TimeChange::inconclusive;
}

}  // namespace

std::string_view name_of(TimeChange change) {
  switch (change) {
    case TimeChange::pass:
      return "pass";
    case TimeChange::improvement:
      return "improvement";
    case TimeChange::regression:
      return "regression";
    case TimeChange::inconclusive:
      break;
  }
  return "inconclusive";
}

Effect effect_of(std::vector<double> figures) {
  std::sort(figures.begin(), figures.end());
  const std::size_t out = left_out(figures.size());
  return {spread_of(figures)->median, figures[out], figures[figures.size() - 1 - out]};
}

TimeComparison compare_times(const std::vector<PairedRun>& processes, double counts) {
  TimeComparison comparison;
  comparison.effect = effect_over(processes, [](const PairedRound& round) { return round.b / round.a; });
  comparison.noise = effect_over(processes, [](const PairedRound& round) { return round.again / round.a; });
  comparison.a = effect_over(processes, [](const PairedRound& round) { return round.a; }).median;
  comparison.b = effect_over(processes, [](const PairedRound& round) { return round.b; }).median;
  const Effect& effect = comparison.effect;
  const double noise = std::max(std::abs(comparison.noise.least - 1), std::abs(comparison.noise.most - 1));
  comparison.threshold = std::max(counts, noise);
  comparison.visible = comparison.threshold + std::max(effect.median - effect.least, effect.most - effect.median);
  comparison.change = change_of(comparison, counts);
  return comparison;
}

}  // namespace touchstone::tool
