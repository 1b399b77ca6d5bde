// What `touchstone check` checks: that specification, suite, deviations and generated files fit together.

#pragma once

#include <specification/specification.hpp>
#include <specification/suite_tests.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// The budgets of the specification.
constexpr std::size_t most_not_adopted = 25;
constexpr double most_untestable = 0.05;  // of the MUSTs

struct CheckResult {
  std::vector<std::string> problems;  // "place: what is wrong; what to do"
  std::vector<std::string> figures;   // for the summary
};

[[nodiscard]] CheckResult check_all(const Specification& specification, const std::vector<SuiteTest>& tests);

// The parts, for their tests.
void check_tests(const Specification&, const std::vector<SuiteTest>&, CheckResult&);
void check_coverage(const Specification&, const std::vector<SuiteTest>&, CheckResult&);
void check_budgets(const Specification&, CheckResult&);
void check_differences(const Specification&, CheckResult&);
void check_deviations(const Specification&, const std::vector<SuiteTest>&, CheckResult&);
void check_mutants(const Specification&, CheckResult&);
void check_generated(const Specification&, const std::vector<SuiteTest>&, CheckResult&);

}  // namespace touchstone::tool
