// Printer: prints verdicts as they come, and keeps account of them.

#pragma once

#include <string>
#include <supervisor/child/report.hpp>
#include <supervisor/verdicts/summary.hpp>
#include <supervisor/verdicts/verdict.hpp>

namespace touchstone::supervisor {

void print(const std::string& text);

/// To the standard error output, with the project's name before it.
void complain(const std::string& text);

struct PrinterOptions {
  bool lines = false;     // as JSON, and no summary
  bool strict = false;    // deviations count as failures
  bool selected = false;  // what is printed is not the whole suite
};

class Printer {
 public:
  Printer(PrinterOptions options, const Description& description);

  void print_verdict(const Verdict& verdict);

  /// Prints the summary, and returns the exit code of the run.
  [[nodiscard]] int finish();

 private:
  const PrinterOptions options_;
  Summary summary_;
  ExitCode exit_code_;
};

}  // namespace touchstone::supervisor
