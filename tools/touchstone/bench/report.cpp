#include <fmt/format.h>

#include <algorithm>
#include <bench/amounts.hpp>
#include <bench/goals_report.hpp>
#include <bench/machine_report.hpp>
#include <bench/report.hpp>
#include <bench/spread_json.hpp>
#include <bench/table.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

/// What is known of a row beside its figure.
void add_quantities(const BenchRow& row, const Scale& scale, std::vector<std::string>& remarks) {
  const auto say = [&](const char* name, const auto& words) {
    if (const auto found = row.quantities.find(name); found != row.quantities.end())
      remarks.push_back(words(found->second));
  };
  for (const char* const name : {"p50", "p90", "p99", "p99.9"}) {
    say(name, [&](const Spread& spread) { return fmt::format("{} {}", name, scale.number(spread.median)); });
  }
  say("longest", [&](const Spread& spread) { return "longest " + scale.amount(spread.most); });
  say("detection", [](const Spread& spread) {
    return fmt::format("with detection of deadlocks: {} times as long as without, {}", short_number(spread.median),
                       range_text(spread.least, spread.most));
  });
  say("efficiency",
      [](const Spread& spread) { return fmt::format("{:.0f} % of the workers' time used", 100 * spread.median); });
  say("switches",
      [](const Spread& spread) { return fmt::format("{} times asleep a second", short_number(spread.median)); });
  say("blocks", [](const Spread& spread) { return fmt::format("{} blocks of memory", short_number(spread.median)); });
}

/// What the figure is of.
const char* unit_of(std::string_view workload, Unit unit) {
  if (workload.starts_with("process/memory")) return "a worker";
  if (workload.starts_with("idle")) return "a second";
  if (workload.find("map") != std::string_view::npos) return "an element";
  if (workload.find("/futures:") != std::string_view::npos) return "a future";
  if (workload.starts_with("lifetime") || workload.starts_with("end")) return "a pool";
  return unit == Unit::bytes ? "of a call" : "a call";
}

std::string remarks_of(const BenchRow& row, const BenchReport& report, const Scale& scale) {
  if (!row.error.empty()) return row.error;
  std::vector<std::string> remarks;
  const auto build = report.builds.find(row.subject);
  if (row.on_caller > 0) remarks.push_back(fmt::format("{:.0f} % run by the caller", std::ceil(100 * row.on_caller)));
  add_quantities(row, scale, remarks);
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

/// The head of a workload, then a line a subject; nothing where nothing was measured.
Table table_of(const BenchReport& report, const std::string& workload, const Terminal& terminal) {
  double least = std::numeric_limits<double>::infinity();
  Unit unit = Unit::nanoseconds;
  for (const BenchRow& row : report.rows) {
    if (row.workload != workload || !row.figure) continue;
    least = std::min(least, row.figure->median);
    unit = row.unit;
  }
  const Scale scale = scale_for(least, unit, terminal);
  Table table;
  for (const BenchRow& row : report.rows) {
    if (row.workload != workload) continue;
    table.push_back(
        {"  " + row.subject, row.figure ? scale.amount(row.figure->median) : "-",
         row.figure ? range_text(row.figure->least / scale.divisor, row.figure->most / scale.divisor) : "",
         row.ratio ? short_number(row.ratio->median) : "-",
         row.ratio && !row.is_baseline ? range_text(row.ratio->least, row.ratio->most) : "",
         row.processor_nanoseconds && unit == Unit::nanoseconds ? scale.amount(row.processor_nanoseconds->median) : "-",
         remarks_of(row, report, scale)});
  }
  if (table.empty()) return table;
  table.insert(table.begin(),
               {workload, unit_of(workload, unit), "least, most", "ratio", "least, most", "processor", ""});
  return table;
}

std::string workload_tables(const BenchReport& report, const Terminal& terminal) {
  std::vector<Table> tables;
  for (const std::string& workload : report.workloads) tables.push_back(table_of(report, workload, terminal));
  return tables_text(tables, "<><><><", terminal);
}

/// "6 processes": how many figures a median is of. Where a run was interrupted, or something failed, they differ.
std::string processes_text(const BenchReport& report) {
  std::map<std::pair<std::string, std::string>, std::size_t> counts;
  for (const Sample& sample : report.samples) {
    if (sample.measurement.error.empty()) ++counts[{sample.subject, sample.measurement.workload}];
  }
  std::size_t least = counts.empty() ? 0 : std::numeric_limits<std::size_t>::max(), most = 0;
  for (const auto& [what, count] : counts) {
    least = std::min(least, count);
    most = std::max(most, count);
  }
  if (least == most) return most == 1 ? "one process" : fmt::format("{} processes", most);
  return fmt::format("{} to {} processes", least, most);
}

std::string builds_text(const BenchReport& report) {
  std::set<std::string> compilers;
  std::vector<std::string> debug;
  for (const auto& [subject, build] : report.builds) {
    compilers.insert(build.flags.empty() ? build.compiler : build.compiler + " " + build.flags);
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

const char* name_of(Unit unit) { return unit == Unit::bytes ? "bytes" : "nanoseconds"; }

Json to_json(const Sample& sample) {
  const Measurement& measurement = sample.measurement;
  Json json = {{"round", sample.round}, {"subject", sample.subject}, {"workload", measurement.workload}};
  if (!measurement.error.empty()) {
    json["error"] = measurement.error;
  } else {
    json.update({{name_of(measurement.unit), measurement.figure},
                 {"processor_nanoseconds", measurement.processor_nanoseconds},
                 {"on_caller", measurement.on_caller},
                 {"calls", measurement.calls}});
    for (const auto& [name, value] : measurement.quantities) json[name] = value;
  }
  return json;
}

Json to_json(const BenchRow& row) {
  Json json = {{"workload", row.workload},        {"subject", row.subject},
               {"is_baseline", row.is_baseline},  {name_of(row.unit), spread_json(row.figure)},
               {"ratio", spread_json(row.ratio)}, {"processor_nanoseconds", spread_json(row.processor_nanoseconds)},
               {"on_caller", row.on_caller},      {"calls", row.calls}};
  for (const auto& [name, spread] : row.quantities) json[name] = spread_json(spread);
  if (!row.error.empty()) json["error"] = row.error;
  return json;
}

}  // namespace

std::string bench_table(const BenchReport& report, const Terminal& terminal) {
  std::string text = workload_tables(report, terminal) + goals_table(report.goals, terminal);
  text += fmt::format(
      "Medians of {} and both ends. Ratio: to the first of the table, in the same round; above 1 is slower. "
      "Processor: time of all threads together, without child processes.\n",
      processes_text(report));
  text += fmt::format(
      "{}\n{}\nseed {}{}{}\n", machine_text(report.machine, report.load_before, report.load_after), builds_text(report),
      report.seed, report.quick ? ", quick: too short for figures that one could rely on" : "",
      report.complete ? std::string() : fmt::format("; interrupted, {} rounds were meant", report.rounds));
  return text;
}

Json bench_json(const BenchReport& report) {
  Json json = {{"touchstone_bench", 1},       {"start", report.start},    {"end", report.end},
               {"seed", report.seed},         {"rounds", report.rounds},  {"quick", report.quick},
               {"complete", report.complete}, {"builds", Json::object()}, {"rows", Json::array()},
               {"samples", Json::array()}};
  json["machine"] = machine_json(report.machine, report.load_before, report.load_after);
  if (!report.goals.empty()) json["goals"] = goals_json(report.goals);
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
