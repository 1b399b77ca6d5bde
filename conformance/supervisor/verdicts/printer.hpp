// Printer: prints verdicts as they come, and keeps account of them.

#pragma once

#include <string>
#include <supervisor/child/report.hpp>
#include <supervisor/verdicts/digest.hpp>
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
  bool verbose = true;    // all of each verdict as it comes; else, at the end, a line or two of each fault
  std::string program;    // what to call for more
  std::size_t tests = 0;  // how many verdicts will come, where each comes once
};

class Printer {
 public:
  Printer(PrinterOptions options, const Description& description);

  void print_verdict(const Verdict& verdict);

  /// Prints what is still to be said, and the summary, and returns the exit code of the run.
  [[nodiscard]] int finish();

 private:
  /// On a terminal, how far the run is; drawn over by whatever comes next.
  void show_progress(const Verdict& verdict);

  const PrinterOptions options_;
  std::size_t verdicts_ = 0;
  Digest digest_;
  Summary summary_;
  ExitCode exit_code_;
};

}  // namespace touchstone::supervisor
