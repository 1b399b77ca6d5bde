// Findings: what the doctor says of an adapter, and how it ends.

#pragma once

#include <command_line/terminal.hpp>
#include <results/results.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// What a test showed that is no matter of the adapter's.
struct ExecutorFault {
  const TestResult* result = nullptr;
  std::string title;   // of the requirement
  std::string unless;  // when it is none, or empty
};

class Findings {
 public:
  Findings() : terminal_(Terminal::of(stdout)) {}

  void good(const std::string& sentence);

  /// A mistake of the adapter's.
  void bad(const std::string& sentence, const std::string& cure);

  /// What may be a mistake of the adapter's or a fault of the executor's; `cure` says how to tell.
  void doubtful(const std::string& sentence, const std::string& cure);

  /// What could be better, and is no mistake.
  void hint(const std::string& sentence, const std::string& cure = "");

  /// What the executor does wrong, whatever its adapter.
  void faults_of_executor(const std::vector<ExecutorFault>& faults);

  /// The last line. Returns the exit code.
  [[nodiscard]] int conclude(const std::string& name) const;

 private:
  void say(Verdict look, const std::string& sentence, const std::string& cure = "");

  Terminal terminal_;
  int mistakes_ = 0, doubts_ = 0;
  std::size_t faults_ = 0;
};

/// Why a test ended as it did, in a line or two, and how to see the rest.
[[nodiscard]] std::string why_and_replay(const TestResult& result);

}  // namespace touchstone::tool
