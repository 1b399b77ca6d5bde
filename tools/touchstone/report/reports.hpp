// The forms in which a run is reported. All say the same; none needs another.

#pragma once

#include <command_line/terminal.hpp>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <report/assessment.hpp>
#include <results/results.hpp>
#include <specification/specification.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// A run with what it means: the input of every report.
struct Report {
  const Specification* specification = nullptr;
  const RunResult* run = nullptr;
  std::vector<Assessment> subjects;  // as RunResult::subjects
  std::filesystem::path folder;      // where its files will be: links to the tests' sources go from there
};

/// Needs the first two arguments to outlive the report.
[[nodiscard]] Report make_report(const Specification& specification, const RunResult& run,
                                 const std::filesystem::path& folder = ".");

/// The version of report.json; spec/report.schema.json describes it.
constexpr int report_schema = 1;

[[nodiscard]] nlohmann::json report_json(const Report& report);
[[nodiscard]] std::string report_junit(const Report& report);
[[nodiscard]] std::string report_markdown(const Report& report);
[[nodiscard]] std::string report_page(const Report& report);

/// For stdout. `details` is where the page is, for what is too long to print; `verbose` prints all that is known of
/// faults and deviations, and the choices.
[[nodiscard]] std::string report_terminal(const Report& report, const Terminal& terminal,
                                          const std::filesystem::path& details, bool verbose = false);

/// The matrix of chapters and subjects, the first part of report_terminal.
[[nodiscard]] std::string matrix_text(const Report& report, const Terminal& terminal);

/// Before the tests are run: who cannot keep their results need not run them. Throws where the reports cannot be
/// written into the folder; returns whether it is new.
bool make_report_folder(const std::filesystem::path& folder);

/// Writes report.json, junit.xml, summary.md, index.html and a badge for each subject into a folder that exists, each
/// whole or not at all.
/// Returns those that could not be written, with the reason: "report/report.json: No space left on device".
[[nodiscard]] std::vector<std::string> write_reports(const Report& report, const std::filesystem::path& folder);

/// What was seen: "no violation in 22 of 262 MUSTs", "breaks 5 MUSTs"; "conformant: core, futures" where nothing is
/// open.
[[nodiscard]] std::string conformance_sentence(const Report& report, const Assessment& assessment);

/// "287 of 301 MUSTs of core, futures (95 %), 287 of 361 of all profiles (79 %)".
[[nodiscard]] std::string coverage_sentence(const Assessment& assessment);

/// "95 %", rounded down, so that only all is 100 %.
[[nodiscard]] std::string percentage(int part, int whole);

}  // namespace touchstone::tool
