// touchstone bench run: takes the time of executors, side by side. It reports, and asserts nothing.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bench/report.hpp>
#include <bench/sampler.hpp>
#include <command_line/output_file.hpp>
#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <command_line/terminal.hpp>
#include <command_line/validators.hpp>
#include <commands.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <regex>
#include <results/exit_code.hpp>
#include <results/results.hpp>

namespace touchstone::tool {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> subjects;
  std::string filter;
  bool quick = false;
  std::optional<int> rounds;
  std::optional<std::uint64_t> seed;
  fs::path json;
};

constexpr int usual_rounds = 6;  // the range of so many figures covers the true median with 97 %
constexpr int quick_rounds = 2;

/// What others are compared with, where they have the workload.
constexpr std::array usual_baselines = {"reference", "python_fork", "reference_spawn"};

bool is_executable_file(const fs::path& path) { return fs::is_regular_file(path) && access(path.c_str(), X_OK) == 0; }

std::vector<std::string> known_benchmarks() {
  std::vector<std::string> names;
  const fs::path folder = command_folder() / "bench";
  if (fs::is_directory(folder)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      if (is_executable_file(entry.path())) names.push_back(entry.path().filename());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

void put_baselines_first(std::vector<std::string>& order) {
  auto place = order.begin();
  for (const char* const name : usual_baselines) {
    const auto baseline = std::find(place, order.end(), name);
    if (baseline == order.end()) continue;
    std::rotate(place, baseline, baseline + 1);
    ++place;
  }
}

/// The executables by name, those that were asked for or all, and the order of their names.
std::map<std::string, fs::path> find_benchmarks(const Options& options, std::vector<std::string>& order) {
  const std::vector<std::string> known = known_benchmarks();
  const std::string exist = known.empty() ? "none was built" : "there are " + list_of(known, "and");
  std::map<std::string, fs::path> executables;
  for (const std::string& word : options.subjects.empty() ? known : options.subjects) {
    const bool is_path = word.find('/') != std::string::npos;
    const fs::path path = is_path ? fs::path(word) : command_folder() / "bench" / word;
    if (!is_executable_file(path)) {
      usage_error(
          fmt::format("there is no benchmark of {}; {}; or give the path of a benchmark executable", word, exist));
    }
    const std::string name = path.filename();
    const auto [place, is_new] = executables.emplace(name, path);
    if (is_new) {
      order.push_back(name);
    } else if (!fs::equivalent(place->second, path)) {
      usage_error(fmt::format("{} and {} have the same name; rename one", place->second.string(), path.string()));
    }
  }
  if (executables.empty())
    usage_error("there are no benchmarks beside this command; build the target all, or give a path");
  put_baselines_first(order);
  return executables;
}

std::regex filter_of(const Options& options) {
  try {
    return std::regex(options.filter);
  } catch (const std::regex_error& error) {
    usage_error(fmt::format("--filter '{}' is no regular expression: {}", options.filter, error.what()));
  }
}

/// The workloads that are selected, in the order in which the executables list them, with the subjects that have them.
std::vector<BenchWorkload> select_workloads(Sampler& sampler, const std::vector<std::string>& subjects,
                                            const Options& options) {
  const std::regex filter = filter_of(options);
  std::vector<BenchWorkload> selected;
  std::vector<std::string> all;
  for (const std::string& subject : subjects) {
    for (const std::string& name : sampler.workloads_of(subject)) {
      if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
      if (!std::regex_search(name, filter)) continue;
      auto workload = std::find_if(selected.begin(), selected.end(), [&](const auto& one) { return one.name == name; });
      if (workload == selected.end()) workload = selected.insert(selected.end(), BenchWorkload{name, {}});
      workload->subjects.push_back(subject);
    }
  }
  if (selected.empty() && sampler.problems().empty()) {
    usage_error(fmt::format("--filter '{}' selects no workload; there are {}", options.filter, list_of(all, "and")));
  }
  return selected;
}

/// Written between processes only: while one measures, the command does nothing.
class BenchProgress {
 public:
  explicit BenchProgress(std::size_t steps) : terminal_(Terminal::of(stderr)), steps_(steps) {}
  ~BenchProgress() { clear(); }
  BenchProgress(const BenchProgress&) = delete;
  BenchProgress& operator=(const BenchProgress&) = delete;

  void begins(const BenchStep& step, int rounds) {
    ++number_;
    if (terminal_.live) {
      const std::string line = fmt::format("{}/{}  round {} of {}  {}  {}", number_, steps_, step.round, rounds,
                                           step.workload, step.subject);
      print_remark("\r{}\033[K", fit(line, static_cast<std::size_t>(terminal_.width - 1)));
    } else if (step.round != round_) {
      print_remark("round {} of {}\n", step.round, rounds);
    }
    round_ = step.round;
    std::fflush(stderr);
  }

 private:
  void clear() const {
    if (terminal_.live) print_remark("\r\033[K");
  }

  Terminal terminal_;
  std::size_t steps_;
  std::size_t number_ = 0;
  int round_ = 0;
};

[[noreturn]] void cannot_write(const fs::path& file, const std::string& why) {
  throw std::runtime_error(fmt::format("{} cannot be written ({}); choose another with --json", file.string(), why));
}

void write_json(const BenchReport& report, const fs::path& file) {
  const std::string text = bench_json(report).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (const std::string why = replace_file(file, text); !why.empty()) cannot_write(file, why);
}

int exit_code_of(const BenchReport& report, const Sampler& sampler) {
  if (!report.complete) return exit_interrupted;
  if (!sampler.problems().empty()) return exit_harness_error;
  const bool failed =
      std::any_of(report.rows.begin(), report.rows.end(), [](const auto& row) { return !row.error.empty(); });
  return failed ? exit_unexpected : exit_expected;
}

BenchReport measure(const Options& options, Processes& processes, Sampler& sampler, std::vector<std::string> subjects) {
  BenchReport report;
  const std::vector<BenchWorkload> workloads = select_workloads(sampler, subjects, options);
  report.subjects = std::move(subjects);
  for (const BenchWorkload& workload : workloads) report.workloads.push_back(workload.name);
  report.machine = this_machine();
  report.quick = options.quick;
  report.rounds = options.rounds.value_or(options.quick ? quick_rounds : usual_rounds);
  report.seed = options.seed ? *options.seed : std::random_device()();
  report.start = utc_text(std::chrono::system_clock::now());
  report.load_before = load_average();
  const std::vector<BenchStep> plan = make_plan(workloads, report.rounds, report.seed);
  {
    BenchProgress progress(plan.size());
    for (const BenchStep& step : plan) {
      if (processes.interrupted()) break;
      progress.begins(step, report.rounds);
      sampler.measure(step);
    }
  }
  report.complete = !processes.interrupted();
  report.load_after = load_average();
  report.end = utc_text(std::chrono::system_clock::now());
  report.builds = sampler.builds();
  report.samples = sampler.samples();
  report.rows = rows_of(report.samples, report.workloads, report.subjects);
  report.goals = hold_against(process_pool_goals(), report.samples);
  return report;
}

void run(const Options& options) {
  if (const std::string why = options.json.empty() ? "" : why_not_writable(options.json); !why.empty()) {
    cannot_write(options.json, why);
  }
  std::vector<std::string> subjects;
  std::map<std::string, fs::path> executables = find_benchmarks(options, subjects);
  Processes processes;
  Sampler sampler(processes, std::move(executables), {.quick = options.quick, .seconds = options.quick ? 0.01 : 0.2});
  const BenchReport report = measure(options, processes, sampler, std::move(subjects));
  if (!report.samples.empty()) print_result("{}", bench_table(report, Terminal::of(stdout)));
  for (const std::string& problem : sampler.problems()) print_remark("touchstone: {}\n", problem);
  if (!options.json.empty()) write_json(report, options.json);
  const int code = exit_code_of(report, sampler);
  if (code != exit_expected) throw CLI::RuntimeError(code);
}

}  // namespace

void add_bench_command(CLI::App& application) {
  CLI::App* bench = application.add_subcommand("bench", "Take the time of executors, side by side");
  bench->require_subcommand(1);
  CLI::App* command =
      bench->add_subcommand("run", "Run the benchmarks in turn, many fresh processes each; print medians and ratios");
  auto options = std::make_shared<Options>();
  command
      ->add_option("subjects", options->subjects,
                   "Names of subjects, or paths of benchmark executables; none: all that were built")
      ->type_name("SUBJECT");
  command->add_option("--filter", options->filter, "Only workloads whose names match somewhere")->type_name("RE");
  command->add_flag("--quick", options->quick, "Small workloads, few processes: shows that it works, and no figures");
  command->add_option("--rounds", options->rounds, "Processes a subject and workload (default 6, quick 2)")
      ->check(whole_number(1))
      ->type_name("N");
  command->add_option("--seed", options->seed, "Seed of the order (default: a new one, printed)")
      ->check(whole_number())
      ->type_name("N");
  command->add_option("--json", options->json, "Write all figures, those of each process too")->type_name("FILE");
  command->callback([options] { run(*options); });
  add_bench_compare_command(*bench);
}

}  // namespace touchstone::tool
