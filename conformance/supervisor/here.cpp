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
  const bool endless = options.until_fail && !options.repeat_given;
  for (const TestCase* const test : selected) {
    for (std::uint64_t run = 0; endless || run < options.repeat; ++run) {
      std::optional<Verdict> verdict = verdict_without_run(*test, claims);
      const bool runs = !verdict;
      if (runs) verdict = judge(*test, run_test(*test, *subject, options.seed, chatter));
      identify(*verdict, description.name, options);
      printer.print_verdict(*verdict);
      if (!runs || (options.until_fail && !verdict->as_expected(options.strict))) break;
    }
  }
  return printer.finish();
}

}  // namespace touchstone::supervisor
