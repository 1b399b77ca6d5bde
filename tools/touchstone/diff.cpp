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
    return {fmt::format("a report is not as spec/report.schema.json says: {}", error.what()), {}, {}, {}};
  }
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
    if (!change.reason.empty()) {
      fmt::print("{:{}}{}\n", "", indent,
                 wrap_indented(change.reason, static_cast<std::size_t>(terminal.width), indent));
    }
    if (kind == ChangeKind::worse && !change.replay.empty()) {
      fmt::print("{:{}}replay: {}\n", "", indent, change.replay);
    }
  }
}

/// "12 unchanged, 3 worse, 1 better": what there is of each kind.
std::string summary_of(const Comparison& comparison) {
  std::string text = fmt::format("{} unchanged", comparison.count_unchanged());
  for (const ChangeKind kind : change_kinds()) {
    const std::size_t count = comparison.count(kind);
    if (count > 0) text += fmt::format(", {} {}", count, to_string(kind));
  }
  return text;
}

void diff(const std::filesystem::path& before, const std::filesystem::path& after) {
  const Comparison comparison = compare_files(before, after);
  if (!comparison.not_comparable.empty()) {
    fmt::print(stderr, "touchstone: not comparable: {}\n", comparison.not_comparable);
    throw CLI::RuntimeError(exit_not_comparable);
  }
  const Terminal terminal = Terminal::of(stdout);
  for (const ChangeKind kind : change_kinds()) print(comparison, kind, terminal);
  for (const std::string& remark : comparison.remarks) fmt::print("{}\n", remark);
  fmt::print("{}\n", summary_of(comparison));
  if (comparison.count(ChangeKind::worse) > 0) throw CLI::RuntimeError(exit_unexpected);
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
