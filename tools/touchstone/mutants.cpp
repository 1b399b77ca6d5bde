// touchstone mutants: does the suite notice a reference that is wrong?

#include <fmt/format.h>

#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <command_line/terminal.hpp>
#include <command_line/validators.hpp>
#include <commands.hpp>
#include <fstream>
#include <map>
#include <mutants/build.hpp>
#include <mutants/judge.hpp>
#include <regex>
#include <results/exit_code.hpp>
#include <results/verdict_line.hpp>
#include <run/session.hpp>

namespace touchstone::tool {

namespace {

struct Options {
  std::filesystem::path spec_folder;
  std::filesystem::path build_folder;
  std::string filter;
  std::size_t jobs = 1;
  int repeat = 20;
  std::filesystem::path matrix;
  std::vector<std::string> extra_link = {"-lgtest", "-lrapidcheck", "-pthread"};
};

/// One mutant on its way: built, run, judged. Runs in Processes::wait(), beside others.
class MutantJob {
 public:
  MutantJob(Processes& processes, const Specification& specification, const Mutant& mutant,
            const std::filesystem::path& executable, std::vector<Command> build, std::vector<std::string> tests,
            int repeat)
      : processes_(processes),
        specification_(specification),
        mutant_(mutant),
        executable_(executable),
        build_(std::move(build)),
        tests_(std::move(tests)),
        repeat_(repeat) {}

  void start() { next_build_step(); }

  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] const Mutant& mutant() const { return mutant_; }
  [[nodiscard]] const std::vector<Kill>& kills() const { return kills_; }
  /// Why it is no mutant at all: it does not compile, or its run broke off.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// What the tests said that was no kill: "crashed", for whoever wonders why it survived.
  [[nodiscard]] const std::string& otherwise() const { return otherwise_; }

 private:
  void next_build_step() {
    if (step_ == build_.size()) return run_tests();
    Command command = build_[step_++];
    command.on_end = [this](const Ending& ending) {
      if (ending.is_success()) return next_build_step();
      problem_ = fmt::format("cannot be built: {}", ending.error_text.empty() ? ending.to_string() : ending.error_text);
      ended_ = true;
    };
    processes_.start(std::move(command));
  }

  void run_tests() {
    Command command;
    command.program = executable_;
    command.arguments = {"--lines", "--tests", "-", "--seed", "1"};
    if (repeat_ > 1) command.arguments.insert(command.arguments.end(), {"--repeat", std::to_string(repeat_)});
    for (const std::string& test : tests_) command.input += test + "\n";
    command.runner_pipe = true;
    command.silence = std::chrono::seconds(120);
    command.on_line = [this](const std::string& line) {
      if (std::optional<TestResult> result = parse_verdict_line(line)) results_.push_back(std::move(*result));
    };
    command.on_end = [this](const Ending& ending) { judge(ending); };
    processes_.start(std::move(command));
  }

  void judge(const Ending& ending) {
    ended_ = true;
    kills_ = kills_of(mutant_, results_, specification_);
    if (kills_.empty() && results_.size() < tests_.size()) {
      problem_ = fmt::format("{} of {} tests gave a verdict: the subject {}", results_.size(), tests_.size(),
                             ending.to_string());
    }
    for (const TestResult& result : results_) {
      if (result.verdict != Verdict::pass && otherwise_.empty()) {
        otherwise_ = fmt::format("{} {}{}: {}", result.test, to_string(result.verdict),
                                 result.verdict == Verdict::hung ? " (unproved)" : "", telling_line(result));
      }
    }
    if (otherwise_.empty()) otherwise_ = fmt::format("all of {} pass", counted(tests_.size(), "test"));
    std::error_code ignored;
    std::filesystem::remove_all(executable_.parent_path(), ignored);
  }

  Processes& processes_;
  const Specification& specification_;
  const Mutant& mutant_;
  std::filesystem::path executable_;
  std::vector<Command> build_;
  std::vector<std::string> tests_;
  int repeat_;
  std::size_t step_ = 0;
  std::vector<TestResult> results_;
  std::vector<Kill> kills_;
  std::string problem_, otherwise_;
  bool ended_ = false;
};

class MutantRun {
 public:
  MutantRun(const Options& options, const Specification& specification)
      : options_(options), specification_(specification), terminal_(Terminal::of(stdout)) {}

  int run(const std::vector<Mutant>& mutants) {
    for (const Mutant& mutant : mutants) mutants_of_[mutant.subject].push_back(&mutant);
    for (const auto& [subject, its_mutants] : mutants_of_) {
      bases_.emplace(
          subject, Base{MutantBuild(tree_of(specification_), options_.build_folder, subject, options_.extra_link), {}});
      build_base(bases_.at(subject).build);
      find_tests(bases_.at(subject), its_mutants);
    }
    start_jobs(mutants);
    return summarize();
  }

 private:
  /// What the mutants of one subject have in common.
  struct Base {
    MutantBuild build;
    std::map<std::string, std::vector<std::string>> tests;  // by requirement
  };

  void stop_if_interrupted() {
    if (processes_.interrupted()) {
      processes_.stop_all();
      throw CLI::RuntimeError(exit_interrupted);
    }
  }

  void build_base(MutantBuild& build) {
    std::string failure;
    std::vector<Command> commands = build.base_commands();
    if (!commands.empty()) print_remark("building the reference: {}\n", counted(commands.size(), "file"));
    const auto keep_failure = [&](const Ending& ending) {
      if (!ending.is_success()) failure = ending.to_string() + "\n" + ending.error_text;
    };
    for (std::size_t next = 0; next < commands.size() || processes_.running() > 0;) {
      while (next < commands.size() && processes_.running() < options_.jobs) {
        commands[next].on_end = keep_failure;
        processes_.start(std::move(commands[next++]));
      }
      processes_.wait(std::chrono::milliseconds(500));
      stop_if_interrupted();
    }
    if (failure.empty()) keep_failure(run_program(processes_, build.base_link()).ending);
    stop_if_interrupted();
    if (!failure.empty()) throw std::runtime_error("the reference subject cannot be built: " + failure);
  }

  Printed ask_base(const Base& base, std::vector<std::string> arguments, const std::string& input) {
    Command command;
    command.program = base.build.base_executable();
    command.arguments = std::move(arguments);
    command.input = input;
    command.runner_pipe = !input.empty();
    command.silence = std::chrono::seconds(120);
    Printed printed = run_program(processes_, std::move(command));
    stop_if_interrupted();
    return printed;
  }

  /// Which tests verify which requirement, and that all of them pass on the reference itself.
  void find_tests(Base& base, const std::vector<const Mutant*>& mutants) {
    std::set<std::string> violated;
    for (const Mutant* const mutant : mutants) violated.insert(mutant->violates.begin(), mutant->violates.end());
    std::string names;
    for (const std::string& line : ask_base(base, {"--list"}, "").lines) {
      const std::optional<ListedTest> test = parse_listed_test(line);
      if (!test || !test->applicable || !violated.contains(test->requirement)) continue;
      base.tests[test->requirement].push_back(test->test);
      names += test->test + "\n";
    }
    if (names.empty()) return;
    for (const std::string& line : ask_base(base, {"--lines", "--tests", "-", "--seed", "1"}, names).lines) {
      const std::optional<TestResult> result = parse_verdict_line(line);
      if (!result || result->verdict == Verdict::pass) continue;
      auto& tests = base.tests[result->requirement];
      tests.erase(std::remove(tests.begin(), tests.end(), result->test), tests.end());
      print_result("{} {}: {} on the reference itself, so that it cannot kill\n  {}\n",
                   terminal_.paint(terminal_.glyph(Verdict::harness_error), Verdict::harness_error), result->test,
                   to_string(result->verdict), telling_line(*result));
      ++problems_;
    }
  }

  void start_jobs(const std::vector<Mutant>& mutants) {
    std::size_t next = 0;
    while (next < mutants.size() || !jobs_.empty()) {
      while (next < mutants.size() && jobs_.size() < options_.jobs) begin(mutants[next++]);
      processes_.wait(std::chrono::milliseconds(500));
      stop_if_interrupted();
      for (auto job = jobs_.begin(); job != jobs_.end();) {
        if (!(*job)->ended()) {
          ++job;
          continue;
        }
        report(**job);
        job = jobs_.erase(job);
      }
    }
  }

  void begin(const Mutant& mutant) {
    Base& base = bases_.at(mutant.subject);
    std::vector<std::string> tests;
    for (const std::string& id : mutant.violates) {
      tests.insert(tests.end(), base.tests[id].begin(), base.tests[id].end());
    }
    if (tests.empty()) {
      survived(mutant, "no test verifies " + list_of(mutant.violates, "or"));
      return;
    }
    const int repeat = mutant.tier == "interleaving" ? options_.repeat : 1;
    jobs_.push_back(std::make_unique<MutantJob>(processes_, specification_, mutant, base.build.executable(mutant),
                                                base.build.commands(mutant), std::move(tests), repeat));
    jobs_.back()->start();
  }

  void report(const MutantJob& job) {
    const Mutant& mutant = job.mutant();
    if (!job.problem().empty()) {
      ++problems_;
      print_result("{} {:28} {}\n  at {}\n", terminal_.paint("broken  ", Verdict::harness_error), mutant.id,
                   job.problem(), mutant.place.to_string());
    } else if (job.kills().empty()) {
      survived(mutant, job.otherwise());
    } else {
      const Kill& kill = job.kills().front();
      print_result("{} {:28} {}  {}\n", terminal_.paint("killed  ", Verdict::pass), mutant.id, kill.requirement,
                   kill.test);
      print_result("         {}\n", wrap_indented(kill.line, static_cast<std::size_t>(terminal_.width), 9));
      ++killed_[mutant.tier];
      for (const Kill& one : job.kills()) matrix_[mutant.id].insert(one.test);
    }
    std::fflush(stdout);
  }

  void survived(const Mutant& mutant, const std::string& why) {
    ++survived_[mutant.tier];
    print_result("{} {:28} {}\n         {}:{}: {}\n", terminal_.paint("SURVIVED", Verdict::fail), mutant.id,
                 fmt::join(mutant.violates, " "), mutant.file, mutated_line(mutant, tree_of(specification_)),
                 wrap_indented(mutant.text, static_cast<std::size_t>(terminal_.width), 9));
    if (!why.empty()) print_result("         no kill: {}\n", excerpt(why));
  }

  int summarize() {
    std::size_t alive = 0;
    print_result("\n");
    for (const char* tier : {"always", "corner", "interleaving"}) {
      const std::size_t all = killed_[tier] + survived_[tier];
      alive += survived_[tier];
      if (all > 0) print_result("{:12} {} of {} killed\n", tier, killed_[tier], all);
    }
    if (problems_ > 0) print_result("{}\n", counted(problems_, "problem"));
    if (!options_.matrix.empty()) write_matrix();
    if (problems_ > 0) return exit_harness_error;
    return alive > 0 ? exit_unexpected : exit_expected;
  }

  /// A line a mutant with all tests that killed it: to be kept, so that a change is seen in review.
  void write_matrix() const {
    std::ofstream stream(options_.matrix);
    for (const auto& [mutant, tests] : matrix_) stream << fmt::format("{}: {}\n", mutant, fmt::join(tests, " "));
    stream.close();
    if (!stream) throw std::runtime_error(options_.matrix.string() + " cannot be written");
  }

  const Options& options_;
  const Specification& specification_;
  Terminal terminal_;
  Processes processes_;
  std::map<std::string, std::vector<const Mutant*>> mutants_of_;  // by subject
  std::map<std::string, Base> bases_;                             // by subject
  std::vector<std::unique_ptr<MutantJob>> jobs_;
  std::map<std::string, std::size_t> killed_, survived_;  // by tier
  std::map<std::string, std::set<std::string>> matrix_;
  std::size_t problems_ = 0;
};

std::vector<Mutant> selected_mutants(const Options& options, const std::filesystem::path& tree) {
  std::vector<Mutant> mutants = read_mutants(tree);
  if (mutants.empty()) usage_error("conformance/mutants has no mutants");
  std::vector<std::string> ids;
  for (const Mutant& mutant : mutants) ids.push_back(mutant.id);
  if (options.filter.empty()) return mutants;
  try {
    const std::regex filter(options.filter);
    std::erase_if(mutants, [&](const Mutant& mutant) {
      return !std::regex_search(mutant.id, filter) && !std::regex_search(mutant.file, filter) &&
             std::none_of(mutant.violates.begin(), mutant.violates.end(),
                          [&](const std::string& id) { return std::regex_search(id, filter); });
    });
  } catch (const std::regex_error& error) {
    usage_error(fmt::format("--filter {}: not a regular expression: {}", options.filter, error.what()));
  }
  if (mutants.empty())
    usage_error(fmt::format("--filter {} selects no mutant; there are {}", options.filter, list_of(ids, "and")));
  return mutants;
}

void run(Options& options) {
  const Specification specification = load_specification_or_default(options.spec_folder);
  const std::filesystem::path tree = tree_of(specification);
  if (options.build_folder.empty()) options.build_folder = command_folder().parent_path();
  options.build_folder = std::filesystem::canonical(options.build_folder);
  const std::vector<Mutant> mutants = selected_mutants(options, tree);
  for (const Mutant& mutant : mutants) {
    for (const std::string& id : mutant.violates) {
      if (!specification.find(id)) fail(mutant.place, "violates", "there is no requirement " + id);
    }
    static_cast<void>(mutated_source(mutant, tree));
  }
  const int code = MutantRun(options, specification).run(mutants);
  if (code != exit_expected) throw CLI::RuntimeError(code);
}

}  // namespace

void add_mutants_command(CLI::App& application) {
  CLI::App* command = application.add_subcommand(
      "mutants", "Break the reference on purpose, one edit at a time: some test must notice each");
  auto options = std::make_shared<Options>();
  command
      ->add_option("--filter", options->filter, "Mutants whose id, file or requirements match this regular expression")
      ->type_name("RE");
  command->add_option("--jobs", options->jobs, "Mutants at the same time (default 1)")
      ->check(whole_number(1))
      ->type_name("N");
  command
      ->add_option("--build-dir", options->build_folder,
                   "The build directory of the reference (default: that of this command)")
      ->type_name("DIR");
  command
      ->add_option("--repeat", options->repeat,
                   "How often the tests run on mutants that need an interleaving (default 20)")
      ->check(whole_number(1))
      ->type_name("N");
  command->add_option("--matrix", options->matrix, "Write which tests killed which mutant")->type_name("FILE");
  command
      ->add_option("--link", options->extra_link,
                   "Libraries that the suite needs (default -lgtest -lrapidcheck -pthread)")
      ->type_name("ARG");
  add_spec_option(*command, options->spec_folder);
  command->callback([options] { run(*options); });
}

}  // namespace touchstone::tool
