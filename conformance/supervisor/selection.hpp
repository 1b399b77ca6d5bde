// Selection: which tests a run is about, and what can be said of them before they run.

#pragma once

#include <optional>
#include <string>
#include <supervisor/options.hpp>
#include <supervisor/verdicts/applicability.hpp>
#include <supervisor/verdicts/printer.hpp>
#include <supervisor/verdicts/verdict.hpp>
#include <vector>

namespace touchstone::supervisor {

/// The tests to run, in order. Throws UsageError for a name that does not exist, and where nothing is left.
[[nodiscard]] std::vector<const TestCase*> select_tests(const Options& options);

/// How the verdicts of a run are printed.
[[nodiscard]] PrinterOptions printer_options(const Options& options, std::size_t tests);

/// The verdict on a test that is not to run, because it does not apply or its table is wrong.
[[nodiscard]] std::optional<Verdict> verdict_without_run(const TestCase& test, const Claims& claims);

/// A harness error.
[[nodiscard]] Verdict blame_harness(const TestCase& test, std::string reason);

/// The text as a word of a shell's command line, quoted only where it must be.
[[nodiscard]] std::string shell_quote(const std::string& text);

/// Puts in whose verdict it is, and how to come to it again. A subject that could not say its name gets the program's.
void identify(Verdict& verdict, const std::string& subject, const Options& options);

[[nodiscard]] double time_scale_of(const Options& options);

}  // namespace touchstone::supervisor
