// RunResult: everything that a run found out, as it is written into reports.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <results/verdict.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// What a verdict line says (ARCHITECTURE.md).
struct TestResult {
  std::string test;
  std::string requirement;  // what the verdict is about
  // Where that is not the requirement that the test verifies: this one, and what the test found of it.
  std::string own_requirement;
  Verdict own_verdict = Verdict::not_run;
  int revision = 1;
  std::string level;
  std::string profile;
  std::string source;  // "suite/wait_test.cpp:12"
  Verdict verdict = Verdict::not_run;
  std::string hang_class;  // of a hang: deadlock, lost-wake-up, unmet, starvation, livelock, slow, stalled
  bool proved = false;
  std::string choice;
  std::string witness;
  std::string reason;
  std::string evidence;
  std::string fingerprint;
  std::string deviation;
  std::string link;
  std::uint64_t seed = 0;
  double seconds = 0;
  std::optional<double> proof_ms;
  std::string replay;
  int times = 1;  // how often it was run; the verdict is the worst

  /// The requirement that the test verifies, whatever its verdict is about.
  [[nodiscard]] const std::string& verified() const { return own_requirement.empty() ? requirement : own_requirement; }

  /// In a sentence, why the verdict is what it is: of a deviation, why it is known and borne.
  [[nodiscard]] const std::string& why() const;

  /// Takes in what another run of the same test found: the worse verdict is kept, with all that was said about it.
  void add_repetition(TestResult other);
};

struct SubjectResult {
  std::string name;  // as it was asked for; of a path: the file's name
  std::string subject, version;
  std::string home;                   // the address of its page, or empty
  std::vector<std::string> profiles;  // claimed; `core` always
  std::vector<std::string> capabilities;
  std::string compiler, flags, sanitizer, suite_version;
  std::string problem;                // why the executable itself failed, or empty
  std::vector<std::string> warnings;  // what else is odd about it
  double seconds = 0;
  std::vector<TestResult> tests;  // in the suite's order

  [[nodiscard]] bool claims(const std::string& profile) const;
  [[nodiscard]] bool has(const std::string& capability) const;

  /// Takes in what another run of the same subject found.
  void add_repetition(SubjectResult other);
};

/// Which tests were asked for, in words; empty where all.
struct SelectionRecord {
  std::string filter;
  std::vector<std::string> profiles, levels, chapters;
  std::string shard;

  [[nodiscard]] bool everything() const {
    return filter.empty() && profiles.empty() && levels.empty() && chapters.empty() && shard.empty();
  }
  bool operator==(const SelectionRecord&) const = default;
};

struct RunHeader {
  std::string suite_version, commit;
  bool dirty = false;
  std::string system;  // kernel and machine
  int cpu_count = 0;
  std::uint64_t seed = 1;
  double time_scale = 1;
  int repeat = 1;
  bool strict = false;
  std::string start, end;  // UTC, ISO 8601
  double seconds = 0;
  bool complete = false;
  SelectionRecord selection;
  int exit_code = 0;
};

struct RunResult {
  RunHeader header;
  std::vector<SubjectResult> subjects;
};

/// The time of the day, "2026-01-31T12:00:00Z".
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point time);

/// The exit code that a finished run asks for.
[[nodiscard]] int exit_code_of(const RunResult& run);

}  // namespace touchstone::tool
