#include <algorithm>
#include <bench/figures.hpp>

namespace touchstone::tool {

FiguresByRound figures_of(const std::vector<Sample>& samples, const std::string& workload, const std::string& subject) {
  FiguresByRound figures;
  for (const Sample& sample : samples) {
    const Measurement& measurement = sample.measurement;
    if (sample.subject != subject || measurement.workload != workload || !measurement.error.empty()) continue;
    figures[sample.round] = measurement.figure;
  }
  return figures;
}

std::vector<double> paired_ratios(const FiguresByRound& figures, const FiguresByRound& others) {
  std::vector<double> ratios;
  for (const auto& [round, figure] : figures) {
    const auto other = others.find(round);
    if (other != others.end() && other->second != 0) ratios.push_back(figure / other->second);
  }
  return ratios;
}

std::optional<Spread> spread_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return Spread{median, values.front(), values.back(), values.size()};
}

namespace {

/// Nothing where there are no samples.
std::optional<BenchRow> row_of(const std::vector<Sample>& samples, const std::string& workload,
                               const std::string& subject) {
  BenchRow row;
  row.workload = workload;
  row.subject = subject;
  std::vector<double> figures, processor_nanoseconds;
  std::map<std::string, std::vector<double>> quantities;
  bool found = false;
  for (const Sample& sample : samples) {
    const Measurement& measurement = sample.measurement;
    if (sample.subject != subject || measurement.workload != workload) continue;
    found = true;
    if (!measurement.error.empty()) {
      if (row.error.empty()) row.error = measurement.error;
      continue;
    }
    row.unit = measurement.unit;
    figures.push_back(measurement.figure);
    processor_nanoseconds.push_back(measurement.processor_nanoseconds);
    for (const auto& [name, value] : measurement.quantities) quantities[name].push_back(value);
    row.on_caller = std::max(row.on_caller, measurement.on_caller);
    row.calls = measurement.calls;
  }
  if (!found) return std::nullopt;
  row.figure = spread_of(figures);
  row.processor_nanoseconds = spread_of(processor_nanoseconds);
  for (const auto& [name, values] : quantities) row.quantities.emplace(name, *spread_of(values));
  return row;
}

}  // namespace

std::vector<BenchRow> rows_of(const std::vector<Sample>& samples, const std::vector<std::string>& workloads,
                              const std::vector<std::string>& subjects) {
  std::vector<BenchRow> rows;
  for (const std::string& workload : workloads) {
    std::optional<FiguresByRound> baseline;
    for (const std::string& subject : subjects) {
      std::optional<BenchRow> row = row_of(samples, workload, subject);
      if (!row) continue;
      const FiguresByRound figures = figures_of(samples, workload, subject);
      row->is_baseline = !baseline;
      if (!baseline) baseline = figures;
      row->ratio = spread_of(paired_ratios(figures, *baseline));
      rows.push_back(std::move(*row));
    }
  }
  return rows;
}

}  // namespace touchstone::tool
