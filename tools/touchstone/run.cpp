// touchstone run: runs the suite on subjects, prints the matrix, writes the reports.

#include <fmt/format.h>

#include <algorithm>
#include <command_line/output_file.hpp>
#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <command_line/validators.hpp>
#include <commands.hpp>
#include <report/reports.hpp>
#include <results/exit_code.hpp>
#include <run/runner.hpp>

namespace touchstone::tool {

namespace {

struct Options {
  std::filesystem::path spec_folder;
  std::vector<std::string> subjects;
  bool all = false;
  Selection selection;
  RunOptions run;
  double silence_seconds = 120;
  std::filesystem::path output = "report";
  std::string color = "auto";
  bool quiet = false;
  bool verbose = false;
};

/// Subjects that are slow to build or to run say so beside their executables: NAME.heavy.
bool is_heavy(const std::filesystem::path& executable) {
  return std::filesystem::exists(executable.string() + ".heavy");
}

std::vector<std::filesystem::path> executables_of(const Options& options) {
  std::vector<std::filesystem::path> executables;
  for (const std::string& name : options.subjects) {
    const std::filesystem::path executable = find_subject(name);
    if (std::find(executables.begin(), executables.end(), executable) == executables.end()) {
      executables.push_back(executable);
    }
  }
  if (!executables.empty() && !options.all) return executables;
  std::vector<std::string> left_out;
  for (const std::string& name : known_subjects()) {
    const std::filesystem::path executable = find_subject(name);
    if (!options.all && is_heavy(executable)) {
      left_out.push_back(name);
    } else if (std::find(executables.begin(), executables.end(), executable) == executables.end()) {
      executables.push_back(executable);
    }
  }
  if (executables.empty())
    usage_error("there are no subjects beside this command; give the path of a subject executable");
  if (!left_out.empty()) print_remark("left out, because they are heavy (--all): {}\n", fmt::join(left_out, ", "));
  return executables;
}

ColorChoice color_choice(const std::string& word) {
  if (word == "auto") return ColorChoice::automatic;
  return word == "always" ? ColorChoice::always : ColorChoice::never;
}

[[noreturn]] void empty_selection(const Options& options, const RunOutcome& outcome,
                                  const Specification& specification) {
  std::vector<std::string> names, chapters;
  for (const SubjectResult& subject : outcome.run.subjects) names.push_back(subject.name);
  for (const Chapter& chapter : specification.chapters) chapters.push_back(chapter.id);
  const std::string what =
      outcome.selected_anything ? "selects tests, but none that is applicable to" : "selects no test of";
  std::string reasons;
  for (const SubjectResult& subject : outcome.run.subjects) {
    for (std::size_t i = 0; i < std::min<std::size_t>(subject.tests.size(), 5); ++i) {
      reasons += fmt::format("\n  {} {}: {}", subject.name, subject.tests[i].test, subject.tests[i].reason);
    }
  }
  usage_error(fmt::format("{} {} {}{}\nthere are the chapters {}; `touchstone list tests` lists all tests",
                          options.selection.to_string(), what, list_of(names, "and"), reasons,
                          list_of(chapters, "and")));
}

/// Says what could not be written. Returns the exit code that this asks for.
int tell_losses(const std::vector<std::string>& losses, const LineFile& verdicts) {
  if (losses.empty()) return exit_expected;
  print_remark("touchstone: what follows could not be written; make room, or choose another folder with --output\n");
  for (const std::string& loss : losses) print_remark("  {}\n", loss);
  if (verdicts.lines() > 0) print_remark("the verdicts, a line each, are in {}\n", verdicts.path().string());
  return exit_harness_error;
}

/// Writes the reports and prints the matrix, as far as each can be done. Returns the exit code.
int report_on(const RunOutcome& outcome, const Specification& specification, const Options& options,
              const LineFile& verdicts, std::vector<std::string> losses) {
  const Report report = make_report(specification, outcome.run, options.output);
  std::error_code unimportant;
  if (verdicts.lines() == 0) std::filesystem::remove(verdicts.path(), unimportant);  // those of an earlier run
  const std::filesystem::path page = options.output / "index.html";
  for (std::string& failure : write_reports(report, options.output)) losses.push_back(std::move(failure));
  write_result(report_terminal(report, Terminal::of(stdout, color_choice(options.color)), page, options.verbose));
  if (options.run.until_fail)
    print_result("{} over the selected tests\n", counted(static_cast<std::size_t>(outcome.rounds), "round"));
  const bool page_is_lost = std::any_of(losses.begin(), losses.end(),
                                        [&](const std::string& loss) { return loss.starts_with(page.string()); });
  if (!page_is_lost) print_result("report: {}\n", page.string());
  return worse_exit_code(outcome.run.header.exit_code, tell_losses(losses, verdicts));
}

void run(Options& options) {
  const Specification specification = load_specification_or_default(options.spec_folder);
  options.selection.resolve(specification);
  options.run.executables = executables_of(options);
  options.run.silence = std::chrono::milliseconds(
      static_cast<long>(1000 * options.silence_seconds * std::max(1.0, options.run.time_scale)));
  const bool made_folder = make_report_folder(options.output);
  // From here on to the end whoever wants the run to end interrupts it, and reports are written all the same.
  Processes processes;
  Progress progress(Terminal::of(stderr, color_choice(options.color)), options.quiet);
  LineFile verdicts(options.output / "verdicts.jsonl", LineFile::Start::empty);
  std::vector<std::string> losses;
  const RunOutcome outcome =
      run_subjects(processes, specification, options.selection, options.run, progress, [&](const std::string& line) {
        const std::string why = verdicts.add(line);
        if (!why.empty() && losses.empty()) losses.push_back(fmt::format("{}: {}", verdicts.path().string(), why));
      });
  progress.clear();
  if (outcome.run.header.complete && !outcome.ran_anything) {
    std::error_code not_empty;
    if (made_folder) std::filesystem::remove(options.output, not_empty);
    empty_selection(options, outcome, specification);
  }
  const int code = report_on(outcome, specification, options, verdicts, std::move(losses));
  if (code != exit_expected) throw CLI::RuntimeError(code);
}

}  // namespace

void add_run_command(CLI::App& application) {
  CLI::App* command =
      application.add_subcommand("run", "Run the suite on subjects, print the matrix, write the reports");
  auto options = std::make_shared<Options>();
  command
      ->add_option("subjects", options->subjects,
                   "Names (see `touchstone list subjects`) or paths; none: all light ones")
      ->type_name("SUBJECT");
  command->add_flag("--all", options->all, "All subjects, the heavy ones too");
  options->selection.add_options(*command);
  RunOptions& run_options = options->run;
  command
      ->add_option("--repeat", run_options.repeat,
                   "Run each test N times before the next one; with --until-fail, at most N rounds over all of them")
      ->check(number_of_times())
      ->type_name("N");
  command->add_flag("--until-fail", run_options.until_fail,
                    "Run all selected tests of all subjects, again and again, until a round in which one fails");
  command->add_option("--seed", run_options.seed, "Seed of all random choices (default 1)")
      ->check(whole_number())
      ->type_name("N");
  command->add_option("--jobs", run_options.jobs, "Subjects that run at the same time (default 1)")
      ->check(number_of_times())
      ->type_name("N");
  command->add_option("--output", options->output, "Folder of the reports (default report)")->type_name("DIR");
  command->add_flag("--strict", run_options.strict, "Count deviations as failures");
  command->add_option("--time-scale", run_options.time_scale, "Stretch all limits, for slow machines")
      ->check(positive_number())
      ->type_name("X");
  command
      ->add_option("--silence", options->silence_seconds,
                   "End an executable that prints nothing for S seconds (default 120)")
      ->check(positive_number())
      ->type_name("S");
  command->add_option("--color", options->color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
  command->add_flag("--verbose,-v", options->verbose, "Print all that is known of faults and deviations");
  command->add_flag("--quiet,-q", options->quiet, "No progress");
  add_spec_option(*command, options->spec_folder);
  command->callback([options] { run(*options); });
}

}  // namespace touchstone::tool
