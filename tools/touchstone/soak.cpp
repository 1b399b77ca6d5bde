// touchstone soak SUBJECT --runs N: does any verdict ever differ?
//
// Half of the runs share the machine with a process on each core that never rests, half have one core for all
// their threads: between them they bring up most of the interleavings that a busy machine brings up.

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <command_line/places.hpp>
#include <command_line/progress_line.hpp>
#include <command_line/streams.hpp>
#include <command_line/validators.hpp>
#include <commands.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <results/exit_code.hpp>
#include <run/session.hpp>
#include <soak/soak_report.hpp>
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

/// What a run has said, as it says it.
class Listener {
 public:
  Listener(const SoakFile& file, const Options& options, ProgressLine& progress)
      : file_(file), options_(options), progress_(progress) {}

  /// `before` are the runs that this call of the command has done.
  SessionObserver observe(int number, int before) {
    lines_.clear();
    done_ = 0;
    number_ = number;
    before_ = before;
    SessionObserver observer;
    observer.on_tests = [this](const SubjectResult& subject, std::size_t tests) {
      file_.refuse_unless_of(soak_identity(subject, options_.seed, options_.selection.to_string()));
      file_.refuse_unless_of_tests(subject.tests);
      tests_ = tests;
    };
    observer.on_verdict = [this](const SubjectResult&, const TestResult& test, const std::string& line) {
      ++done_;
      if (!line.empty()) lines_[test.test] = Json::parse(line);
    };
    return observer;
  }

  void show() {
    if (!progress_.is_due()) return;
    const auto all = static_cast<std::size_t>(options_.runs - number_ + 1 + before_) * std::max<std::size_t>(tests_, 1);
    const std::string left =
        time_left(std::chrono::steady_clock::now() - start_, static_cast<std::size_t>(before_) * tests_ + done_, all);
    progress_.show(fmt::format("run {} of {}: {} of {}{}", number_, options_.runs, done_, counted(tests_, "test"),
                               left.empty() ? "" : ", " + left));
  }

  [[nodiscard]] const VerdictLines& lines() const { return lines_; }

 private:
  const SoakFile& file_;
  const Options& options_;
  ProgressLine& progress_;
  VerdictLines lines_;
  std::size_t done_ = 0, tests_ = 0;
  int number_ = 0, before_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Verdicts that the session itself gave have no line.
Json line_of(const TestResult& test, const VerdictLines& lines) {
  const auto line = lines.find(test.test);
  if (line != lines.end()) return line->second;
  return {{"test", test.test},
          {"requirement", test.requirement},
          {"verdict", to_string(test.verdict)},
          {"reason", test.reason},
          {"replay", test.replay}};
}

SoakHead head_of(const Options& options, const SubjectResult& result, const VerdictLines& lines) {
  SoakHead head{soak_identity(result, options.seed, options.selection.to_string()), {}, {}};
  for (const TestResult& test : result.tests) {
    head.verdicts[test.test] = to_string(test.verdict);
    if (test.verdict < Verdict::pass) head.lines[test.test] = line_of(test, lines);
  }
  return head;
}

SoakRun run_of(int number, bool beside_hogs, std::uint64_t seed, const SubjectResult& result, const VerdictLines& lines,
               const SoakHead& head) {
  SoakRun run{number, beside_hogs ? "busy" : "one core", seed, result.seconds, {}, {}, result.problem};
  for (const TestResult& test : result.tests) {
    const std::string verdict(to_string(test.verdict));
    ++run.counts[verdict];
    if (verdict != head.verdicts.at(test.test)) run.differing.push_back({test.test, line_of(test, lines)});
  }
  return run;
}

/// One run of all tests. Nothing where it was interrupted.
std::optional<SubjectResult> run_once(const Options& options, const Specification& specification, bool beside_hogs,
                                      std::uint64_t seed, const std::filesystem::path& executable,
                                      const SessionObserver& observer, Listener& listener) {
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
  SubjectSession session(processes, specification, options.selection, session_options, observer, executable);
  session.start();
  while (!session.ended() && !processes.interrupted()) {
    processes.wait(std::chrono::milliseconds(200));
    listener.show();
  }
  if (!session.ended() || processes.interrupted()) {
    processes.stop_all();
    return std::nullopt;
  }
  return session.result();
}

/// Does the runs that the file lacks. Returns the exit code, what the runs themselves ask for left aside.
int do_runs(const Options& options, const Specification& specification, const std::filesystem::path& executable,
            SoakFile& file) {
  const Terminal terminal = Terminal::of(stdout);
  ProgressLine progress(Terminal::of(stderr));
  Listener listener(file, options, progress);
  const int done = static_cast<int>(file.runs().size());
  for (int number = done + 1; number <= options.runs; ++number) {
    const bool beside_hogs = number % 2 == 1;
    const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(number) - 1;
    const std::optional<SubjectResult> result = run_once(options, specification, beside_hogs, seed, executable,
                                                         listener.observe(number, number - done - 1), listener);
    progress.clear();
    if (!result) return exit_interrupted;
    if (result->tests.empty())
      usage_error(fmt::format("{}: nothing to run: {}", options.subject,
                              result->problem.empty() ? "no test is selected" : result->problem));
    std::string why;
    if (!file.has_begun()) why = file.begin(head_of(options, *result, listener.lines()));
    const std::string also = file.add(run_of(number, beside_hogs, seed, *result, listener.lines(), file.head()));
    if (why.empty()) why = also;
    write_result(soak_run_text(file.runs().back(), options.runs, terminal));
    std::fflush(stdout);
    if (why.empty()) continue;
    print_remark("touchstone: {} cannot be written ({}); what is said below of the last run is not in it\n",
                 file.path().string(), why);
    return exit_harness_error;
  }
  return exit_expected;
}

void soak(Options& options) {
  const Specification specification = load_specification_or_default(options.spec_folder);
  options.selection.resolve(specification);
  const std::filesystem::path executable = find_subject(options.subject);
  if (options.file.empty()) options.file = fmt::format("soak-{}.jsonl", executable.filename().string());
  SoakFile file(options.file);
  // What can be told without a run: there may be none left to do.
  file.refuse_unless_of({{"subject", executable.filename().string()},
                         {"seed", options.seed},
                         {"selection", options.selection.to_string()}});
  if (!file.runs().empty())
    print_result("{}: {} done already\n", options.file.string(), counted(file.runs().size(), "run"));
  const int code = do_runs(options, specification, executable, file);
  if (!file.runs().empty()) write_result(soak_summary(file, Terminal::of(stdout)));
  if (const int worse = worse_exit_code(code, soak_exit_code(file)); worse != exit_expected)
    throw CLI::RuntimeError(worse);
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
      ->check(number_of_times())
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
