// Runs tests in this process, for a debugger: nobody supervises, and a hang is for the human to look at.

#include <src/test_record.hpp>
#include <supervisor/selection.hpp>
#include <supervisor/session.hpp>
#include <supervisor/verdicts/printer.hpp>
#include <utility>

namespace touchstone::supervisor {

int run_here(const Options& options, MakeSubject make_subject) {
  const std::vector<const TestCase*> selected = select_tests(options);
  const Description description = describe_subject(make_subject);
  std::string fault = find_fault(description);
  std::unique_ptr<Subject> subject;
  if (fault.empty()) subject = make_subject_safely(make_subject, fault);
  if (!fault.empty()) {
    complain(fault);
    return exit_harness_error;
  }
  set_time_scale(time_scale_of(options));
  const Claims claims(description);
  Printer printer(printer_options(options, selected.size()), description);
  const Chatter chatter = options.lines ? Chatter::none : Chatter::full;
  // Rounds over all tests until one fails, or each test so many times.
  const std::uint64_t runs = options.until_fail ? 1 : options.repeat;
  bool goes_on = true;
  for (std::uint64_t round = 1; goes_on; ++round) {
    bool failed = false, ran_anything = false;
    for (const TestCase* const test : selected) {
      bool runs_at_all = true;
      for (std::uint64_t run = 0; runs_at_all && run < runs; ++run) {
        std::optional<Verdict> verdict = verdict_without_run(*test, claims);
        runs_at_all = !verdict;
        if (runs_at_all) verdict = judge(*test, run_test(*test, *subject, options.seed, chatter));
        identify(*verdict, description.name, options);
        printer.print_verdict(*verdict);
        failed |= verdict->kind != VerdictKind::inconclusive && !verdict->as_expected(options.strict);
      }
      ran_anything |= runs_at_all;
    }
    const bool may_go_on = options.until_fail && (!options.repeat_given || round < options.repeat);
    goes_on = may_go_on && ran_anything && !failed;
  }
  return printer.finish();
}

}  // namespace touchstone::supervisor
