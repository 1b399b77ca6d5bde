// Applicability: which tests a subject can be asked to pass. Computed from what the requirement and the test
// need and from what the subject claims; never decided inside a test.

#pragma once

#include <set>
#include <string>
#include <string_view>
#include <supervisor/child/report.hpp>
#include <touchstone/test.hpp>

namespace touchstone::supervisor {

/// Whether spec/capabilities.toml has it.
[[nodiscard]] bool is_known_capability(std::string_view name);

class Claims {
 public:
  explicit Claims(const Description& description);

  /// Why a test does not apply to the subject, or empty if it does.
  [[nodiscard]] std::string why_not_applicable(const TestCase& test) const;

 private:
  std::set<std::string, std::less<>> capabilities_;
  std::set<std::string, std::less<>> profiles_;
};

/// What is wrong with a subject's claims, naming it, or empty.
[[nodiscard]] std::string find_fault(const Description& description);

/// What is wrong with a row of a topic's table, naming it, or empty.
[[nodiscard]] std::string find_fault(const TestCase& test);

}  // namespace touchstone::supervisor
