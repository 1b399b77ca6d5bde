// touchstone doctor SUBJECT: is the adapter right? Step by step, each with what to do if it is not.
//
// A broken adapter shall be told so, instead of failing eighty tests.

#include <fmt/format.h>

#include <algorithm>
#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <command_line/terminal.hpp>
#include <commands.hpp>
#include <map>
#include <processes/processes.hpp>
#include <report/assessment.hpp>
#include <results/exit_code.hpp>
#include <results/verdict_line.hpp>
#include <run/session.hpp>
#include <set>

namespace touchstone::tool {

namespace {

// A subject that is judged by fewer requirements than this says too little about itself.
constexpr int fewest_tested = 25;

class Doctor {
 public:
  Doctor(const Specification& specification, std::filesystem::path executable)
      : specification_(specification), executable_(std::move(executable)), terminal_(Terminal::of(stdout)) {}

  /// Returns whether everything is well.
  bool examine() {
    if (!describes_itself() || !lists_its_tests()) return false;
    has_enough_tests();
    if (!runs_a_task()) return false;
    declared_abilities_work();
    hidden_abilities();
    unclaimed_profiles();
    return well_;
  }

 private:
  enum class Finding { good, bad, hint };

  void say(Finding finding, const std::string& sentence, const std::string& cure = "") {
    const Verdict look = finding == Finding::good  ? Verdict::pass
                         : finding == Finding::bad ? Verdict::fail
                                                   : Verdict::inconclusive;
    const auto width = static_cast<std::size_t>(terminal_.width);
    print_result("{} {}\n", terminal_.paint(terminal_.glyph(look), look), wrap_indented(sentence, width, 2));
    if (!cure.empty()) print_result("  {}\n", wrap_indented(cure, width, 2));
    std::fflush(stdout);
    if (finding == Finding::bad) well_ = false;
  }

  Printed ask(std::vector<std::string> arguments, const std::string& input = "", bool supervised = false) {
    Command command;
    command.program = executable_;
    command.arguments = std::move(arguments);
    command.input = input;
    command.runner_pipe = supervised;
    command.silence = std::chrono::seconds(60);
    Printed printed = run_program(processes_, std::move(command));
    if (processes_.interrupted()) throw CLI::RuntimeError(exit_interrupted);
    return printed;
  }

  bool is_well(const Printed& printed, const std::string& option) {
    if (printed.ending.is_success()) return true;
    say(Finding::bad, fmt::format("asked with {}, it {}", option, printed.ending.to_string()),
        fmt::format("{}\nAn adapter must start no thread and make no executor before it is asked to; run "
                    "`{} {}` by hand.",
                    printed.ending.error_text, executable_.string(), option));
    return false;
  }

  bool describes_itself() {
    const Printed printed = ask({"--describe"});
    if (!is_well(printed, "--describe")) return false;
    const std::string wrong = printed.lines.size() == 1
                                  ? parse_description(printed.lines.front(), subject_)
                                  : fmt::format("--describe must print one line, not {}", printed.lines.size());
    if (!wrong.empty()) {
      say(Finding::bad, wrong,
          "Its main function must be that of the suite (TOUCHSTONE_SUBJECT), and nothing else may print.");
      return false;
    }
    say(Finding::good, fmt::format("it starts and calls itself {} {}, profiles {}", subject_.subject, subject_.version,
                                   fmt::join(subject_.profiles, ", ")));
    for (const std::string& profile : subject_.profiles) {
      if (!specification_.has_profile(profile)) {
        say(Finding::bad, "it claims the profile " + profile + ", which does not exist",
            "`touchstone list profiles` shows those that do.");
      }
    }
    for (const std::string& capability : subject_.capabilities) {
      if (!specification_.has_capability(capability)) {
        say(Finding::bad, "it declares the capability " + capability + ", which does not exist",
            "`touchstone list capabilities` shows those that do.");
      }
    }
    return true;
  }

  bool lists_its_tests() {
    const Printed printed = ask({"--list"});
    if (!is_well(printed, "--list")) return false;
    for (const std::string& line : printed.lines) {
      const std::optional<ListedTest> test = parse_listed_test(line);
      const Requirement* requirement = test ? specification_.find(test->requirement) : nullptr;
      if (!requirement) {
        say(Finding::bad,
            fmt::format("--list prints a line that this specification does not understand: {}", excerpt(line)),
            "It was built against another version of the suite: build it again.");
        return false;
      }
      tests_.push_back({*test, requirement});
    }
    return true;
  }

  void has_enough_tests() {
    std::set<std::string> applicable;
    for (const Known& test : tests_) {
      if (test.listed.applicable) applicable.insert(test.requirement->id);
    }
    const bool enough = applicable.size() >= static_cast<std::size_t>(fewest_tested);
    const std::string sentence = fmt::format(
        "{} of {} tests are applicable, for {} requirements",
        std::count_if(tests_.begin(), tests_.end(), [](const Known& test) { return test.listed.applicable; }),
        tests_.size(), applicable.size());
    say(enough ? Finding::good : Finding::bad, sentence,
        enough
            ? ""
            : fmt::format("At least {} requirements must be, or the subject says too little about itself. Return the "
                          "executor's own future from submit, declare what the executor can do, and claim the "
                          "profiles that it wants to keep.",
                          fewest_tested));
  }

  struct Known {
    ListedTest listed;
    const Requirement* requirement = nullptr;
  };

  /// The applicable test that needs least, among those that `wanted` accepts.
  template <typename Predicate>
  const Known* simplest(Predicate wanted) const {
    const Known* best = nullptr;
    for (const Known& test : tests_) {
      if (!test.listed.applicable || !wanted(test)) continue;
      if (!best || test.requirement->needs.size() < best->requirement->needs.size()) best = &test;
    }
    return best;
  }

  std::vector<TestResult> run(const std::vector<const Known*>& tests, std::vector<std::string> options = {}) {
    std::string names;
    for (const Known* test : tests) names += test->listed.test + "\n";
    std::vector<std::string> arguments = {"--lines", "--tests", "-"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    last_ = ask(std::move(arguments), names, true);
    std::vector<TestResult> results;
    for (const std::string& line : last_.lines) {
      if (std::optional<TestResult> result = parse_verdict_line(line)) results.push_back(std::move(*result));
    }
    return results;
  }

  static std::string first_evidence(const TestResult& result) {
    return fmt::format("{}\nreplay: {}", result.evidence.empty() ? result.reason : result.evidence, result.replay);
  }

  bool runs_a_task() {
    const Known* test =
        simplest([](const Known& one) { return one.requirement->profile == "core" && one.requirement->is_must(); });
    if (!test) {
      say(Finding::bad, "no test of the core profile is applicable",
          "Every executor must have make and submit: see touchstone/adapter.hpp.");
      return false;
    }
    const std::vector<TestResult> results = run({test});
    if (results.size() == 1 && results.front().verdict == Verdict::pass) {
      say(Finding::good, fmt::format("it runs a task ({}, {})", test->listed.test, test->requirement->id));
      return true;
    }
    say(Finding::bad,
        results.empty() ? fmt::format("{} gave no verdict: it {}", test->listed.test, last_.ending.to_string())
                        : fmt::format("its simplest test, {}, ends with: {}", test->listed.test,
                                      to_string(results.front().verdict)),
        (results.empty() ? last_.ending.error_text : first_evidence(results.front())) +
            "\nUntil this passes, no other verdict says anything: look at make and submit of the adapter.");
    return false;
  }

  void declared_abilities_work() {
    std::map<const Known*, std::vector<std::string>> probes;
    std::vector<std::string> unproved;
    for (const std::string& capability : subject_.capabilities) {
      const Known* test = simplest([&](const Known& one) {
        const auto& needs = one.requirement->needs;
        return one.requirement->level != "DOC" && std::find(needs.begin(), needs.end(), capability) != needs.end();
      });
      if (test) {
        probes[test].push_back(capability);
      } else {
        unproved.push_back(capability);
      }
    }
    std::vector<const Known*> tests;
    for (const auto& [test, capabilities] : probes) tests.push_back(test);
    std::size_t good = 0;
    for (const TestResult& result : run(tests)) {
      const auto probe = std::find_if(probes.begin(), probes.end(),
                                      [&](const auto& one) { return one.first->listed.test == result.test; });
      if (probe == probes.end()) continue;
      if (result.verdict == Verdict::pass || result.verdict == Verdict::deviation) {
        good += probe->second.size();
        continue;
      }
      say(Finding::bad,
          fmt::format("it declares {}, but the simplest test of that, {} ({}), ends with: {}",
                      list_of(probe->second, "and"), result.test, result.requirement, to_string(result.verdict)),
          first_evidence(result) + "\nMend the adapter, or do not declare what the executor cannot do.");
    }
    say(Finding::good,
        fmt::format("{} of {} declared abilities were seen to work", good, subject_.capabilities.size()));
    if (!unproved.empty()) {
      say(Finding::hint, fmt::format("no applicable test looks at {}", list_of(unproved, "and")));
    }
  }

  /// What the executor may be able to do although the adapter does not say so.
  void hidden_abilities() {
    std::vector<std::string> unseen;
    for (const Capability& capability : specification_.capabilities) {
      if (subject_.has(capability.id)) continue;
      const std::size_t count = switched_on_by(capability.id).size();
      if (count == 0) continue;
      if (capability.found == "concept") {
        unseen.push_back(fmt::format("{} ({})", capability.id, count));
        continue;
      }
      const bool seen = seems_able(capability.id);
      say(Finding::hint,
          seen ? fmt::format("it seems to have {}, and does not declare it", capability.id)
               : "not declared: " + capability.id,
          fmt::format("{} {}: {} would be applicable.", capability.text,
                      seen ? "All tests that only this keeps from being applicable pass. Declare it"
                           : "If that is so, declare it",
                      counted(count, "more test")));
    }
    if (!unseen.empty()) {
      say(Finding::hint, fmt::format("not seen in the adapter: {}", list_of(unseen, "and")),
          "Where the executor can do it, give the adapter the function (touchstone/adapter.hpp); in parentheses is how "
          "many more tests would be applicable.");
    }
  }

  /// Runs, as if it were declared, the tests that only this capability keeps from being applicable. What must be
  /// compiled into the adapter cannot be tried; neither can what a subject does not let us assume.
  bool seems_able(const std::string& capability) {
    static const std::set<std::string> triable = {"order.fifo",          "workers.limit",        "workers.threads",
                                                  "workers.lazy",        "workers.names",        "workers.validated",
                                                  "workers.initializer", "destruction.runs_all", "deadlock.detection"};
    if (!triable.contains(capability)) return false;
    const std::vector<const Known*> tests = switched_on_by(capability);
    const std::vector<TestResult> results = run(tests, {"--assume", capability});
    return results.size() == tests.size() &&
           std::all_of(results.begin(), results.end(),
                       [](const TestResult& result) {
                         return result.verdict == Verdict::pass || result.verdict == Verdict::not_applicable;
                       }) &&
           std::any_of(results.begin(), results.end(),
                       [](const TestResult& result) { return result.verdict == Verdict::pass; });
  }

  /// The tests that are not applicable for no other reason than this capability.
  std::vector<const Known*> switched_on_by(const std::string& capability) const {
    std::vector<const Known*> tests;
    for (const Known& test : tests_) {
      if (!test.listed.applicable && test.listed.reason == "needs " + capability) tests.push_back(&test);
    }
    return tests;
  }

  void unclaimed_profiles() {
    for (const Profile& profile : specification_.profiles) {
      if (subject_.claims(profile.id) || profile.id == "processes") continue;
      const auto musts = std::count_if(
          specification_.requirements.begin(), specification_.requirements.end(), [&](const Requirement& one) {
            return one.profile == profile.id && one.is_must() && why_not_applicable_but_for_profile(one).empty();
          });
      if (musts == 0) continue;
      say(Finding::hint, fmt::format("not claimed: the profile {}", profile.id),
          fmt::format("{} It has the abilities that {} of this profile ask for. Claim it to have them judged.",
                      profile.text, counted(static_cast<std::size_t>(musts), "MUST")));
    }
  }

  std::string why_not_applicable_but_for_profile(const Requirement& requirement) const {
    SubjectResult claiming = subject_;
    claiming.profiles.push_back(requirement.profile);
    return why_not_applicable(requirement, claiming);
  }

  const Specification& specification_;
  std::filesystem::path executable_;
  Terminal terminal_;
  Processes processes_;
  SubjectResult subject_;
  std::vector<Known> tests_;
  Printed last_;
  bool well_ = true;
};

void doctor(const std::string& name, const std::filesystem::path& spec_folder) {
  const Specification specification = load_specification_or_default(spec_folder);
  const std::filesystem::path executable = find_subject(name);
  const bool well = Doctor(specification, executable).examine();
  print_result("\n{}\n",
               well ? "The adapter is well: touchstone run " + name : "The adapter needs mending; see above.");
  if (!well) throw CLI::RuntimeError(exit_unexpected);
}

}  // namespace

void add_doctor_command(CLI::App& application) {
  CLI::App* command =
      application.add_subcommand("doctor", "Examine an adapter: does it start, run, and tell the truth about itself?");
  auto name = std::make_shared<std::string>();
  auto spec_folder = std::make_shared<std::filesystem::path>();
  command->add_option("subject", *name, "A name (see `touchstone list subjects`) or a path")
      ->required()
      ->type_name("SUBJECT");
  add_spec_option(*command, *spec_folder);
  command->callback([name, spec_folder] { doctor(*name, *spec_folder); });
}

}  // namespace touchstone::tool
