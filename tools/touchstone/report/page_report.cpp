// index.html: one file that needs nothing else. page/page.html is the page, with places for what is put in here.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <report/markup.hpp>
#include <report/page_facts.hpp>
#include <report/page_templates.hpp>
#include <report/reports.hpp>
#include <report/suite_sources.hpp>

namespace touchstone::tool {

namespace {

/// Leaves out what is empty, false or null: most fields of most tests are.
nlohmann::json pruned(const nlohmann::json& value) {
  if (!value.is_structured()) return value;
  nlohmann::json kept = value.is_array() ? nlohmann::json::array() : nlohmann::json::object();
  for (const auto& [key, element] : value.items()) {
    const bool says_nothing =
        element.is_null() || element == "" || element == false || (element.is_structured() && element.empty());
    if (value.is_array()) {
      kept.push_back(pruned(element));
    } else if (!says_nothing) {
      kept[key] = pruned(element);
    }
  }
  return kept;
}

/// What the scripts look through.
nlohmann::json page_data(const Report& report) {
  nlohmann::json whole = report_json(report), subjects = nlohmann::json::array();
  for (nlohmann::json& subject : whole["subjects"]) {
    for (nlohmann::json& test : subject["tests"]) {
      if (test["verdict"] == "not-applicable") test.erase("replay");
      for (const char* key : {"level", "profile", "revision", "seed", "fingerprint"}) test.erase(key);
    }
    subjects.push_back(
        {{"name", subject["name"]}, {"requirements", subject["requirements"]}, {"tests", subject["tests"]}});
  }
  return pruned(
      {{"specification", whole["specification"]}, {"subjects", subjects}, {"sources", addresses_of_sources(report)}});
}

/// Inside a script element nothing may look like a tag. In JSON, this sign occurs in strings only.
std::string script_text(const nlohmann::json& json) {
  std::string text = json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  for (std::size_t found = 0; (found = text.find('<', found)) != std::string::npos;) text.replace(found, 1, "\\u003c");
  return text;
}

std::string title_of(const RunResult& run) {
  std::string names;
  for (const SubjectResult& subject : run.subjects) names += (names.empty() ? "" : ", ") + subject.name;
  return "Touchstone: " + names;
}

/// "suite 0.1.0 (a1b2c3, changed since), 426 requirements, 2026-01-31 12:00:00 UTC"
std::string about(const Report& report) {
  const RunHeader& header = report.run->header;
  const std::string commit =
      header.commit.empty() ? "" : fmt::format(" ({}{})", header.commit, header.dirty ? ", changed since" : "");
  std::string start = header.start;
  if (const std::size_t at = start.find('T'); at != std::string::npos) start[at] = ' ';
  if (start.ends_with('Z')) start.replace(start.size() - 1, 1, " UTC");
  return fmt::format("suite {}{}, {} requirements, {}", header.suite_version, commit,
                     report.specification->requirements.size(), start);
}

}  // namespace

std::string report_page(const Report& report) {
  return fill(page_template(), {{"TITLE", escape_markup(title_of(*report.run))},
                                {"ABOUT", escape_markup(about(report))},
                                {"BANNERS", banners_markup(report.run->header)},
                                {"FIGURES", figures_markup(report)},
                                {"LEGEND", legend_markup(report)},
                                {"FINDINGS", findings_markup(report)},
                                {"CHOICES", choices_markup(report)},
                                {"RUN", run_markup(report)},
                                {"DATA", script_text(page_data(report))}});
}

}  // namespace touchstone::tool
