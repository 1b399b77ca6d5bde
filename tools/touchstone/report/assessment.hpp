// Assessment: a subject measured against the specification, a verdict for every requirement.

#pragma once

#include <results/results.hpp>
#include <specification/specification.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// One requirement of one subject.
struct Cell {
  const Requirement* requirement = nullptr;
  Verdict verdict = Verdict::not_run;
  std::string reason;  // why not applicable, or untested
  std::vector<const TestResult*> tests;
};

/// The figures of a subject. They are never made into one.
struct Figures {
  int tested = 0;                    // requirements of any level that are applicable and tested
  int claimed_musts = 0;             // MUSTs of the claimed profiles
  int claimed_musts_tested = 0;      // those of them that are applicable and tested
  int claimed_musts_passed = 0;      // those of them that passed, unexpectedly or not
  int claimed_musts_broken = 0;      // those of them that failed, hung or crashed
  int claimed_musts_deviating = 0;   // those of them with a recorded deviation
  int claimed_musts_undecided = 0;   // inconclusive, disputed, or lost by an error of the harness
  int stale_deviations = 0;          // passed, though a deviation is recorded
  int claimed_musts_untestable = 0;  // those of them that no test can decide
  int all_musts = 0;                 // MUSTs of all profiles
  bool conformant = false;           // every MUST of the claimed profiles that can be tested was tested, and is kept
};

struct Assessment {
  const SubjectResult* subject = nullptr;
  std::vector<Cell> cells;  // as Specification::requirements
  Figures figures;
};

/// Needs `specification` and `run` to outlive the result.
[[nodiscard]] Assessment assess(const Specification& specification, const RunResult& run, const SubjectResult& subject);

/// Why a requirement does not apply to a subject, by profile, kind and capabilities; empty if it does.
[[nodiscard]] std::string why_not_applicable(const Requirement& requirement, const SubjectResult& subject);

}  // namespace touchstone::tool
