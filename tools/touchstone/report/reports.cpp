#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <report/badge.hpp>
#include <report/reports.hpp>
#include <stdexcept>

namespace touchstone::tool {

namespace {

void write(const std::filesystem::path& file, const std::string& content) {
  std::ofstream stream(file, std::ios::binary);
  stream << content;
  stream.close();
  if (!stream)
    throw std::runtime_error(fmt::format("{} cannot be written; choose another folder with --output", file.string()));
}

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
  return made;
}

void write_reports(const Report& report, const std::filesystem::path& folder) {
  // Text from subjects may be anything; what is not UTF-8 is replaced.
  constexpr auto replace = nlohmann::json::error_handler_t::replace;
  write(folder / "report.json", report_json(report).dump(1, ' ', false, replace) + "\n");
  write(folder / "junit.xml", report_junit(report));
  write(folder / "summary.md", report_markdown(report));
  write(folder / "index.html", report_page(report));
  for (const Assessment& one : report.subjects) write(folder / badge_file(*one.subject), badge_svg(report, one));
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
