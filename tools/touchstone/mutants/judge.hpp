// When is a mutant killed?

#pragma once

#include <mutants/mutant_list.hpp>
#include <optional>
#include <results/results.hpp>
#include <specification/specification.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// What killed a mutant: a test that verifies a requirement which it violates.
struct Kill {
  std::string test;
  std::string requirement;
  std::string line;  // of the failure, the telling one
};

/// Whether a verdict on a mutant counts as a kill: a failed assertion, a proved hang, or, where the requirement is
/// about visibility or lifetimes, what a sanitizer reported. A plain crash, an unproved hang and a failure of
/// another requirement's test do not count.
[[nodiscard]] bool is_kill(const TestResult& result, const Mutant& mutant, const Specification& specification);

/// The first line of the evidence that says something, or the fingerprint.
[[nodiscard]] std::string telling_line(const TestResult& result);

/// All kills among the verdicts, in their order.
[[nodiscard]] std::vector<Kill> kills_of(const Mutant& mutant, const std::vector<TestResult>& results,
                                         const Specification& specification);

}  // namespace touchstone::tool
