// run_subjects: several subjects, some at a time, into one RunResult.

#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <processes/processes.hpp>
#include <results/results.hpp>
#include <run/progress.hpp>
#include <run/selection.hpp>
#include <run/session.hpp>
#include <specification/specification.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

struct RunOptions {
  std::vector<std::filesystem::path> executables;
  std::size_t jobs = 1;  // subjects at a time
  std::uint64_t seed = 1;
  std::optional<int> repeat;
  bool until_fail = false;  // rounds over all subjects, `repeat` of them at most
  bool strict = false;
  double time_scale = 1;
  std::chrono::milliseconds silence{120000};

  /// What is passed on to each subject.
  [[nodiscard]] std::vector<std::string> arguments() const;
};

struct RunOutcome {
  RunResult run;
  bool selected_anything = false;  // some test of some subject matched the selection
  bool ran_anything = false;       // and was applicable, or a subject failed
  int rounds = 0;
};

/// Runs all subjects. An interruption ends it early, with everything cleaned up and `complete` false. `on_line` is
/// told each verdict as the subject printed it, of further rounds only those that are not as expected.
[[nodiscard]] RunOutcome run_subjects(Processes& processes, const Specification& specification,
                                      const Selection& selection, const RunOptions& options, Progress& progress,
                                      const std::function<void(const std::string& line)>& on_line = {});

}  // namespace touchstone::tool
