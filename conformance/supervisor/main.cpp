// run_subject: the main function of every subject executable.

#include <cstdio>
#include <exception>
#include <src/workers_in_main.hpp>
#include <supervisor/child/child.hpp>
#include <supervisor/guard.hpp>
#include <supervisor/session.hpp>
#include <supervisor/verdicts/deviations.hpp>
#include <supervisor/verdicts/printer.hpp>
#include <touchstone/main.hpp>

namespace touchstone {

namespace {

using supervisor::Mode;
using supervisor::Options;

/// Calls `work`, and turns what it throws into a message and an exit code.
template <typename Work>
int with_messages(Work work) {
  try {
    return work();
  } catch (const supervisor::UsageError& error) {
    supervisor::complain(error.what());
    return supervisor::exit_usage;
  } catch (const std::exception& error) {
    supervisor::complain(error.what());
    return supervisor::exit_harness_error;
  }
}

int run_with(const Options& options, supervisor::MakeSubject make_subject) {
  if (options.mode == Mode::child) {
    supervisor::run_executed_child(
        {options.child_test, options.child_reports, options.child_ledger, options.seed, options.time_scale.value_or(1)},
        options.program, make_subject);
  }
  if (options.mode == Mode::help) {
    supervisor::print(supervisor::usage(options.program));
    return 0;
  }
  if (options.here && options.mode == Mode::run) return supervisor::run_here(options, make_subject);
  // Asked here: the supervisor is a fork of this process, and no longer sees the threads that it left behind.
  const supervisor::Start start =
      supervisor::has_other_threads() ? supervisor::Start::execute : supervisor::Start::fork;
  supervisor::run_guarded([&](int lifeline) {
    return with_messages([&] { return supervisor::run_session(options, make_subject, lifeline, start); });
  });
}

}  // namespace

int run_subject(int argc, char** argv, std::unique_ptr<Subject> (*make_subject)(), const char* deviations) {
  return with_messages([&] {
    end_if_worker(supervisor::exit_harness_error);
    Options options = supervisor::parse_options(argc, argv);
    if (options.deviations.empty() && deviations != nullptr) options.deviations = deviations;
    return run_with(options, make_subject);
  });
}

}  // namespace touchstone

/// ThreadSanitizer does not see the reference counts of exceptions: they are kept inside of the standard library, which
/// is not instrumented. So a thread that handles an exception seems to race with the one that frees it later.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the sanitizer's name
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:std::__exception_ptr::exception_ptr::_M_release\n";
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
