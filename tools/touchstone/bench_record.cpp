// touchstone bench record and history: figures that are kept, and what becomes of them.

#include <fmt/format.h>
#include <unistd.h>

#include <bench/history_report.hpp>
#include <bench/record.hpp>
#include <bench/session.hpp>
#include <cerrno>
#include <command_line/json_file.hpp>
#include <command_line/output_file.hpp>
#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <command_line/validators.hpp>
#include <commands.hpp>
#include <cstring>
#include <nlohmann/json.hpp>
#include <regex>
#include <results/exit_code.hpp>

namespace touchstone::tool {

namespace {

namespace fs = std::filesystem;

struct RecordOptions {
  fs::path file;
  std::string label;
  BenchSettings settings;
};

struct HistoryOptions {
  fs::path file;
  std::string filter;
  fs::path json;
};

/// Before the work: what is there must be a history, and must be ours to write to.
void require_history(const fs::path& file) {
  std::error_code unknown;
  const bool is_there = fs::is_regular_file(file, unknown);
  const std::string why =
      is_there ? (access(file.c_str(), R_OK | W_OK) == 0 ? "" : std::strerror(errno)) : why_not_writable(file);
  if (!why.empty()) usage_error(fmt::format("{} cannot be written ({}); name another file", file.string(), why));
  if (!is_there) return;
  const History history = read_history(file);
  if (history.runs.empty() && !history.problems.empty()) {
    usage_error(fmt::format("{}\nThis is no history; name another file", history.problems.front()));
  }
}

void record(const RecordOptions& options) {
  require_history(options.file);
  Origin origin;
  {
    Processes processes;
    origin = origin_of(processes, fs::current_path());
  }
  origin.label = options.label;
  const BenchResult result = run_benchmarks(options.settings);
  for (const std::string& problem : result.problems) print_remark("touchstone: {}\n", problem);
  if (!result.report.samples.empty()) {
    print_result("{}", bench_table(result.report, Terminal::of(stdout)));
    const std::string line = record_line(result.report, origin);
    if (const std::string why = append_record(options.file, line); !why.empty()) {
      print_result("{}\n", line);
      print_remark("touchstone: {} cannot be written ({}): the line above is the record; append it to a history\n",
                   options.file.string(), why);
      throw CLI::RuntimeError(exit_harness_error);
    }
    print_remark("touchstone: recorded in {}\n", options.file.string());
  }
  if (result.exit_code != exit_expected) throw CLI::RuntimeError(result.exit_code);
}

std::vector<Series> selected(const History& history, const std::string& filter) {
  const std::regex pattern(filter);
  std::vector<Series> series = series_of(history);
  std::erase_if(series,
                [&](const Series& one) { return !std::regex_search(one.workload + " " + one.subject, pattern); });
  if (series.empty()) usage_error(fmt::format("--filter '{}' selects no workload and subject", filter));
  return series;
}

void show_history(const HistoryOptions& options) {
  require_writable(options.json);
  if (!fs::is_regular_file(options.file)) usage_error(fmt::format("there is no file {}", options.file.string()));
  const History history = read_history(options.file);
  for (const std::string& problem : history.problems) print_remark("touchstone: {}\n", problem);
  if (history.runs.empty()) usage_error(fmt::format("{} holds no record", options.file.string()));
  const std::vector<Series> series = selected(history, options.filter);
  print_result("{}", history_text(history, series, Terminal::of(stdout)));
  write_json(options.json, history_json(history, series));
}

}  // namespace

void add_bench_record_command(CLI::App& bench) {
  CLI::App* command = bench.add_subcommand("record", "Run the benchmarks, and append what they say to a history");
  auto options = std::make_shared<RecordOptions>();
  command->add_option("history", options->file, "A file with a line for each run; made where there is none")
      ->required()
      ->type_name("FILE");
  command->add_option("--label", options->label, "What to call this run, beside its commit")->type_name("TEXT");
  add_bench_options(*command, options->settings);
  command->callback([options] { record(*options); });
}

void add_bench_history_command(CLI::App& bench) {
  CLI::App* command = bench.add_subcommand("history", "Tell where the figures of a history went to another level");
  auto options = std::make_shared<HistoryOptions>();
  command->add_option("history", options->file, "What `touchstone bench record` has written")
      ->required()
      ->type_name("FILE");
  command->add_option("--filter", options->filter, "Only what matches somewhere in \"WORKLOAD SUBJECT\"")
      ->check(regular_expression())
      ->type_name("RE");
  command->add_option("--json", options->json, "Write all levels, those without changes too")->type_name("FILE");
  command->callback([options] { show_history(*options); });
}

}  // namespace touchstone::tool
