// Digest: what did not end as expected, a line or two each, for a person who has run many tests.

#pragma once

#include <string>
#include <supervisor/verdicts/verdict.hpp>
#include <vector>

namespace touchstone::supervisor {

/// Collects verdicts, and says what is to be said of them: faults of the same cause under one heading, a requirement
/// once.
class Digest {
 public:
  /// `strict`: deviations count as faults.
  explicit Digest(bool strict) : strict_(strict) {}

  void add(const Verdict& verdict);

  [[nodiscard]] bool empty() const { return entries_.empty(); }

  /// All of it, worst first.
  [[nodiscard]] std::string text() const;

 private:
  struct Entry {
    VerdictKind kind;
    std::string cause;
    struct Test {
      std::string requirement, title, name;
    };
    std::vector<Test> tests;
  };

  /// One for each requirement.
  [[nodiscard]] static std::vector<std::string> lines_of(const Entry& entry);

  const bool strict_;
  std::vector<Entry> entries_;
};

}  // namespace touchstone::supervisor
