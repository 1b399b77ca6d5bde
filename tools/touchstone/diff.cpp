// touchstone diff OLD.json NEW.json: which verdicts changed, on the terminal and side by side as a page.

#include <fmt/format.h>

#include <command_line/output_file.hpp>
#include <command_line/places.hpp>
#include <command_line/terminal.hpp>
#include <commands.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <report/comparison_page.hpp>
#include <results/exit_code.hpp>

namespace touchstone::tool {

namespace {

nlohmann::json read_report(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) usage_error(fmt::format("{} cannot be read; give two files report.json", file.string()));
  nlohmann::json report = nlohmann::json::parse(stream, nullptr, false);
  if (!report.is_object()) usage_error(fmt::format("{} is no report.json", file.string()));
  return report;
}

/// "pass -> fail"; of a test that only one of the runs has, its verdict there.
std::string verdicts_of(const Change& change, const Terminal& terminal) {
  if (change.kind == ChangeKind::gone_test) return std::string(to_string(change.before));
  const std::string after = terminal.paint(to_string(change.after), change.after);
  return change.kind == ChangeKind::new_test ? after : fmt::format("{} -> {}", to_string(change.before), after);
}

void print(const Comparison& comparison, ChangeKind kind, const Terminal& terminal) {
  constexpr int indent = 11;
  if (comparison.count(kind) > 0) fmt::print("{}\n", terminal.bold(to_string(kind)));
  for (const Change& change : comparison.changes) {
    if (change.kind != kind) continue;
    if (!change.requirement.empty()) fmt::print("  {:8} {}\n", change.requirement, change.title);
    fmt::print("{:{}}{}  {}: {}\n", "", indent, change.subject, change.test, verdicts_of(change, terminal));
    if (!change.why.empty()) {
      fmt::print("{:{}}{}\n", "", indent, wrap_indented(change.why, static_cast<std::size_t>(terminal.width), indent));
    }
    if (kind == ChangeKind::worse && !change.replay.empty()) {
      fmt::print("{:{}}replay: {}\n", "", indent, change.replay);
    }
  }
}

void write_page(const std::filesystem::path& file, const std::string& page) {
  const std::string why = replace_file(file, page);
  if (!why.empty()) {
    throw std::runtime_error(
        fmt::format("{} cannot be written ({}); choose another file with --html", file.string(), why));
  }
}

[[noreturn]] void not_comparable(const std::string& why) {
  fmt::print(stderr, "touchstone: not comparable: {}\n", why);
  throw CLI::RuntimeError(exit_not_comparable);
}

struct Options {
  std::filesystem::path before, after, html;
};

Comparison compare_files(const Options& options) {
  const nlohmann::json older = read_report(options.before), newer = read_report(options.after);
  try {
    Comparison comparison = compare(older, newer);
    if (!comparison.not_comparable.empty()) not_comparable(comparison.not_comparable);
    if (!options.html.empty()) write_page(options.html, comparison_page(older, newer, comparison));
    return comparison;
  } catch (const nlohmann::json::exception& error) {
    not_comparable(fmt::format("a report is not as spec/report.schema.json says: {}", error.what()));
  }
}

void diff(const Options& options) {
  const Comparison comparison = compare_files(options);
  const Terminal terminal = Terminal::of(stdout);
  for (const ChangeKind kind : change_kinds()) print(comparison, kind, terminal);
  for (const std::string& remark : comparison.remarks) fmt::print("{}\n", remark);
  fmt::print("{}\n", summary_of(comparison));
  if (!options.html.empty()) fmt::print("side by side: {}\n", options.html.string());
  if (comparison.count(ChangeKind::worse) > 0) throw CLI::RuntimeError(exit_unexpected);
}

}  // namespace

void add_diff_command(CLI::App& application) {
  CLI::App* command = application.add_subcommand("diff", "Compare two files report.json: which verdicts changed");
  auto options = std::make_shared<Options>();
  command->add_option("old", options->before, "The older report.json")->required()->type_name("OLD.json");
  command->add_option("new", options->after, "The newer report.json")->required()->type_name("NEW.json");
  command->add_option("--html", options->html, "Write both side by side as a page, too")->type_name("FILE");
  command->callback([options] { diff(*options); });
}

}  // namespace touchstone::tool
