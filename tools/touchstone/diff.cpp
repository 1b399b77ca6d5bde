// touchstone diff OLD.json NEW.json: which verdicts changed.

#include <fmt/format.h>

#include <command_line/places.hpp>
#include <command_line/terminal.hpp>
#include <commands.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <report/comparison.hpp>
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

Comparison compare_files(const std::filesystem::path& before, const std::filesystem::path& after) {
  const nlohmann::json older = read_report(before), newer = read_report(after);
  try {
    return compare(older, newer);
  } catch (const nlohmann::json::exception& error) {
    return {fmt::format("a report is not as spec/report.schema.json says: {}", error.what()), {}, {}, 0};
  }
}

void print(const Comparison& comparison, ChangeKind kind, std::string_view title, const Terminal& terminal) {
  bool first = true;
  for (const Change& change : comparison.changes) {
    if (change.kind != kind) continue;
    if (first) fmt::print("{}\n", terminal.bold(title));
    first = false;
    fmt::print("  {:8} {}  {}: {} -> {}\n", change.requirement, change.subject, change.test, to_string(change.before),
               terminal.paint(to_string(change.after), change.after));
    if (kind == ChangeKind::regression && !change.replay.empty()) fmt::print("           replay: {}\n", change.replay);
  }
}

void diff(const std::filesystem::path& before, const std::filesystem::path& after) {
  const Comparison comparison = compare_files(before, after);
  if (!comparison.not_comparable.empty()) {
    fmt::print(stderr, "touchstone: not comparable: {}\n", comparison.not_comparable);
    throw CLI::RuntimeError(exit_not_comparable);
  }
  const Terminal terminal = Terminal::of(stdout);
  print(comparison, ChangeKind::regression, "regressions", terminal);
  print(comparison, ChangeKind::improvement, "improvements", terminal);
  print(comparison, ChangeKind::other, "other changes", terminal);
  for (const std::string& remark : comparison.remarks) fmt::print("{}\n", remark);
  fmt::print("{} unchanged, {} changed\n", comparison.unchanged, comparison.changes.size());
  if (comparison.has_regressions()) throw CLI::RuntimeError(exit_unexpected);
}

}  // namespace

void add_diff_command(CLI::App& application) {
  CLI::App* command = application.add_subcommand("diff", "Compare two files report.json: which verdicts changed");
  auto before = std::make_shared<std::filesystem::path>();
  auto after = std::make_shared<std::filesystem::path>();
  command->add_option("old", *before, "The older report.json")->required()->type_name("OLD.json");
  command->add_option("new", *after, "The newer report.json")->required()->type_name("NEW.json");
  command->callback([before, after] { diff(*before, *after); });
}

}  // namespace touchstone::tool
