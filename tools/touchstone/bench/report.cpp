#include <fmt/format.h>

#include <algorithm>
#include <bench/report.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

/// More than that many threads a core that already want to run is a busy machine.
constexpr double busy_load = 0.5;

std::string range(const Spread& spread) {
  return fmt::format("[{}, {}]", short_number(spread.least), short_number(spread.most));
}

std::string remarks_of(const BenchRow& row, const BenchReport& report) {
  if (!row.error.empty()) return row.error;
  std::vector<std::string> remarks;
  const auto build = report.builds.find(row.subject);
  if (row.on_caller > 0) remarks.push_back(fmt::format("{:.0f} % run by the caller", std::ceil(100 * row.on_caller)));
  if (row.detection) {
    remarks.push_back(fmt::format("with detection of deadlocks: {} times as long as without, {}",
                                  short_number(row.detection->median), range(*row.detection)));
  }
  if (build != report.builds.end() && !build->second.gives_future) remarks.push_back("no future");
  if (build != report.builds.end() && row.workload.starts_with("map/") && !build->second.has_map) {
    remarks.push_back("by submit");
  }
  std::int64_t most_calls = 0;
  for (const BenchRow& other : report.rows) {
    if (other.workload == row.workload && other.error.empty()) most_calls = std::max(most_calls, other.calls);
  }
  if (row.calls < most_calls) {
    remarks.push_back(fmt::format("{} calls at once, not {}", short_number(static_cast<double>(row.calls)),
                                  short_number(static_cast<double>(most_calls))));
  }
  return fmt::format("{}", fmt::join(remarks, ", "));
}

using Cells = std::vector<std::string>;

/// The head of a workload, then a line a subject; nothing where nothing was measured.
std::vector<Cells> lines_of(const BenchReport& report, const std::string& workload) {
  std::vector<Cells> lines;
  for (const BenchRow& row : report.rows) {
    if (row.workload != workload) continue;
    lines.push_back({"  " + row.subject, row.nanoseconds ? short_number(row.nanoseconds->median) + " ns" : "-",
                     row.nanoseconds ? range(*row.nanoseconds) : "", row.ratio ? short_number(row.ratio->median) : "-",
                     row.ratio && row.subject != report.baseline ? range(*row.ratio) : "",
                     row.processor_nanoseconds ? short_number(row.processor_nanoseconds->median) + " ns" : "-",
                     remarks_of(row, report)});
  }
  if (lines.empty()) return lines;
  const std::string unit = workload.starts_with("map") ? "an element" : "a call";
  lines.insert(lines.begin(), {workload, unit, "least, most", "ratio", "least, most", "processor", ""});
  return lines;
}

std::string workload_tables(const BenchReport& report, const Terminal& terminal) {
  std::vector<std::vector<Cells>> tables;
  std::array<std::size_t, 7> widths{};
  for (const std::string& workload : report.workloads) {
    tables.push_back(lines_of(report, workload));
    for (const Cells& cells : tables.back()) {
      for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], columns(cells[i]));
    }
  }
  std::string text;
  for (const std::vector<Cells>& lines : tables) {
    for (const Cells& cells : lines) {
      std::string line =
          fmt::format("{:<{}}  {:>{}}  {:<{}}  {:>{}}  {:<{}}  {:>{}}  {}", cells[0], widths[0], cells[1], widths[1],
                      cells[2], widths[2], cells[3], widths[3], cells[4], widths[4], cells[5], widths[5], cells[6]);
      line.erase(line.find_last_not_of(' ') + 1);
      text += (&cells == &lines.front() ? terminal.bold(line) : line) + "\n";
    }
    text += lines.empty() ? "" : "\n";
  }
  return text;
}

std::string machine_text(const BenchReport& report) {
  const Machine& machine = report.machine;
  std::string text =
      fmt::format("{}, {}, {}, load {:.2f} before and {:.2f} after{}", machine.processor,
                  counted(static_cast<std::size_t>(machine.cores), "core"), machine.system, report.load_before,
                  report.load_after, machine.governor.empty() ? "" : ", governor " + machine.governor);
  if (report.load_before > busy_load * machine.cores) {
    text +=
        "\nThe machine was busy with other things before this began: look at the ranges, and measure again when it is "
        "quiet.";
  }
  return text;
}

std::string builds_text(const BenchReport& report) {
  std::set<std::string> compilers;
  std::vector<std::string> debug;
  for (const auto& [subject, build] : report.builds) {
    compilers.insert(fmt::format("{} {}", build.compiler, build.flags));
    if (!build.optimized) debug.push_back(subject);
  }
  std::string text = fmt::format("{}", fmt::join(compilers, "; "));
  if (!debug.empty()) {
    text += fmt::format(
        "\nBuilt without optimization, or with assertions: {}. These are no figures; use the preset release.",
        fmt::join(debug, ", "));
  }
  return text;
}

Json to_json(const std::optional<Spread>& spread) {
  if (!spread) return nullptr;
  return {{"median", spread->median}, {"least", spread->least}, {"most", spread->most}, {"processes", spread->count}};
}

Json to_json(const Sample& sample) {
  const Measurement& measurement = sample.measurement;
  Json json = {{"round", sample.round}, {"subject", sample.subject}, {"workload", measurement.workload}};
  if (!measurement.error.empty()) {
    json["error"] = measurement.error;
  } else {
    json.update({{"nanoseconds", measurement.nanoseconds},
                 {"processor_nanoseconds", measurement.processor_nanoseconds},
                 {"on_caller", measurement.on_caller},
                 {"calls", measurement.calls}});
    if (measurement.detection) json["detection"] = *measurement.detection;
  }
  return json;
}

Json to_json(const BenchRow& row) {
  Json json = {{"workload", row.workload},
               {"subject", row.subject},
               {"nanoseconds", to_json(row.nanoseconds)},
               {"ratio", to_json(row.ratio)},
               {"processor_nanoseconds", to_json(row.processor_nanoseconds)},
               {"on_caller", row.on_caller},
               {"calls", row.calls}};
  if (row.detection) json["detection"] = to_json(row.detection);
  if (!row.error.empty()) json["error"] = row.error;
  return json;
}

}  // namespace

std::string short_number(double number) {
  if (number < 0.0995) return fmt::format("{:.3f}", number);
  if (number < 9.995) return fmt::format("{:.2f}", number);
  if (number < 99.95) return fmt::format("{:.1f}", number);
  std::string digits = fmt::format("{:.0f}", number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string bench_table(const BenchReport& report, const Terminal& terminal) {
  std::string text = workload_tables(report, terminal);
  text += fmt::format(
      "Medians of {} and both ends. Ratio: to {}, in the same round; above 1 is slower. "
      "Processor: time of all threads together.\n",
      report.rounds == 1 ? "one process" : fmt::format("{} processes", report.rounds), report.baseline);
  text += fmt::format("{}\n{}\nseed {}{}{}\n", machine_text(report), builds_text(report), report.seed,
                      report.quick ? ", quick: too short for figures that one could rely on" : "",
                      report.complete ? "" : "; interrupted, not all was measured");
  return text;
}

Json bench_json(const BenchReport& report) {
  const Machine& machine = report.machine;
  Json json = {{"touchstone_bench", 1},       {"start", report.start},       {"end", report.end},
               {"seed", report.seed},         {"rounds", report.rounds},     {"quick", report.quick},
               {"complete", report.complete}, {"baseline", report.baseline}, {"builds", Json::object()},
               {"rows", Json::array()},       {"samples", Json::array()}};
  json["machine"] = {{"processor", machine.processor},    {"cores", machine.cores},
                     {"system", machine.system},          {"governor", machine.governor},
                     {"load_before", report.load_before}, {"load_after", report.load_after}};
  for (const auto& [subject, build] : report.builds) {
    json["builds"][subject] = {{"subject", build.subject},     {"version", build.version},
                               {"compiler", build.compiler},   {"flags", build.flags},
                               {"optimized", build.optimized}, {"gives_future", build.gives_future},
                               {"has_map", build.has_map}};
  }
  for (const BenchRow& row : report.rows) json["rows"].push_back(to_json(row));
  for (const Sample& sample : report.samples) json["samples"].push_back(to_json(sample));
  return json;
}

}  // namespace touchstone::tool
