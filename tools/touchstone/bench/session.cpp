#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bench/measurement.hpp>
#include <bench/sampler.hpp>
#include <bench/session.hpp>
#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <command_line/validators.hpp>
#include <random>
#include <regex>
#include <results/exit_code.hpp>
#include <results/results.hpp>

namespace touchstone::tool {

namespace {

namespace fs = std::filesystem;

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
std::map<std::string, fs::path> find_benchmarks(const BenchSettings& settings, std::vector<std::string>& order) {
  const std::vector<std::string> known = known_benchmarks();
  const std::string exist = known.empty() ? "none was built" : "there are " + list_of(known, "and");
  std::map<std::string, fs::path> executables;
  for (const std::string& word : settings.subjects.empty() ? known : settings.subjects) {
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

/// The workloads that are selected, in the order in which the executables list them, with the subjects that have them.
std::vector<BenchWorkload> select_workloads(Sampler& sampler, const std::vector<std::string>& subjects,
                                            const BenchSettings& settings) {
  const std::regex filter(settings.filter);
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
    usage_error(fmt::format("--filter '{}' selects no workload; there are {}", settings.filter, list_of(all, "and")));
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

int exit_code_of(const BenchReport& report, const Sampler& sampler) {
  if (!report.complete) return exit_interrupted;
  if (!sampler.problems().empty()) return exit_harness_error;
  const bool failed =
      std::any_of(report.rows.begin(), report.rows.end(), [](const auto& row) { return !row.error.empty(); });
  return failed ? exit_unexpected : exit_expected;
}

BenchReport measure(const BenchSettings& settings, Processes& processes, Sampler& sampler,
                    std::vector<std::string> subjects) {
  BenchReport report;
  const std::vector<BenchWorkload> workloads = select_workloads(sampler, subjects, settings);
  report.subjects = std::move(subjects);
  for (const BenchWorkload& workload : workloads) report.workloads.push_back(workload.name);
  report.machine = this_machine();
  report.quick = settings.quick;
  report.rounds = settings.rounds.value_or(settings.quick ? quick_rounds : usual_rounds);
  report.seed = settings.seed ? *settings.seed : std::random_device()();
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

}  // namespace

void add_bench_options(CLI::App& command, BenchSettings& settings) {
  command
      .add_option("subjects", settings.subjects,
                  "Names of subjects, or paths of benchmark executables; none: all that were built")
      ->type_name("SUBJECT");
  command.add_option("--filter", settings.filter, "Only workloads whose names match somewhere")
      ->check(regular_expression())
      ->type_name("RE");
  command.add_flag("--quick", settings.quick, "Small workloads, few processes: shows that it works, and no figures");
  command.add_option("--rounds", settings.rounds, "Processes a subject and workload (default 6, quick 2)")
      ->check(whole_number(1))
      ->type_name("N");
  command.add_option("--seed", settings.seed, "Seed of the order (default: a new one, printed)")
      ->check(whole_number())
      ->type_name("N");
}

BenchResult run_benchmarks(const BenchSettings& settings) {
  std::vector<std::string> subjects;
  std::map<std::string, fs::path> executables = find_benchmarks(settings, subjects);
  Processes processes;
  Sampler sampler(processes, std::move(executables), {.quick = settings.quick, .seconds = settings.quick ? 0.01 : 0.2});
  BenchResult result;
  result.report = measure(settings, processes, sampler, std::move(subjects));
  result.problems = sampler.problems();
  result.exit_code = exit_code_of(result.report, sampler);
  return result;
}

}  // namespace touchstone::tool
