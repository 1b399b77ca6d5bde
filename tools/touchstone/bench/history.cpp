#include <fmt/format.h>

#include <bench/figures.hpp>
#include <bench/history.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

constexpr int known_version = 1;

std::string surroundings_of(const Json& record, const std::string& subject) {
  const Json& machine = record.at("machine");
  const Json& build = record.at("builds").at(subject);
  return fmt::format("{}, {} cores, {}, {}; {} {}{}", machine.at("processor").get<std::string>(),
                     machine.at("cores").get<int>(), machine.at("system").get<std::string>(),
                     machine.at("governor").get<std::string>(), build.at("compiler").get<std::string>(),
                     build.at("flags").get<std::string>(), record.at("quick").get<bool>() ? "; quick" : "");
}

RecordedRun run_of(const Json& record) {
  RecordedRun run{record.at("start"), record.at("commit"), record.at("dirty"), record.at("label"), {}};
  std::map<std::pair<std::string, std::string>, std::vector<double>> values;
  for (const Json& sample : record.at("samples")) {
    if (sample.contains("error")) continue;
    const std::pair key{sample.at("workload").get<std::string>(), sample.at("subject").get<std::string>()};
    const bool is_memory = sample.contains("bytes");
    values[key].push_back(sample.at(is_memory ? "bytes" : "nanoseconds").get<double>());
    run.figures[key] = {0, is_memory ? Unit::bytes : Unit::nanoseconds, surroundings_of(record, key.second)};
  }
  for (auto& [key, figures] : values) run.figures[key].median = spread_of(std::move(figures))->median;
  return run;
}

/// Empty where the line was taken; else why not.
std::string take_line(const std::string& line, std::vector<RecordedRun>& runs) {
  const Json record = Json::parse(line, nullptr, false);
  if (!record.is_object()) return "is no JSON: a piece of a line?";
  if (!record.contains("touchstone_record")) return "is no record of `touchstone bench record`";
  try {
    if (const int version = record.at("touchstone_record").get<int>(); version != known_version) {
      return fmt::format("is a record of version {}, and this command knows {}", version, known_version);
    }
    runs.push_back(run_of(record));
  } catch (const Json::exception& error) {
    return fmt::format("is a record with something missing or wrong ({})", error.what());
  }
  return "";
}

void find_changes(Series& series, const ChangeCriteria& criteria) {
  std::vector<std::size_t> borders = series.moves;
  borders.push_back(series.figures.size());
  std::size_t begin = 0;
  for (const std::size_t end : borders) {
    const std::vector<double> stretch(series.figures.begin() + static_cast<std::ptrdiff_t>(begin),
                                      series.figures.begin() + static_cast<std::ptrdiff_t>(end));
    for (ChangePoint point : change_points(stretch, criteria)) {
      point.index += begin;
      series.changes.push_back(point);
    }
    begin = end;
  }
}

}  // namespace

History read_history(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) {
    throw std::runtime_error(fmt::format("{} cannot be read", file.string()));
  }
  History history;
  std::size_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (line.empty()) continue;
    if (const std::string why = take_line(line, history.runs); !why.empty()) {
      history.problems.push_back(fmt::format("{}:{}: skipped: it {}", file.string(), number, why));
    }
  }
  return history;
}

std::vector<Series> series_of(const History& history, const ChangeCriteria& criteria) {
  std::map<std::pair<std::string, std::string>, Series> all;
  std::map<std::pair<std::string, std::string>, std::string> surroundings;
  for (std::size_t i = 0; i < history.runs.size(); ++i) {
    for (const auto& [key, figure] : history.runs[i].figures) {
      Series& series = all[key];
      std::string& before = surroundings[key];
      if (!series.runs.empty() && before != figure.surroundings) series.moves.push_back(series.runs.size());
      before = figure.surroundings;
      series.unit = figure.unit;
      series.runs.push_back(i);
      series.figures.push_back(figure.median);
    }
  }
  std::vector<Series> sorted;
  for (auto& [key, series] : all) {
    std::tie(series.workload, series.subject) = key;
    find_changes(series, criteria);
    sorted.push_back(std::move(series));
  }
  return sorted;
}

}  // namespace touchstone::tool
