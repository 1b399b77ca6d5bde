// Verdict: what was found out about a test or a requirement.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::tool {

/// In order of precedence: where a requirement has several tests, the worst verdict is the requirement's.
enum class Verdict {
  harness_error,
  crashed,
  hung,
  fail,
  unexpected_pass,
  disputed,
  inconclusive,
  deviation,
  pass,
  not_applicable,
  untested,  // the suite has no test of it
  not_run,   // left out by the selection, or the run was interrupted
};

struct VerdictLook {
  Verdict verdict;
  std::string_view name;   // as in reports: "unexpected-pass"
  std::string_view glyph;  // where UTF-8 can be shown
  char letter;             // elsewhere
};

/// One entry a verdict, in order of precedence.
[[nodiscard]] const std::vector<VerdictLook>& verdict_looks();

[[nodiscard]] const VerdictLook& look_of(Verdict verdict);
[[nodiscard]] std::string_view to_string(Verdict verdict);
[[nodiscard]] std::optional<Verdict> verdict_of(std::string_view name);
[[nodiscard]] Verdict worse_of(Verdict one, Verdict other);

/// fail, hung, crashed, unexpected-pass, harness-error: what makes a run not as expected.
[[nodiscard]] bool is_trouble(Verdict verdict);

/// Whether a test was run and told something about the subject.
[[nodiscard]] bool is_tested(Verdict verdict);

/// The exit code that a verdict asks for; `strict` counts deviations as failures.
[[nodiscard]] int exit_code_of(Verdict verdict, bool strict);

/// The worse of two exit codes: 3 > 1 > 2 > 0.
[[nodiscard]] int worse_exit_code(int one, int other);

}  // namespace touchstone::tool
