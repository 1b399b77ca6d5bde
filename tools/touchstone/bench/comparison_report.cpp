#include <fmt/format.h>

#include <algorithm>
#include <bench/amounts.hpp>
#include <bench/comparison_report.hpp>
#include <bench/machine_report.hpp>
#include <bench/table.hpp>
#include <nlohmann/json.hpp>
#include <set>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

std::string percent(double part) { return fmt::format("{:.1f} %", 100 * part); }

/// "1.067": a change of a percent must be seen.
std::string quotient(double value) { return fmt::format("{:.3f}", value); }

std::string interval(const Effect& effect) {
  return fmt::format("[{}, {}]", quotient(effect.least), quotient(effect.most));
}

std::string verdict_text(const TimeComparison& comparison) {
  std::string name(name_of(comparison.change));
  if (comparison.change != TimeChange::inconclusive) return name;
  return fmt::format("{}: here a change would be seen from {} on", name, percent(comparison.visible));
}

Cells line_of(const ComparedWorkload& workload, const Terminal& terminal) {
  if (workload.processes.empty()) return {"  " + workload.name, "-", "-", "-", "", "", "", workload.error};
  const TimeComparison& comparison = workload.comparison;
  const Scale scale = scale_for(std::min(comparison.a, comparison.b), Unit::nanoseconds, terminal);
  return {"  " + workload.name,
          scale.amount(comparison.a),
          scale.amount(comparison.b),
          quotient(comparison.effect.median),
          interval(comparison.effect),
          interval(comparison.noise),
          std::to_string(workload.processes.size()),
          workload.error.empty() ? verdict_text(comparison) : workload.error};
}

std::string arm_text(char letter, const ComparedArm& arm) {
  const BenchModule& module = arm.module;
  return fmt::format("{}: {}, {}{}{}\n   {} {}{}\n", letter, arm.word, module.name, module.version.empty() ? "" : " ",
                     module.version, module.compiler, module.flags,
                     module.optimized ? "" : "; built without optimization, or with assertions: no figures");
}

Json to_json(const Effect& effect) {
  return {{"median", effect.median}, {"least", effect.least}, {"most", effect.most}};
}

Json to_json(const ComparedArm& arm) {
  return {{"word", arm.word},
          {"path", arm.path.string()},
          {"name", arm.module.name},
          {"version", arm.module.version},
          {"compiler", arm.module.compiler},
          {"flags", arm.module.flags},
          {"optimized", arm.module.optimized}};
}

Json to_json(const PairedRun& process) {
  Json json = {{"a", Json::array()},      {"b", Json::array()},
               {"again", Json::array()},  {"processor_seconds", process.processor},
               {"seconds", process.wall}, {"displaced", process.displaced}};
  for (const PairedRound& round : process.rounds) {
    json["a"].push_back(round.a);
    json["b"].push_back(round.b);
    json["again"].push_back(round.again);
  }
  return json;
}

Json to_json(const ComparedWorkload& workload) {
  Json json = {{"workload", workload.name}, {"processes", Json::array()}};
  for (const PairedRun& process : workload.processes) json["processes"].push_back(to_json(process));
  if (!workload.error.empty()) json["error"] = workload.error;
  if (workload.processes.empty()) return json;
  const TimeComparison& comparison = workload.comparison;
  json.update({{"verdict", name_of(comparison.change)},
               {"a", comparison.a},
               {"b", comparison.b},
               {"effect", to_json(comparison.effect)},
               {"noise", to_json(comparison.noise)},
               {"threshold", comparison.threshold},
               {"visible", comparison.visible}});
  return json;
}

}  // namespace

std::string comparison_table(const ComparisonReport& report, const Terminal& terminal) {
  Table table{{report.placement, "A", "B", "B/A", "95 % of it", "A/A: noise", "processes", ""}};
  for (const ComparedWorkload& workload : report.workloads) table.push_back(line_of(workload, terminal));
  std::string text = tables_text({table}, "<>>><<><", terminal);
  text += arm_text('A', report.a) + arm_text('B', report.b);
  text += fmt::format(
      "A change counts from {} on, and where it exceeds the noise: what A shows against itself. A figure is the median "
      "of "
      "{} rounds in a process of its own.\n",
      percent(report.counts), report.rounds);
  text += fmt::format("{}\nseed {}{}\n", machine_text(report.machine, report.load_before, report.load_after),
                      report.seed, report.complete ? "" : "; interrupted");
  return text;
}

Json comparison_json(const ComparisonReport& report) {
  Json json = {{"touchstone_compare", 1},     {"start", report.start},     {"end", report.end},
               {"a", to_json(report.a)},      {"b", to_json(report.b)},    {"placement", report.placement},
               {"counts", report.counts},     {"rounds", report.rounds},   {"seed", report.seed},
               {"complete", report.complete}, {"workloads", Json::array()}};
  json["machine"] = machine_json(report.machine, report.load_before, report.load_after);
  for (const ComparedWorkload& workload : report.workloads) json["workloads"].push_back(to_json(workload));
  return json;
}

}  // namespace touchstone::tool
