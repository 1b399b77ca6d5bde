#include <algorithm>
#include <bench/goals.hpp>

namespace touchstone::tool {

namespace {

using Kind = Goal::Kind;

constexpr double microseconds = 1e3, milliseconds = 1e6;  // in nanoseconds
constexpr double mebibytes = 1 << 20;
constexpr double rate(double per_second) { return 1e9 / per_second; }

const std::string usual = "reference_spawn";
const std::string python = "python_fork";
const std::string python_pool = "python_pool";

Goal goal(std::string quantity, std::string what, Kind kind, const std::string& workload, const std::string& other,
          std::optional<double> ratio, std::optional<double> figure = {}, std::optional<double> stretch = {}) {
  return {std::move(quantity), std::move(what), kind, {usual, workload}, {other, workload}, ratio, figure, stretch};
}

void add_goals_of_calls(std::vector<Goal>& goals) {
  goals.push_back(
      goal("a", "a round trip", Kind::time, "process/round_trip", python, 8, 25 * microseconds, 12 * microseconds));
  goals.push_back(goal("a", "", Kind::time, "process/round_trip", "floor", 1.0 / 4));
  goals.push_back(
      goal("b", "submit 20,000, then results", Kind::rate, "process/many_calls", python, 25, rate(150e3), rate(400e3)));
  goals.push_back(goal("b", "", Kind::rate, "process/many_calls", python_pool, 5));
}

void add_goals_of_maps(std::vector<Goal>& goals) {
  struct Map {
    std::string chunksize;
    double ratio, figure, stretch;
  };
  for (const Map& map : {Map{"1", 20, rate(150e3), rate(400e3)}, Map{"10", 18, rate(1.2e6), rate(4e6)},
                         Map{"100", 10, rate(6e6), rate(20e6)}, Map{"1000", 10, rate(25e6), rate(50e6)},
                         Map{"10000", 15, rate(40e6), rate(70e6)}}) {
    goals.push_back(goal("c" + map.chunksize, "map, chunksize " + map.chunksize, Kind::rate,
                         "process/map/chunk:" + map.chunksize, python, map.ratio, map.figure, map.stretch));
  }
  goals.push_back({"c",
                   "chunksize 10 to chunksize 1",
                   Kind::rate,
                   {usual, "process/map/chunk:10"},
                   {usual, "process/map/chunk:1"},
                   6,
                   {},
                   {}});
  goals.push_back({"c",
                   "chunksize 1 to a loop of submit",
                   Kind::rate,
                   {usual, "process/map/chunk:1"},
                   {usual, "process/many_calls"},
                   1,
                   {},
                   {}});
}

void add_goals_of_payloads(std::vector<Goal>& goals) {
  struct Payload {
    std::string size;
    double ratio, figure, stretch;
  };
  for (const Payload& payload : {Payload{"1", 3, 0.6 * milliseconds, 0.3 * milliseconds},
                                 Payload{"64", 5, 45 * milliseconds, 25 * milliseconds}}) {
    for (const std::string what : {"argument", "result"}) {
      goals.push_back(goal("d" + payload.size, what + " of " + payload.size + " MiB", Kind::time,
                           "process/" + what + "/MiB:" + payload.size, python, payload.ratio, payload.figure,
                           payload.stretch));
    }
  }
}

void add_goals_of_lives(std::vector<Goal>& goals) {
  struct Method {
    std::string name;
    double start, stretch;
  };
  const Method methods[] = {{"spawn", 6, 3}, {"forkserver", 4, 2}, {"fork", 3, 1}};
  const auto add = [&goals](const Method& method, std::string quantity, const std::string& what,
                            const std::string& workload, double figure, double stretch) {
    goals.push_back({std::move(quantity),
                     what + ", " + method.name,
                     Kind::time,
                     {"reference_" + method.name, workload},
                     {"python_" + method.name, workload},
                     {},
                     figure * milliseconds,
                     stretch * milliseconds});
  };
  for (const Method& method : methods) {
    add(method, "e1", "start to first result", "process/start", method.start, method.stretch);
  }
  for (const Method& method : methods) add(method, "e2", "shutdown", "process/shutdown", 3, 1);
  goals.push_back(goal("f", "death of a worker is told", Kind::time, "process/death", python, 1, 10 * milliseconds,
                       1 * milliseconds));
  goals.push_back(
      goal("f", "the same, at the longest", Kind::longest_time, "process/death", python, {}, 250 * milliseconds));
  const std::string memory = "process/memory/", python_spawn = "python_spawn";
  goals.push_back(goal("g", "a worker's share of memory", Kind::memory, memory + "proportional", python_spawn, {},
                       1.5 * mebibytes));
  goals.push_back(goal("g", "a worker's own memory", Kind::memory, memory + "own", python_spawn, {}, 0.6 * mebibytes));
}

FiguresByRound figures_for(const Goal& goal, const Goal::Place& place, const std::vector<Sample>& samples) {
  if (goal.kind != Kind::longest_time) return figures_of(samples, place.workload, place.subject);
  FiguresByRound figures;
  for (const Sample& sample : samples) {
    const Measurement& measurement = sample.measurement;
    if (sample.subject == place.subject && measurement.workload == place.workload &&
        measurement.quantities.contains("longest")) {
      figures[sample.round] = measurement.quantities.at("longest");
    }
  }
  return figures;
}

std::vector<double> values_of(const FiguresByRound& figures) {
  std::vector<double> values;
  for (const auto& [round, figure] : figures) values.push_back(figure);
  return values;
}

}  // namespace

const std::vector<Goal>& process_pool_goals() {
  static const std::vector<Goal> goals = [] {
    std::vector<Goal> all;
    add_goals_of_calls(all);
    add_goals_of_maps(all);
    add_goals_of_payloads(all);
    add_goals_of_lives(all);
    return all;
  }();
  return goals;
}

std::vector<GoalResult> hold_against(const std::vector<Goal>& goals, const std::vector<Sample>& samples) {
  std::vector<GoalResult> results;
  for (const Goal& goal : goals) {
    const FiguresByRound own = figures_for(goal, goal.own, samples);
    if (own.empty()) continue;
    const std::vector<double> ratios = paired_ratios(figures_for(goal, goal.other, samples), own);
    GoalResult result{goal, spread_of(values_of(own)), spread_of(ratios), {}, 0, 0};
    const auto judge = [&result](const std::vector<double>& values, auto is_good) {
      if (values.empty()) return;
      result.is_met = is_good(spread_of(values)->median);
      result.rounds = values.size();
      result.rounds_met = static_cast<std::size_t>(std::ranges::count_if(values, is_good));
    };
    if (goal.ratio) {
      judge(ratios, [&goal](double ratio) { return ratio >= *goal.ratio; });
    } else if (goal.figure) {
      judge(values_of(own), [&goal](double figure) { return figure <= *goal.figure; });
    }
    // "Always" is more than half of the time.
    if (goal.kind == Kind::longest_time) result.is_met = result.rounds_met == result.rounds;
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace touchstone::tool
