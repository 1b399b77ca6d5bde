#include <fmt/format.h>

#include <array>
#include <command_line/output_file.hpp>
#include <nlohmann/json.hpp>
#include <report/badge.hpp>
#include <report/reports.hpp>
#include <stdexcept>

namespace touchstone::tool {

namespace {

struct ReportFile {
  const char* name;
  std::string (*content)(const Report& report);
};

std::string json_text(const Report& report) {
  // Text from subjects may be anything; what is not UTF-8 is replaced.
  return report_json(report).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

constexpr std::array report_files = {ReportFile{"report.json", json_text}, ReportFile{"junit.xml", report_junit},
                                     ReportFile{"summary.md", report_markdown}, ReportFile{"index.html", report_page}};

}  // namespace

Report make_report(const Specification& specification, const RunResult& run, const std::filesystem::path& folder) {
  Report report{&specification, &run, {}, folder};
  for (const SubjectResult& subject : run.subjects) report.subjects.push_back(assess(specification, run, subject));
  return report;
}

bool make_report_folder(const std::filesystem::path& folder) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(folder, error);
  if (!error && !std::filesystem::is_directory(folder)) error = std::make_error_code(std::errc::not_a_directory);
  if (error) {
    throw std::runtime_error(fmt::format("the folder \"{}\" cannot be made ({}); choose another one with --output",
                                         folder.string(), error.message()));
  }
  for (const ReportFile& file : report_files) {
    const std::string why = why_not_writable(folder / file.name);
    if (why.empty()) continue;
    throw std::runtime_error(fmt::format("{} cannot be written ({}); choose another folder with --output",
                                         (folder / file.name).string(), why));
  }
  return made;
}

std::vector<std::string> write_reports(const Report& report, const std::filesystem::path& folder) {
  std::vector<std::string> failures;
  for (const ReportFile& file : report_files) {
    const std::string why = replace_file(folder / file.name, file.content(report));
    if (!why.empty()) failures.push_back(fmt::format("{}: {}", (folder / file.name).string(), why));
  }
  for (const Assessment& one : report.subjects) {
    const std::filesystem::path file = folder / badge_file(*one.subject);
    const std::string why = replace_file(file, badge_svg(report, one));
    if (!why.empty()) failures.push_back(fmt::format("{}: {}", file.string(), why));
  }
  return failures;
}

std::string percentage(int part, int whole) { return whole == 0 ? "-" : fmt::format("{} %", 100LL * part / whole); }

std::string coverage_sentence(const Assessment& assessment) {
  const Figures& figures = assessment.figures;
  return fmt::format("{} of {} MUSTs of {} ({}), {} of {} of all profiles ({})", figures.claimed_musts_tested,
                     figures.claimed_musts, fmt::join(assessment.subject->profiles, ", "),
                     percentage(figures.claimed_musts_tested, figures.claimed_musts), figures.claimed_musts_tested,
                     figures.all_musts, percentage(figures.claimed_musts_tested, figures.all_musts));
}

std::string conformance_sentence(const Report& report, const Assessment& assessment) {
  const Figures& figures = assessment.figures;
  const RunHeader& header = report.run->header;
  if (figures.conformant) return fmt::format("conformant: {}", fmt::join(assessment.subject->profiles, ", "));
  if (!assessment.subject->problem.empty()) return "not judged: its executable failed";
  const int deviating = figures.claimed_musts_deviating, not_kept = figures.claimed_musts_broken + deviating;
  if (not_kept > 0) {
    const char* const noun = not_kept == 1 ? "MUST" : "MUSTs";
    if (deviating == not_kept) return fmt::format("breaks {} {}, as recorded", not_kept, noun);
    return fmt::format("breaks {} {}", not_kept, noun) +
           (deviating > 0 ? fmt::format(", {} of them as recorded", deviating) : "");
  }
  std::string text = fmt::format("no violation in {} of {} MUSTs", figures.claimed_musts_passed, figures.claimed_musts);
  if (figures.claimed_musts_undecided > 0) text += fmt::format(", {} undecided", figures.claimed_musts_undecided);
  if (figures.stale_deviations > 0) text += "; deviations are recorded that it does not have any more";
  if (!header.complete) return text + "; the run was interrupted";
  if (!header.selection.everything()) return text + "; only a part of the tests was run";
  return text;
}

}  // namespace touchstone::tool
