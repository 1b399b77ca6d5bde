// History: recorded runs, and where their figures went to another level.

#pragma once

#include <bench/change_points.hpp>
#include <bench/measurement.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace touchstone::tool {

/// A line of the file.
struct RecordedRun {
  std::string start;
  std::string commit;
  bool dirty = false;
  std::string label;

  /// By workload and subject.
  struct Figure {
    double median = 0;
    Unit unit = Unit::nanoseconds;
    std::string surroundings;  // machine, compiler, flags: only where they are the same can figures be compared
  };
  std::map<std::pair<std::string, std::string>, Figure> figures;
};

struct History {
  std::vector<RecordedRun> runs;
  std::vector<std::string> problems;  // lines that were skipped, with their numbers and why
};

/// Throws std::runtime_error where the file cannot be read.
[[nodiscard]] History read_history(const std::filesystem::path& file);

/// The figures of a subject in a workload.
struct Series {
  std::string workload, subject;
  Unit unit = Unit::nanoseconds;
  std::vector<std::size_t> runs;   // indices into the history
  std::vector<double> figures;     // of each of those
  std::vector<std::size_t> moves;  // indices into figures: from here on in other surroundings
  std::vector<ChangePoint> changes;
};

/// In the order of their names. Changes are looked for between moves only.
[[nodiscard]] std::vector<Series> series_of(const History& history, const ChangeCriteria& criteria = {});

}  // namespace touchstone::tool
