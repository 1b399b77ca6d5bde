// Reporting: prints verdicts as they come, and keeps account of them.

#pragma once

#include <map>
#include <string>
#include <supervisor/options.hpp>
#include <supervisor/verdicts/applicability.hpp>
#include <supervisor/verdicts/deviations.hpp>
#include <supervisor/verdicts/summary.hpp>
#include <supervisor/verdicts/verdict.hpp>
#include <vector>

namespace touchstone::supervisor {

void print(const std::string& text);

/// To the standard error output, with the project's name before it.
void complain(const std::string& text);

class Printer {
 public:
  Printer(const Options& options, const Description& description);

  void print_verdict(const Verdict& verdict);

  /// Prints the summary, and returns the exit code of the run.
  [[nodiscard]] int finish();

 private:
  const Options& options_;
  Summary summary_;
  ExitCode exit_code_;
};

/// Applies the deviations to verdicts before they are printed.
///
/// Verdicts are held back where an entry is about a whole requirement: whether it is still needed is known
/// only when all tests of the requirement have run.
class DeviationDesk {
 public:
  DeviationDesk(std::vector<Deviation> deviations, const std::vector<const TestCase*>& selected, const Claims& claims,
                Printer& printer);

  /// Takes all verdicts of one test.
  void add(std::vector<Verdict> verdicts);

  /// Prints what is still held, after an interruption.
  void release_all();

 private:
  [[nodiscard]] bool has_entry_for_all(const std::string& requirement) const;
  [[nodiscard]] bool complete(const std::string& requirement) const;
  void release(const std::string& requirement, std::vector<Verdict>& verdicts);

  const std::vector<Deviation> deviations_;
  const std::vector<const TestCase*>& selected_;
  const Claims& claims_;
  Printer& printer_;
  std::map<std::string, std::vector<Verdict>> held_;
  std::map<std::string, std::ptrdiff_t> tests_done_;
};

}  // namespace touchstone::supervisor
