#include <fmt/format.h>

#include <bench/amounts.hpp>
#include <bench/history_report.hpp>
#include <bench/table.hpp>
#include <map>
#include <nlohmann/json.hpp>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

constexpr std::size_t shown_hash = 12;

/// "2026-05-04T03:02:01Z  0123456789ab, with changes  nightly"
std::string name_of(const RecordedRun& run) {
  std::string name = run.start;
  if (!run.commit.empty()) name += "  " + run.commit.substr(0, shown_hash) + (run.dirty ? ", with changes" : "");
  if (!run.label.empty()) name += "  " + run.label;
  return name;
}

std::string change_text(double ratio) { return fmt::format("{:+.1f} %", 100 * (ratio - 1)); }

Table table_of(const Series& series, const Terminal& terminal, const History& history) {
  const Scale scale = scale_for(series.figures.back(), series.unit, terminal);
  Table table{{"  " + series.workload, series.subject, counted(series.figures.size(), "run"),
               scale.amount(series.figures.back()), ""}};
  std::map<std::size_t, Cells> events;  // by the place where they are
  for (const std::size_t move : series.moves) {
    events[move] = {"", "elsewhere", "", scale.amount(series.figures[move]), ""};
  }
  for (const ChangePoint& change : series.changes) {
    events[change.index] = {"", change_text(change.ratio()), scale.number(change.before), scale.amount(change.after),
                            ""};
  }
  for (auto& [place, cells] : events) {
    cells.back() = name_of(history.runs[series.runs[place]]);
    table.push_back(std::move(cells));
  }
  return table;
}

}  // namespace

std::string history_text(const History& history, const std::vector<Series>& series, const Terminal& terminal) {
  std::vector<Table> tables;
  std::size_t changes = 0, steady = 0;
  for (const Series& one : series) {
    changes += one.changes.size();
    if (one.changes.empty()) ++steady;
    if (!one.changes.empty()) tables.push_back(table_of(one, terminal, history));
  }
  std::string text = tables_text(tables, "<<>><", terminal);
  text += fmt::format("{}, {} to {}: {} of {}, {} on one level.\n", counted(history.runs.size(), "run"),
                      history.runs.front().start, history.runs.back().start, counted(changes, "change"),
                      counted(series.size(), "figure"), steady);
  text +=
      "A change is where figures go to another level, by 3 % or more, and stay there for five runs or more; the run "
      "that "
      "is named is the first of the new level. \"elsewhere\": from here on another machine or compiler; nothing is "
      "compared "
      "across.\n";
  return text;
}

Json history_json(const History& history, const std::vector<Series>& series) {
  Json json = {{"touchstone_history", 1}, {"runs", Json::array()}, {"series", Json::array()}};
  for (const RecordedRun& run : history.runs) {
    json["runs"].push_back({{"start", run.start}, {"commit", run.commit}, {"dirty", run.dirty}, {"label", run.label}});
  }
  for (const Series& one : series) {
    Json entry = {{"workload", one.workload},
                  {"subject", one.subject},
                  {"unit", one.unit == Unit::bytes ? "bytes" : "nanoseconds"},
                  {"runs", one.runs},
                  {"figures", one.figures},
                  {"moves", one.moves},
                  {"changes", Json::array()}};
    for (const ChangePoint& change : one.changes) {
      entry["changes"].push_back({{"run", one.runs[change.index]},
                                  {"before", change.before},
                                  {"after", change.after},
                                  {"probability", change.probability}});
    }
    json["series"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace touchstone::tool
