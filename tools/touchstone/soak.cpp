// touchstone soak SUBJECT --runs N: does any verdict ever differ?
//
// Half of the runs share the machine with a process on each core that never rests, half have one core for all
// their threads: between them they bring up most of the interleavings that a busy machine brings up.

#include <fmt/format.h>
#include <sched.h>

#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <command_line/terminal.hpp>
#include <command_line/validators.hpp>
#include <commands.hpp>
#include <fstream>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <results/exit_code.hpp>
#include <run/session.hpp>
#include <thread>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

struct Options {
  std::filesystem::path spec_folder;
  std::string subject;
  Selection selection;
  int runs = 100;
  std::uint64_t seed = 1;
  double time_scale = 1;
  std::filesystem::path file;
};

/// The last of the cores that this process may use.
int last_allowed_core() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  sched_getaffinity(0, sizeof(cpus), &cpus);
  int last = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &cpus)) last = cpu;
  }
  return last;
}

[[noreturn]] void never_rest() {
  for (volatile unsigned count = 0;;) count = count + 1;
}

/// The file: a first line that says what is soaked, with the verdicts of the first run, then a line a run.
class SoakFile {
 public:
  explicit SoakFile(std::filesystem::path file) : file_(std::move(file)) {
    std::ifstream stream(file_);
    for (std::string line; std::getline(stream, line);) {
      Json parsed = Json::parse(line, nullptr, false);
      // A run that was interrupted while it wrote leaves a piece of a line: it is done again.
      if (!parsed.is_object()) continue;
      if (parsed.contains("touchstone_soak")) {
        head_ = std::move(parsed);
      } else {
        runs_.push_back(std::move(parsed));
      }
    }
  }

  [[nodiscard]] const Json& head() const { return head_; }
  [[nodiscard]] const std::vector<Json>& runs() const { return runs_; }
  [[nodiscard]] int done() const { return static_cast<int>(runs_.size()); }

  void begin(Json head) {
    head_ = std::move(head);
    append(head_);
  }

  void add(Json run) {
    append(run);
    runs_.push_back(std::move(run));
  }

 private:
  void append(const Json& line) {
    std::ofstream stream(file_, std::ios::app);
    stream << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
    if (!stream) throw std::runtime_error(file_.string() + " cannot be written; choose another with --file");
  }

  std::filesystem::path file_;
  Json head_;
  std::vector<Json> runs_;
};

Json verdicts_of(const SubjectResult& result) {
  Json verdicts = Json::object();
  for (const TestResult& test : result.tests) verdicts[test.test] = to_string(test.verdict);
  return verdicts;
}

Json head_of(const Options& options, const SubjectResult& result) {
  return {{"touchstone_soak", 1},           {"subject", result.name}, {"suite_version", result.suite_version},
          {"version", result.version},      {"seed", options.seed},   {"selection", options.selection.to_string()},
          {"verdicts", verdicts_of(result)}};
}

/// Whether the file was begun with the same subject and the same tests, as far as `keys` tell.
void refuse_other(const SoakFile& file, const Options& options, const SubjectResult& result,
                  std::initializer_list<const char*> keys) {
  const Json expected = head_of(options, result);
  for (const char* key : keys) {
    if (file.head().value(key, Json()) == expected[key]) continue;
    print_remark("touchstone: {} was begun with another {} ({}, now {}); remove it, or choose another with --file\n",
                 options.file.string(), key, file.head().value(key, Json()).dump(), expected[key].dump());
    throw CLI::RuntimeError(exit_not_comparable);
  }
}

Json line_of(int number, bool beside_hogs, std::uint64_t seed, const SubjectResult& result, const Json& first) {
  std::map<std::string, int> counts;
  Json differing = Json::array();
  for (const TestResult& test : result.tests) {
    const std::string verdict(to_string(test.verdict));
    ++counts[verdict];
    const std::string expected = first.value(test.test, "absent");
    if (verdict != expected) {
      differing.push_back({{"test", test.test},
                           {"verdict", verdict},
                           {"first", expected},
                           {"reason", test.reason},
                           {"evidence", test.evidence},
                           {"replay", test.replay}});
    }
  }
  Json line = {{"run", number},      {"surroundings", beside_hogs ? "busy" : "one core"},
               {"seed", seed},       {"seconds", result.seconds},
               {"verdicts", counts}, {"differing", differing}};
  if (!result.problem.empty()) line["problem"] = result.problem;
  return line;
}

/// One run of all tests. Nothing where it was interrupted.
std::optional<SubjectResult> run_once(const Options& options, const Specification& specification, bool beside_hogs,
                                      std::uint64_t seed, const std::filesystem::path& executable) {
  Processes processes;
  if (beside_hogs) {
    for (unsigned core = 0; core < std::thread::hardware_concurrency(); ++core) processes.start_companion(never_rest);
  }
  SessionOptions session_options;
  session_options.seed = seed;
  session_options.arguments = {"--seed", std::to_string(seed)};
  if (options.time_scale != 1) {
    session_options.arguments.insert(session_options.arguments.end(),
                                     {"--time-scale", fmt::format("{}", options.time_scale)});
  }
  if (!beside_hogs) session_options.cpu = last_allowed_core();
  SubjectSession session(processes, specification, options.selection, session_options, {}, executable);
  session.start();
  while (!session.ended() && !processes.interrupted()) processes.wait(std::chrono::milliseconds(500));
  if (!session.ended() || processes.interrupted()) {
    processes.stop_all();
    return std::nullopt;
  }
  return session.result();
}

void print_run(const Json& line, int runs, const Terminal& terminal) {
  std::string counts;
  for (const auto& [verdict, count] : line["verdicts"].items())
    counts += fmt::format("  {} {}", count.get<int>(), verdict);
  print_result("{:>{}} of {}  {:8}{}  {:.1f} s\n", line["run"].get<int>(), std::to_string(runs).size(), runs,
               line["surroundings"].get<std::string>(), counts, line["seconds"].get<double>());
  for (const Json& test : line["differing"]) {
    print_result("  {}: {}, first {}\n    replay: {}\n", terminal.paint(test["test"].get<std::string>(), Verdict::fail),
                 test["verdict"].get<std::string>(), test["first"].get<std::string>(),
                 test["replay"].get<std::string>());
  }
  if (line.contains("problem")) print_result("  {}\n", line["problem"].get<std::string>());
  std::fflush(stdout);
}

/// Totals, and the exit code.
int summarize(const SoakFile& file) {
  std::map<std::string, long> totals;
  std::map<std::string, std::size_t> differing;
  int broken = 0;
  for (const Json& run : file.runs()) {
    for (const auto& [verdict, count] : run["verdicts"].items()) totals[verdict] += count.get<long>();
    for (const Json& test : run["differing"]) ++differing[test["test"].get<std::string>()];
    broken += run.contains("problem") ? 1 : 0;
  }
  print_result("\n{}:", counted(file.runs().size(), "run"));
  for (const auto& [verdict, count] : totals) print_result("  {} {}", count, verdict);
  print_result("\n");
  std::size_t all = 0;
  for (const auto& [test, count] : differing) {
    print_result("  {} differed in {}\n", test, counted(count, "run"));
    all += count;
  }
  print_result("{} {}\n", counted(all, "verdict"), all == 1 ? "differs" : "differ");
  if (broken > 0) return exit_harness_error;
  return differing.empty() ? exit_expected : exit_unexpected;
}

void soak(Options& options) {
  const Specification specification = load_specification_or_default(options.spec_folder);
  options.selection.resolve(specification);
  const std::filesystem::path executable = find_subject(options.subject);
  if (options.file.empty()) options.file = fmt::format("soak-{}.jsonl", executable.filename().string());
  const Terminal terminal = Terminal::of(stdout);
  SoakFile file(options.file);
  // What can be told without a run: there may be none left to do.
  if (!file.head().is_null()) refuse_other(file, options, {}, {"seed", "selection"});
  if (file.done() > 0) print_result("{}: {} done already\n", options.file.string(), counted(file.runs().size(), "run"));
  for (int number = file.done() + 1; number <= options.runs; ++number) {
    const bool beside_hogs = number % 2 == 1;
    const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(number) - 1;
    const std::optional<SubjectResult> result = run_once(options, specification, beside_hogs, seed, executable);
    if (!result) throw CLI::RuntimeError(exit_interrupted);
    if (result->tests.empty())
      usage_error(fmt::format("{}: nothing to run: {}", options.subject,
                              result->problem.empty() ? "no test is selected" : result->problem));
    if (file.head().is_null()) file.begin(head_of(options, *result));
    refuse_other(file, options, *result, {"subject", "suite_version", "version"});
    file.add(line_of(number, beside_hogs, seed, *result, file.head()["verdicts"]));
    print_run(file.runs().back(), options.runs, terminal);
  }
  const int code = summarize(file);
  if (code != exit_expected) throw CLI::RuntimeError(code);
}

}  // namespace

void add_soak_command(CLI::App& application) {
  CLI::App* command =
      application.add_subcommand("soak", "Run all tests of a subject many times, under stress: no verdict may differ");
  auto options = std::make_shared<Options>();
  command->add_option("subject", options->subject, "A name (see `touchstone list subjects`) or a path")
      ->required()
      ->type_name("SUBJECT");
  command->add_option("--runs", options->runs, "How many runs in all, those in the file included (default 100)")
      ->check(whole_number(1))
      ->type_name("N");
  command->add_option("--file", options->file, "A line a run; continued if it exists (default soak-SUBJECT.jsonl)")
      ->type_name("FILE");
  command->add_option("--seed", options->seed, "Seed of the first run; each run takes the next (default 1)")
      ->check(whole_number())
      ->type_name("N");
  command->add_option("--time-scale", options->time_scale, "Stretch all limits, for slow machines")
      ->check(positive_number())
      ->type_name("X");
  options->selection.add_options(*command);
  add_spec_option(*command, options->spec_folder);
  command->callback([options] { soak(*options); });
}

}  // namespace touchstone::tool
