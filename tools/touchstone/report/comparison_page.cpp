#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <report/comparison_page.hpp>
#include <report/markup.hpp>
#include <report/page_templates.hpp>
#include <report/reports.hpp>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

// --- What changed ---------------------------------------------------------------------------------

/// What a kind of change says, where its name does not say it all.
std::string_view meaning_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::worse:
      return "Fails now and did not before, or was kept and is not any more. A recorded deviation is no failure.";
    case ChangeKind::better:
      return "Is kept now, and was not.";
    case ChangeKind::neither:
      return "What is not tested, or was not, shows nothing about the subject; nor does a failure that is recorded "
             "now, or "
             "fails in another way.";
    case ChangeKind::new_test:
      return "Tests that the older run did not have.";
    default:
      return "Tests that the newer run does not have.";
  }
}

/// The verdict in one of the runs; nothing where that run did not have the test.
std::string verdict_cell(const Change& change, bool newer) {
  const bool has_it = change.kind != (newer ? ChangeKind::gone_test : ChangeKind::new_test);
  return cell_markup(has_it ? verdict_markup(newer ? change.after : change.before) : "no such test", "",
                     newer ? "newer" : "older");
}

std::string change_row(const Change& change) {
  std::string why = escape_markup(change.why);
  if (change.kind == ChangeKind::worse && !change.replay.empty()) {
    why += fmt::format("<div class=\"line\"><code>{}</code></div>", escape_markup(change.replay));
  }
  return row_markup({requirement_cell(change.requirement, change.title), cell_markup(escape_markup(change.subject)),
                     cell_markup(escape_markup(change.test), "mono"), verdict_cell(change, false),
                     verdict_cell(change, true), cell_markup(why, "why")});
}

std::string heading_of(ChangeKind kind) {
  std::string heading(to_string(kind));
  heading[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(heading[0])));
  return heading;
}

std::string changes_markup(const Comparison& comparison) {
  std::string text;
  for (const ChangeKind kind : change_kinds()) {
    std::string rows;
    for (const Change& change : comparison.changes) rows += change.kind == kind ? change_row(change) : "";
    const bool is_asked_for = kind == ChangeKind::worse || kind == ChangeKind::better;
    if (rows.empty() && !is_asked_for) continue;
    text += fmt::format("<h2>{}: {}</h2>\n", heading_of(kind), comparison.count(kind));
    if (rows.empty()) continue;
    text += fmt::format("<p class=\"soft\">{}</p>\n", meaning_of(kind));
    text += table_markup({"Requirement", "Subject", "Test", "Older", "Newer", "Why"}, rows);
  }
  return text;
}

// --- The rest -------------------------------------------------------------------------------------

const Json* find_subject(const Json& report, const std::string& name) {
  for (const Json& subject : report.at("subjects")) {
    if (subject.at("name") == name) return &subject;
  }
  return nullptr;
}

/// The conformance sentence and the coverage of a subject in one of the runs.
std::string seen_cell(const Json* subject, std::string_view label) {
  if (subject == nullptr) return cell_markup("no such subject", "", label);
  const Json& figures = subject->at("figures");
  const int tested = figures.at("claimed_musts_tested"), claimed = figures.at("claimed_musts");
  return cell_markup(fmt::format("<span class=\"{}\">{}</span><div class=\"line\">{} tested: {} of {} MUSTs of its "
                                 "profiles</div>",
                                 subject->at("conformant").get<bool>() ? "yes" : "",
                                 escape_markup(subject->at("conformance").get<std::string>()),
                                 percentage(tested, claimed), tested, claimed),
                     "seen", label);
}

std::string unchanged_cell(const Comparison& comparison, const std::string& name) {
  std::string text;
  const auto found = comparison.unchanged.find(name);
  if (found == comparison.unchanged.end()) return cell_markup("none", "", "unchanged tests");
  for (const auto& [verdict, count] : found->second) text += fmt::format("{} {}<br>", verdict_markup(verdict), count);
  return cell_markup(text, "figure", "unchanged tests");
}

std::string rest_markup(const Json& before, const Json& after, const Comparison& comparison) {
  std::string rows;
  for (const Json& subject : after.at("subjects")) {
    const std::string name = subject.at("name");
    const auto changed = std::count_if(comparison.changes.begin(), comparison.changes.end(),
                                       [&name](const Change& change) { return change.subject == name; });
    rows += row_markup({fmt::format("<th scope=\"row\" role=\"rowheader\" class=\"name\">{}</th>", escape_markup(name)),
                        seen_cell(find_subject(before, name), "older"), seen_cell(&subject, "newer"),
                        cell_markup(fmt::format("<b>{}</b>", changed), "figure", "changed tests"),
                        unchanged_cell(comparison, name)});
  }
  return fmt::format("<h2>The subjects</h2>\n{}",
                     table_markup({"Subject", "Older", "Newer", "Changed tests", "Unchanged tests"}, rows));
}

// --- The runs -------------------------------------------------------------------------------------

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string runs_markup(const Json& before, const Json& after, const Comparison& comparison) {
  const Json &older = before.at("run"), &newer = after.at("run");
  std::string rows;
  for (const auto& [name, key] : {std::pair("start", "start"),
                                  {"suite", "suite_version"},
                                  {"commit", "commit"},
                                  {"system", "system"},
                                  {"CPUs", "cpu_count"},
                                  {"seed", "seed"},
                                  {"strict", "strict"}}) {
    rows += row_markup({fmt::format("<th scope=\"row\" role=\"rowheader\">{}</th>", name),
                        cell_markup(escape_markup(text_of(older.at(key))), "", "older"),
                        cell_markup(escape_markup(text_of(newer.at(key))), "", "newer")});
  }
  std::string remarks;
  for (const std::string& remark : comparison.remarks) remarks += fmt::format("<li>{}</li>\n", escape_markup(remark));
  if (!remarks.empty()) remarks = fmt::format("<h2>What else differs</h2>\n<ul>{}</ul>\n", remarks);
  return fmt::format("{}<h2>The runs</h2>\n{}", remarks, table_markup({"Fact", "Older", "Newer"}, rows));
}

}  // namespace

std::string comparison_page(const Json& before, const Json& after, const Comparison& comparison) {
  return fill(comparison_template(), {{"TITLE", "Touchstone: two runs"},
                                      {"ABOUT", escape_markup(summary_of(comparison))},
                                      {"CHANGES", changes_markup(comparison)},
                                      {"REST", rest_markup(before, after, comparison)},
                                      {"RUNS", runs_markup(before, after, comparison)}});
}

}  // namespace touchstone::tool
