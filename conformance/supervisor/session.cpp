// Runs the selected tests one after the other, each supervised.

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <supervisor/child/build.hpp>
#include <supervisor/child/child.hpp>
#include <supervisor/selection.hpp>
#include <supervisor/session.hpp>
#include <supervisor/verdicts/deviation_filter.hpp>
#include <supervisor/verdicts/json.hpp>
#include <supervisor/watch/supervise.hpp>
#include <system_error>
#include <utility>

namespace touchstone::supervisor {

namespace {

constexpr auto usual_deadline = std::chrono::duration<double>(20);
constexpr auto between_remarks = std::chrono::seconds(10);

/// ThreadSanitizer waits a second at the end of a process that has threads left, unless it is told not to.
void shorten_exits() {
  const char* const given = std::getenv("TSAN_OPTIONS");
  const std::string options = given == nullptr ? "" : given;
  if (options.find("atexit_sleep_ms") != std::string::npos) return;
  setenv("TSAN_OPTIONS", (options + (options.empty() ? "" : ":") + "atexit_sleep_ms=0").c_str(), 1);
}

class Session {
 public:
  Session(const Options& options, MakeSubject make_subject, std::vector<int> lifelines, Start start)
      : options_(options), start_(start), interruptions_(std::move(lifelines)) {
    setting_.make_subject = make_subject;
    setting_.ledger = &ledger_;
    setting_.program = options.program;
    if (sanitizer() == "thread") shorten_exits();
    setting_.not_for_children = interruptions_.descriptors();
    patience_.deadline = std::chrono::duration_cast<std::chrono::nanoseconds>(usual_deadline * time_scale_of(options));
  }

  int run() {
    if (options_.mode == Mode::run) selected_ = select_tests(options_);
    std::vector<Deviation> deviations;
    if (options_.mode == Mode::run && !options_.deviations.empty()) {
      if (access(options_.deviations.c_str(), R_OK) != 0) {
        throw UsageError("--deviations " + options_.deviations +
                         ": cannot be read; name an existing file, or leave it out");
      }
      deviations = load_deviations(options_.deviations);
    }
    description_ = describe();
    for (const std::string& capability : options_.assumed) description_.capabilities.push_back(capability);
    if (interruptions_.any()) return exit_interrupted;
    const std::string fault = find_fault(description_);
    if (!fault.empty()) return report_useless(fault);
    if (options_.mode == Mode::describe) return print_description();
    if (options_.mode == Mode::list) return list();
    return run_tests(std::move(deviations));
  }

 private:
  /// Asks the subject in a process of its own: asking may hang or crash, and start threads.
  Description describe() {
    const Job job{nullptr, options_.seed, time_scale_of(options_)};
    const Observation observation = observe(job, setting_, start_, patience_, interruptions_);
    Description description;
    description = decode_description(observation.reports.end).value_or(Description{});
    if (observation.ending == Ending::crashed) {
      description.error = "the process that asked the subject what it is has crashed\n" + observation.evidence;
    } else if (observation.ending == Ending::hung) {
      description.error = "the subject hangs when it is made, or asked what it is\n" + observation.evidence;
    }
    return description;
  }

  /// The subject itself is out of order, so that no test can say anything.
  int report_useless(const std::string& fault) {
    complain(fault);
    if (!options_.lines) return exit_harness_error;
    for (const TestCase* const test : selected_) {
      Verdict verdict = blame_harness(*test, fault);
      identify(verdict, description_.name, options_);
      print(to_line(verdict) + "\n");
    }
    return exit_harness_error;
  }

  int print_description() {
    JsonLine line;
    line.add("touchstone", 1)
        .add("subject", description_.name)
        .add("version", description_.version)
        .add("home", description_.home)
        .add("profiles", description_.profiles)
        .add("capabilities", description_.capabilities)
        .add("compiler", compiler())
        .add("flags", compile_flags())
        .add("sanitizer", sanitizer())
        .add("suite_version", suite_version());
    print(line.text() + "\n");
    return 0;
  }

  int list() {
    const Claims claims(description_);
    int code = 0;
    for (const TestCase& test : all_tests()) {
      const std::optional<Verdict> verdict = verdict_without_run(test, claims);
      if (verdict && verdict->kind == VerdictKind::harness_error) {
        complain(std::string(test.name) + ": " + verdict->reason);
        code = exit_harness_error;
      }
      JsonLine line;
      line.add("test", test.name).add("requirement", test.requirement).add("applicable", !verdict);
      line.add("reason", verdict ? verdict->reason : "");
      std::string needs;
      for (const std::string_view need : test.needs) needs += std::string(needs.empty() ? "" : " ") + std::string(need);
      print(line.add("needs", needs).text() + "\n");
    }
    return code;
  }

  int run_tests(std::vector<Deviation> deviations) {
    const Claims claims(description_);
    Printer printer(printer_options(options_, selected_.size()), description_);
    if (options_.until_fail) return run_until_fail(deviations, claims, printer);
    DeviationFilter filter(std::move(deviations), selected_, claims, printer);
    for (const TestCase* const test : selected_) {
      std::vector<Verdict> verdicts = run_test_often(*test, claims);
      if (!verdicts.empty()) filter.add(std::move(verdicts));
      if (!interruptions_.any()) continue;
      filter.release_all();
      complain("interrupted; what ran was killed");
      return exit_interrupted;
    }
    return printer.finish();
  }

  /// The verdicts of all repetitions; fewer where the run is interrupted.
  std::vector<Verdict> run_test_often(const TestCase& test, const Claims& claims) {
    std::vector<Verdict> verdicts;
    for (std::uint64_t run = 0; run < options_.repeat; ++run) {
      std::optional<Verdict> verdict = verdict_without_run(test, claims);
      const bool runs = !verdict;
      if (runs) verdict = run_and_confirm(test);
      if (interruptions_.any()) break;
      identify(*verdict, description_.name, options_);
      verdicts.push_back(std::move(*verdict));
      if (!runs) break;
    }
    return verdicts;
  }

  /// Goes over all tests in rounds. Of those before the last, people are told no more than that they were.
  int run_until_fail(const std::vector<Deviation>& deviations, const Claims& claims, Printer& printer) {
    auto last_told = std::chrono::steady_clock::now();
    for (std::uint64_t number = 1;; ++number) {
      const Round round = run_round(deviations, claims);
      const bool is_last = round.failed || !round.ran_anything || interruptions_.any() ||
                           (options_.repeat_given && number == options_.repeat);
      if (is_last || options_.lines) release(round, deviations, claims, printer);
      if (interruptions_.any()) {
        complain("interrupted in round " + std::to_string(number) + "; what ran was killed");
        return exit_interrupted;
      }
      if (is_last) {
        const int code = printer.finish();
        const std::string rounds = std::to_string(number) + (number == 1 ? " round" : " rounds");
        if (!options_.lines) print(round.failed ? "failed after " + rounds + "\n" : "no failure in " + rounds + "\n");
        return code;
      }
      if (options_.lines || std::chrono::steady_clock::now() - last_told < between_remarks) continue;
      last_told = std::chrono::steady_clock::now();
      complain("no failure in " + std::to_string(number) + " rounds so far");
    }
  }

  /// One go over all tests, or a part of it where it is interrupted.
  struct Round {
    std::vector<Verdict> verdicts;
    bool failed = false;
    bool ran_anything = false;
  };

  Round run_round(const std::vector<Deviation>& deviations, const Claims& claims) {
    Round round;
    for (const TestCase* const test : selected_) {
      std::optional<Verdict> verdict = verdict_without_run(*test, claims);
      round.ran_anything |= !verdict;
      if (!verdict) verdict = run_and_confirm(*test);
      if (interruptions_.any()) break;
      identify(*verdict, description_.name, options_);
      explain_fault(*verdict, deviations);
      // What is inconclusive is so, perhaps, in every round.
      round.failed |= verdict->kind != VerdictKind::inconclusive && !verdict->as_expected(options_.strict);
      round.verdicts.push_back(std::move(*verdict));
    }
    return round;
  }

  void release(const Round& round, const std::vector<Deviation>& deviations, const Claims& claims, Printer& printer) {
    DeviationFilter filter(deviations, selected_, claims, printer);
    for (const Verdict& verdict : round.verdicts) filter.add({verdict});
    filter.release_all();
  }

  /// A fault that is not proved is tried once more, in a fresh process, before it is reported.
  Verdict run_and_confirm(const TestCase& test) {
    try {
      Verdict verdict = run_observed(test, start_);
      if (interruptions_.any() || !verdict.needs_confirmation()) return verdict;
      Verdict second = run_observed(test, Start::execute);
      if (interruptions_.any()) return verdict;
      if (verdict.kind == VerdictKind::hung && second.kind == VerdictKind::hung && second.proved) return second;
      if (!second.is_fault()) {
        verdict.reason += std::string(verdict.reason.empty() ? "" : "; ") + "not reproduced at once: 1 of 2";
      }
      return verdict;
    } catch (const std::system_error& error) {
      return blame_harness(test, std::string("the test could not be started: ") + error.what());
    }
  }

  Verdict run_observed(const TestCase& test, Start start) {
    const Job job{&test, options_.seed, time_scale_of(options_)};
    return judge(test, observe(job, setting_, start, patience_, interruptions_));
  }

  const Options& options_;
  const Start start_;
  Interruptions interruptions_;
  Ledger ledger_;
  ChildSetting setting_;
  Patience patience_;
  Description description_;
  std::vector<const TestCase*> selected_;
};

}  // namespace

int run_session(const Options& options, MakeSubject make_subject, int lifeline, Start start) {
  std::vector<int> lifelines;
  if (lifeline >= 0) lifelines.push_back(lifeline);
  if (options.runner_pipe >= 0) {
    if (fcntl(options.runner_pipe, F_GETFD) < 0) {
      throw UsageError("--runner-pipe " + std::to_string(options.runner_pipe) + ": this descriptor is not open");
    }
    lifelines.push_back(options.runner_pipe);
  }
  return Session(options, make_subject, std::move(lifelines), start).run();
}

}  // namespace touchstone::supervisor
