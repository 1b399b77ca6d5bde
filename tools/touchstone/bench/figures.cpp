#include <algorithm>
#include <bench/figures.hpp>
#include <map>

namespace touchstone::tool {

namespace {

using Times = std::map<int, double>;  // nanoseconds by round

Times times_of(const std::vector<Sample>& samples, const std::string& workload, const std::string& subject) {
  Times times;
  for (const Sample& sample : samples) {
    const Measurement& measurement = sample.measurement;
    if (sample.subject != subject || measurement.workload != workload || !measurement.error.empty()) continue;
    times[sample.round] = measurement.nanoseconds;
  }
  return times;
}

std::vector<double> paired_ratios(const Times& times, const Times& baseline) {
  std::vector<double> ratios;
  for (const auto& [round, nanoseconds] : times) {
    const auto other = baseline.find(round);
    if (other != baseline.end()) ratios.push_back(nanoseconds / other->second);
  }
  return ratios;
}

}  // namespace

std::optional<Spread> spread_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return Spread{median, values.front(), values.back(), values.size()};
}

std::vector<BenchRow> rows_of(const std::vector<Sample>& samples, const std::vector<std::string>& workloads,
                              const std::vector<std::string>& subjects, const std::string& baseline) {
  std::vector<BenchRow> rows;
  for (const std::string& workload : workloads) {
    const Times baseline_times = times_of(samples, workload, baseline);
    for (const std::string& subject : subjects) {
      BenchRow row;
      row.workload = workload;
      row.subject = subject;
      std::vector<double> nanoseconds, processor_nanoseconds, detection;
      bool found = false;
      for (const Sample& sample : samples) {
        const Measurement& measurement = sample.measurement;
        if (sample.subject != subject || measurement.workload != workload) continue;
        found = true;
        if (!measurement.error.empty()) {
          if (row.error.empty()) row.error = measurement.error;
          continue;
        }
        nanoseconds.push_back(measurement.nanoseconds);
        processor_nanoseconds.push_back(measurement.processor_nanoseconds);
        if (measurement.detection) detection.push_back(*measurement.detection);
        row.on_caller = std::max(row.on_caller, measurement.on_caller);
        row.calls = measurement.calls;
      }
      if (!found) continue;
      row.nanoseconds = spread_of(nanoseconds);
      row.processor_nanoseconds = spread_of(processor_nanoseconds);
      row.detection = spread_of(detection);
      row.ratio = spread_of(paired_ratios(times_of(samples, workload, subject), baseline_times));
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace touchstone::tool
