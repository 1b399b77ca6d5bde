// touchstone bench compare: whether one build of an executor is slower than another.

#include <fmt/format.h>

#include <algorithm>
#include <bench/comparison_report.hpp>
#include <bench/measurement.hpp>
#include <bench/pair_sampler.hpp>
#include <command_line/json_file.hpp>
#include <command_line/places.hpp>
#include <command_line/progress_line.hpp>
#include <command_line/streams.hpp>
#include <command_line/validators.hpp>
#include <commands.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <results/exit_code.hpp>
#include <results/results.hpp>

namespace touchstone::tool {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string a, b;
  std::string subject = "reference";
  std::string filter;
  std::string placement = "one_core";
  double counts_percent = 5;
  int rounds = 400;
  int processes = 6;
  int most_processes = 24;
  std::optional<std::uint64_t> seed;
  bool force = false;
  fs::path json;
};

std::vector<ComparedWorkload> select(const ComparedArm& a, const ComparedArm& b, const std::string& filter) {
  const std::regex pattern(filter);
  std::vector<ComparedWorkload> selected;
  std::vector<std::string> common;
  for (const std::string& name : a.module.workloads) {
    if (std::ranges::find(b.module.workloads, name) == b.module.workloads.end()) continue;
    common.push_back(name);
    if (std::regex_search(name, pattern)) selected.push_back({name, {}, {}, ""});
  }
  if (selected.empty()) {
    usage_error(
        fmt::format("--filter '{}' selects no workload that both have; there are {}", filter, list_of(common, "and")));
  }
  return selected;
}

/// Processes of all workloads by turns, then more of those that are undecided, until they are decided or have the most.
class ComparisonRun {
 public:
  ComparisonRun(const Options& options, Processes& processes, PairSampler& sampler, ComparisonReport& report)
      : options_(options), processes_(processes), sampler_(sampler), report_(report) {}

  void run() {
    const int most = std::max(options_.processes, options_.most_processes);
    for (int number = 0; number < most; ++number) {
      for (ComparedWorkload& workload : report_.workloads) {
        if (number >= options_.processes && !is_undecided(workload)) continue;
        show(workload.name, number);
        measure(workload, number);
        if (processes_.interrupted()) return;
      }
    }
  }

 private:
  static bool is_undecided(const ComparedWorkload& workload) {
    return workload.error.empty() && workload.comparison.change == TimeChange::inconclusive;
  }

  void measure(ComparedWorkload& workload, int number) {
    if (!workload.error.empty()) return;
    try {
      workload.processes.push_back(sampler_.measure(workload.name, number, report_.a.path, report_.b.path));
      workload.comparison = compare_times(workload.processes, report_.counts);
    } catch (const BenchOutputError& error) {
      if (!processes_.interrupted()) workload.error = error.what();
    }
    ++done_;
  }

  void show(const std::string& workload, int number) {
    const auto undecided = static_cast<std::size_t>(std::ranges::count_if(report_.workloads, is_undecided));
    const std::size_t all = report_.workloads.size() * static_cast<std::size_t>(options_.processes);
    const bool is_longer = number >= options_.processes;
    const auto elapsed = std::chrono::steady_clock::now() - begin_;
    progress_.show(
        fmt::format("process {}  {}  {}", number + 1, workload,
                    is_longer ? counted(undecided, "workload") + " undecided" : time_left(elapsed, done_, all)));
  }

  const Options& options_;
  Processes& processes_;
  PairSampler& sampler_;
  ComparisonReport& report_;
  ProgressLine progress_{Terminal::of(stderr)};
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::size_t done_ = 0;
};

int exit_code_of(const ComparisonReport& report) {
  if (!report.complete) return exit_interrupted;
  const auto any = [&](auto is_so) { return std::ranges::any_of(report.workloads, is_so); };
  if (any([](const auto& workload) { return !workload.error.empty(); })) return exit_harness_error;
  if (any([](const auto& workload) { return workload.comparison.change == TimeChange::regression; }))
    return exit_unexpected;
  if (any([](const auto& workload) { return workload.comparison.change == TimeChange::inconclusive; })) {
    return exit_inconclusive;
  }
  return exit_expected;
}

void compare_arms(const Options& options) {
  require_writable(options.json);
  const fs::path program = command_folder() / "measure_pairs";
  if (!fs::is_regular_file(program)) {
    usage_error(fmt::format("there is no {}: build the target measure_pairs", program.string()));
  }
  Processes processes;
  ComparisonReport report;
  report.seed = options.seed ? *options.seed : std::random_device()();
  PairSampler sampler(processes, program,
                      {.rounds = options.rounds, .placement = options.placement, .seed = report.seed});
  report.a = find_arm(options.a, options.subject, processes, sampler);
  report.b = find_arm(options.b, options.subject, processes, sampler);
  if (const std::string why = difference_of(report.a.module, report.b.module); !why.empty() && !options.force) {
    print_remark("touchstone: {}: that is not comparable; --force compares it all the same\n", why);
    throw CLI::RuntimeError(exit_not_comparable);
  }
  report.workloads = select(report.a, report.b, options.filter);
  report.placement = options.placement;
  report.counts = options.counts_percent / 100;
  report.rounds = options.rounds;
  report.machine = this_machine();
  report.start = utc_text(std::chrono::system_clock::now());
  report.load_before = load_average();
  ComparisonRun(options, processes, sampler, report).run();
  report.complete = !processes.interrupted();
  report.load_after = load_average();
  report.end = utc_text(std::chrono::system_clock::now());
  print_result("{}", comparison_table(report, Terminal::of(stdout)));
  write_json(options.json, comparison_json(report));
  const int code = exit_code_of(report);
  if (code != exit_expected) throw CLI::RuntimeError(code);
}

}  // namespace

void add_bench_compare_command(CLI::App& bench) {
  CLI::App* command = bench.add_subcommand(
      "compare", "Tell whether B is slower than A: by turns in one process, many processes, against A's own noise");
  auto options = std::make_shared<Options>();
  command
      ->add_option("A", options->a, "A subject beside this command, a module (.so), the folder of a build, or a commit")
      ->required();
  command->add_option("B", options->b, "The same: what is to be no slower")->required();
  command->add_option("--subject", options->subject, "Whose module to take of a folder or a commit (default reference)")
      ->type_name("NAME");
  command->add_option("--filter", options->filter, "Only workloads whose names match somewhere")
      ->check(regular_expression())
      ->type_name("RE");
  command
      ->add_option(
          "--placement", options->placement,
          "Where threads run: one_core (default; what calls cost in work), own_cores (what cores cost each other "
          "comes in), free")
      ->check(CLI::IsMember({"one_core", "own_cores", "free"}))
      ->type_name("WHERE");
  command->add_option("--counts", options->counts_percent, "From how many percent on a change counts (default 5)")
      ->check(positive_number())
      ->type_name("PERCENT");
  command->add_option("--rounds", options->rounds, "Rounds a process (default 400)")
      ->check(whole_number(1, 1'000'000))
      ->type_name("N");
  command->add_option("--processes", options->processes, "Processes a workload, at least (default 6)")
      ->check(whole_number(1, 10'000))
      ->type_name("N");
  command->add_option("--most-processes", options->most_processes, "The same, where it is not decided (default 24)")
      ->check(whole_number(1, 10'000))
      ->type_name("N");
  command->add_option("--seed", options->seed, "Seed of the orders (default: a new one, printed)")
      ->check(whole_number())
      ->type_name("N");
  command->add_flag("--force", options->force, "Compare builds that were not compiled alike, too");
  command->add_option("--json", options->json, "Write all figures, those of each round too")->type_name("FILE");
  command->callback([options] { compare_arms(*options); });
}

}  // namespace touchstone::tool
