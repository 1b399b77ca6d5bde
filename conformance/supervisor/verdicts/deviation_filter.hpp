// DeviationFilter: applies the deviations to verdicts on their way to the printer.

#pragma once

#include <map>
#include <string>
#include <supervisor/verdicts/applicability.hpp>
#include <supervisor/verdicts/deviations.hpp>
#include <supervisor/verdicts/printer.hpp>
#include <vector>

namespace touchstone::supervisor {

/// Verdicts are held back where an entry is about a whole requirement: whether it is still needed is known
/// only when all tests of the requirement have run.
class DeviationFilter {
 public:
  DeviationFilter(std::vector<Deviation> deviations, const std::vector<const TestCase*>& selected, const Claims& claims,
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
