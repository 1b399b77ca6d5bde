// Figures: what many measurements say together.
//
// The unit of evidence is a process: where threads come to lie lasts as long as one does, so that thousands
// of rounds in one agree with each other and not with those of the next. From each process comes one figure;
// reported are the median and both ends. Ratios are taken between processes of the same round, which ran one
// shortly after the other, and then summed up in the same way: a load that comes and goes hits both.

#pragma once

#include <bench/measurement.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace touchstone::tool {

struct Spread {
  double median = 0, least = 0, most = 0;
  std::size_t count = 0;
};

/// The median (of an even number, the mean of the two in the middle) and both ends; nothing of nothing.
[[nodiscard]] std::optional<Spread> spread_of(std::vector<double> values);

/// One measurement, and where it belongs.
struct Sample {
  int round = 0;
  std::string subject;
  Measurement measurement;
};

/// What the table says about a subject in a workload.
struct BenchRow {
  std::string workload;
  std::string subject;
  bool is_baseline = false;                     // what the others are compared with
  Unit unit = Unit::nanoseconds;                // of the figure
  std::optional<Spread> figure;                 // a call
  std::optional<Spread> ratio;                  // of these, to the baseline
  std::optional<Spread> processor_nanoseconds;  // a call, of all threads together
  std::map<std::string, Spread> quantities;     // those of quantity_names that there are
  double on_caller = 0;                         // the largest share in any process
  std::int64_t calls = 1;
  std::string error;  // the first one
};

/// The figures of a subject in a workload, by round.
using FiguresByRound = std::map<int, double>;
[[nodiscard]] FiguresByRound figures_of(const std::vector<Sample>& samples, const std::string& workload,
                                        const std::string& subject);

/// Quotients of the figures of the rounds that both have.
[[nodiscard]] std::vector<double> paired_ratios(const FiguresByRound& figures, const FiguresByRound& others);

/// A row for each workload and subject that there are samples of; workloads and subjects in the orders given. The
/// baseline of a workload is the first of the subjects that have it.
[[nodiscard]] std::vector<BenchRow> rows_of(const std::vector<Sample>& samples,
                                            const std::vector<std::string>& workloads,
                                            const std::vector<std::string>& subjects);

}  // namespace touchstone::tool
