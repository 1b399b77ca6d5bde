#include <algorithm>
#include <array>
#include <results/exit_code.hpp>
#include <results/verdict.hpp>

namespace touchstone::tool {

const std::vector<VerdictLook>& verdict_looks() {
  static const std::vector<VerdictLook> looks = {
      {Verdict::harness_error, "harness-error", "▲", '#'},
      {Verdict::crashed, "crashed", "†", 'C'},
      {Verdict::hung, "hung", "∞", 'H'},
      {Verdict::fail, "fail", "✗", 'X'},
      {Verdict::unexpected_pass, "unexpected-pass", "↑", '!'},
      {Verdict::disputed, "disputed", "§", 'D'},
      {Verdict::inconclusive, "inconclusive", "?", '?'},
      {Verdict::deviation, "deviation", "≈", '~'},
      {Verdict::pass, "pass", "✓", '+'},
      {Verdict::not_applicable, "not-applicable", "·", '.'},
      {Verdict::untested, "untested", "○", 'o'},
      {Verdict::not_run, "not-run", "–", '-'},
  };
  return looks;
}

const VerdictLook& look_of(Verdict verdict) { return verdict_looks()[static_cast<std::size_t>(verdict)]; }

std::string_view to_string(Verdict verdict) { return look_of(verdict).name; }

std::optional<Verdict> verdict_of(std::string_view name) {
  for (const VerdictLook& look : verdict_looks()) {
    if (look.name == name) return look.verdict;
  }
  return std::nullopt;
}

Verdict worse_of(Verdict one, Verdict other) { return std::min(one, other); }

bool is_trouble(Verdict verdict) { return verdict <= Verdict::unexpected_pass; }

bool is_tested(Verdict verdict) { return verdict != Verdict::harness_error && verdict <= Verdict::pass; }

int exit_code_of(Verdict verdict, bool strict) {
  switch (verdict) {
    case Verdict::harness_error:
      return exit_harness_error;
    case Verdict::crashed:
    case Verdict::hung:
    case Verdict::fail:
    case Verdict::unexpected_pass:
      return exit_unexpected;
    case Verdict::inconclusive:
      return exit_inconclusive;
    case Verdict::deviation:
      return strict ? exit_unexpected : exit_expected;
    default:
      return exit_expected;
  }
}

int worse_exit_code(int one, int other) {
  constexpr std::array worst_first = {exit_interrupted, exit_usage,        exit_harness_error,
                                      exit_unexpected,  exit_inconclusive, exit_expected};
  const auto rank = [&](int code) { return std::find(worst_first.begin(), worst_first.end(), code); };
  return rank(one) <= rank(other) ? one : other;
}

}  // namespace touchstone::tool
