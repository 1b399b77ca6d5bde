#include <fmt/format.h>

#include <algorithm>
#include <bench/amounts.hpp>
#include <bench/goals_report.hpp>
#include <bench/spread_json.hpp>
#include <bench/table.hpp>
#include <nlohmann/json.hpp>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;
using Kind = Goal::Kind;

Unit unit_of(const Goal& goal) { return goal.kind == Kind::memory ? Unit::bytes : Unit::nanoseconds; }

std::string figure_text(const Goal& goal, const std::optional<double>& figure, const Terminal& terminal) {
  if (!figure) return "";
  if (goal.kind == Kind::rate) return rate_text(*figure);
  return scale_for(*figure, unit_of(goal), terminal).amount(*figure);
}

std::string verdict_of(const GoalResult& result) {
  if (!result.is_met) return "not measured";
  std::string word = *result.is_met ? "met" : "missed";
  if (result.rounds_met == result.rounds || result.rounds_met == 0) return word;
  return fmt::format("{}; met in {} of {} rounds", word, result.rounds_met, result.rounds);
}

/// What the figure is compared with: another subject, or another workload of the same one.
std::string other_of(const Goal& goal) {
  return goal.other.subject == goal.own.subject ? "itself" : goal.other.subject;
}

}  // namespace

std::string goals_table(const std::vector<GoalResult>& results, const Terminal& terminal) {
  if (results.empty()) return "";
  Table table{
      {"goals of process pools", "measured", "goal", "stretch", "compared with", "ratio", "least, most", "goal", ""}};
  std::size_t met = 0, judged = 0;
  for (const GoalResult& result : results) {
    const Goal& goal = result.goal;
    // A second line for the same figure only compares it with something else.
    const bool is_new = !goal.what.empty();
    table.push_back({is_new ? fmt::format("  {:<6} {}", goal.quantity, goal.what) : "",
                     is_new ? figure_text(goal, result.figure->median, terminal) : "",
                     figure_text(goal, goal.figure, terminal), figure_text(goal, goal.stretch, terminal),
                     other_of(goal), result.ratio ? short_number(result.ratio->median) : "-",
                     result.ratio ? range_text(result.ratio->least, result.ratio->most) : "",
                     goal.ratio ? short_number(*goal.ratio) : "", verdict_of(result)});
    if (result.is_met) ++judged;
    if (result.is_met.value_or(false)) ++met;
  }
  return tables_text({table}, "<>>><><><", terminal) +
         fmt::format(
             "{} of {} goals met, by the medians of {}. Ratio: how many times better than that, in the same round.\n\n",
             met, judged, counted(results.front().figure->count, "round"));
}

Json goals_json(const std::vector<GoalResult>& results) {
  Json goals = Json::array();
  for (const GoalResult& result : results) {
    const Goal& goal = result.goal;
    const auto number_or_null = [](const std::optional<double>& number) { return number ? Json(*number) : Json(); };
    goals.push_back({{"quantity", goal.quantity},
                     {"workload", goal.own.workload},
                     {"subject", goal.own.subject},
                     {"other_workload", goal.other.workload},
                     {"other_subject", goal.other.subject},
                     {"unit", unit_of(goal) == Unit::bytes ? "bytes" : "nanoseconds"},
                     {"longest", goal.kind == Kind::longest_time},
                     {"figure", spread_json(result.figure)},
                     {"figure_goal", number_or_null(goal.figure)},
                     {"figure_stretch", number_or_null(goal.stretch)},
                     {"ratio", spread_json(result.ratio)},
                     {"ratio_goal", number_or_null(goal.ratio)},
                     {"met", result.is_met ? Json(*result.is_met) : Json()},
                     {"rounds_met", result.rounds_met},
                     {"rounds", result.rounds}});
  }
  return goals;
}

}  // namespace touchstone::tool
