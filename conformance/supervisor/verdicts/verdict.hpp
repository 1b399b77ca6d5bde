// Verdict: what is said of one run of one test, and how it is written.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <supervisor/watch/supervise.hpp>
#include <touchstone/test.hpp>

namespace touchstone::supervisor {

// In the order of their weight: of several runs, the heaviest verdict counts.
enum class VerdictKind {
  not_applicable,
  pass,
  deviation,
  inconclusive,
  unexpected_pass,
  fail,
  hung,
  crashed,
  harness_error,
};

[[nodiscard]] const char* to_string(VerdictKind kind);

// Promises that tests of others put to the test as well. Who breaks them, there too, shall be accused of just that.
/// The destruction of an executor comes to a good end.
constexpr std::string_view end_of_executors = "SHD-032";
/// A task that throws does not stop the executor.
constexpr std::string_view survival_of_exceptions = "SUB-013";

struct Verdict {
  std::string subject;
  const TestCase* test = nullptr;
  // What the verdict is about; null where the table does not have it. The test's own, unless what was seen breaks one
  // of the promises above, or is a class of hangs that a requirement of its own forbids.
  const Requirement* requirement = nullptr;
  VerdictKind own_kind = VerdictKind::pass;  // what the test found of its own requirement, where that is another
  VerdictKind kind = VerdictKind::harness_error;
  std::string hang_class;
  bool proved = false;
  std::string choice;
  std::string witness;
  std::string reason;
  std::string evidence;
  std::string fingerprint;
  std::string deviation;  // the reason that a deviation file gives
  std::string link;
  std::uint64_t seed = 1;
  double seconds = 0;
  std::optional<double> proof_milliseconds;
  std::string replay;

  /// The id of what the verdict is about.
  [[nodiscard]] std::string_view about() const;
  /// Whether that is another requirement than the test's own.
  [[nodiscard]] bool accuses_another() const;
  /// Whether the run is over with what it wanted to know: no fault of the subject's or of the harness's.
  [[nodiscard]] bool as_expected(bool strict) const;
  /// A fault that a second run should confirm: one that is not proved. What goes on and on has had its time.
  [[nodiscard]] bool needs_confirmation() const;
  /// A fault that a deviation may explain.
  [[nodiscard]] bool is_fault() const;
};

/// Judges one run of a test; deviations are not considered yet.
[[nodiscard]] Verdict judge(const TestCase& test, const Observation& observation);

/// The same for a test that ran in this process.
[[nodiscard]] Verdict judge(const TestCase& test, const TestReport& report);

/// The title of what the verdict is about, and SHOULD where that is its level; empty where the table does not have
/// it.
[[nodiscard]] std::string title_of(const Verdict& verdict);

/// Where a test stands: "suite/wait_test.cpp:12".
[[nodiscard]] std::string source_of(const TestCase& test);

/// A line of JSON.
[[nodiscard]] std::string to_line(const Verdict& verdict);

/// For people: a line, and below it whatever helps to understand a fault.
[[nodiscard]] std::string to_text(const Verdict& verdict);

/// The exit code of a run with these verdicts: harness errors weigh most, then faults, then the inconclusive.
class ExitCode {
 public:
  explicit ExitCode(bool strict) : strict_(strict) {}
  void add(const Verdict& verdict);
  [[nodiscard]] int value() const;

 private:
  const bool strict_;
  bool harness_error_ = false;
  bool fault_ = false;
  bool inconclusive_ = false;
};

}  // namespace touchstone::supervisor
