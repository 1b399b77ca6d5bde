// touchstone mutants: does the suite notice a reference that is wrong?

#include <fmt/format.h>

#include <chrono>
#include <command_line/output_file.hpp>
#include <command_line/places.hpp>
#include <command_line/progress_line.hpp>
#include <command_line/streams.hpp>
#include <command_line/validators.hpp>
#include <commands.hpp>
#include <map>
#include <mutants/build.hpp>
#include <mutants/job.hpp>
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

class MutantRun {
 public:
  MutantRun(const Options& options, const Specification& specification)
      : options_(options), specification_(specification), terminal_(Terminal::of(stdout)) {}

  int run(const std::vector<Mutant>& mutants) {
    count_ = mutants.size();
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
    const std::size_t count = commands.size();
    const auto keep_failure = [&](const Ending& ending) {
      if (!ending.is_success()) failure = ending.to_string() + "\n" + ending.error_text;
    };
    for (std::size_t next = 0; next < commands.size() || processes_.running() > 0;) {
      while (next < commands.size() && processes_.running() < options_.jobs) {
        commands[next].on_end = keep_failure;
        processes_.start(std::move(commands[next++]));
      }
      progress_.show(
          fmt::format("building what mutants are made of: {} of {} files", next - processes_.running(), count));
      processes_.wait(std::chrono::milliseconds(500));
      stop_if_interrupted();
    }
    progress_.clear();
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
      show_progress();
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

  void show_progress() {
    if (!progress_.is_due() || jobs_.empty()) return;
    std::vector<std::string> at_work;
    for (const auto& job : jobs_) at_work.push_back(job->mutant().id);
    std::size_t killed = 0, survived = 0;
    for (const auto& [tier, number] : killed_) killed += number;
    for (const auto& [tier, number] : survived_) survived += number;
    const std::size_t done = killed + survived + problems_;
    const std::string left = time_left(std::chrono::steady_clock::now() - begin_, done, count_);
    progress_.show(fmt::format("{} of {} mutants, {} survived{}{}  {}", done, count_, survived,
                               left.empty() ? "" : "  ", left, fmt::join(at_work, ", ")));
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
    progress_.clear();
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
    progress_.clear();
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
    std::string lines;
    for (const auto& [mutant, tests] : matrix_) lines += fmt::format("{}: {}\n", mutant, fmt::join(tests, " "));
    if (const std::string why = replace_file(options_.matrix, lines); !why.empty()) {
      throw std::runtime_error(fmt::format("{} cannot be written ({})", options_.matrix.string(), why));
    }
  }

  const Options& options_;
  const Specification& specification_;
  Terminal terminal_;
  ProgressLine progress_{Terminal::of(stderr)};
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::size_t count_ = 0;
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
  if (!std::filesystem::is_directory(options.build_folder)) {
    usage_error(
        fmt::format("--build-dir: there is no folder {}; name one that was configured and built, such as "
                    "build/dev",
                    options.build_folder.string()));
  }
  options.build_folder = std::filesystem::canonical(options.build_folder);
  if (const std::string why = options.matrix.empty() ? "" : why_not_writable(options.matrix); !why.empty()) {
    usage_error(fmt::format("--matrix: {} cannot be written ({}); choose another one", options.matrix.string(), why));
  }
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
