// Summary: the figures at the end of a run, for people.

#pragma once

#include <map>
#include <set>
#include <string>
#include <supervisor/child/report.hpp>
#include <supervisor/verdicts/verdict.hpp>

namespace touchstone::supervisor {

class Summary {
 public:
  explicit Summary(const Description& description);

  void add(const Verdict& verdict);

  /// Counts of verdicts and the deviations. With `whole`, for a run of all tests, also the two figures of a subject:
  /// the MUSTs of its profiles that pass, and the part of these MUSTs that was put to the test.
  [[nodiscard]] std::string text(bool whole) const;

 private:
  [[nodiscard]] std::string figures() const;

  const Description description_;
  std::map<VerdictKind, int> counts_;
  std::map<std::string, VerdictKind, std::less<>> worst_of_requirement_;
  std::set<std::string> deviations_;
};

}  // namespace touchstone::supervisor
