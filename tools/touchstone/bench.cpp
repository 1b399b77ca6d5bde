// touchstone bench run: takes the time of executors, side by side. It reports, and asserts nothing.

#include <fmt/format.h>

#include <bench/session.hpp>
#include <command_line/json_file.hpp>
#include <command_line/streams.hpp>
#include <commands.hpp>
#include <nlohmann/json.hpp>
#include <results/exit_code.hpp>

namespace touchstone::tool {

namespace {

struct Options {
  BenchSettings settings;
  std::filesystem::path json;
};

void run(const Options& options) {
  require_writable(options.json);
  const BenchResult result = run_benchmarks(options.settings);
  if (!result.report.samples.empty()) print_result("{}", bench_table(result.report, Terminal::of(stdout)));
  for (const std::string& problem : result.problems) print_remark("touchstone: {}\n", problem);
  write_json(options.json, bench_json(result.report));
  if (result.exit_code != exit_expected) throw CLI::RuntimeError(result.exit_code);
}

}  // namespace

void add_bench_command(CLI::App& application) {
  CLI::App* bench = application.add_subcommand("bench", "Take the time of executors, side by side");
  bench->require_subcommand(1);
  CLI::App* command =
      bench->add_subcommand("run", "Run the benchmarks in turn, many fresh processes each; print medians and ratios");
  auto options = std::make_shared<Options>();
  add_bench_options(*command, options->settings);
  command->add_option("--json", options->json, "Write all figures, those of each process too")->type_name("FILE");
  command->callback([options] { run(*options); });
  add_bench_compare_command(*bench);
  add_bench_record_command(*bench);
  add_bench_history_command(*bench);
}

}  // namespace touchstone::tool
