// Progress: what a user sees while subjects run. Goes to stderr; the result goes to stdout.

#pragma once

#include <command_line/progress_line.hpp>
#include <map>
#include <results/results.hpp>
#include <string>

namespace touchstone::tool {

class Progress {
 public:
  Progress(Terminal terminal, bool quiet) : line_(terminal, quiet) {}

  /// Of a run that goes over all subjects again and again. From the second round on, only faults are told.
  void round_starts(int round) { round_ = round; }

  void subject_starts(const SubjectResult& subject, std::size_t tests);
  void verdict(const SubjectResult& subject, const TestResult& test);
  void subject_ends(const SubjectResult& subject);

  /// Draws the live line again, or, off a terminal, says now and then how far it is. Call it often.
  void tick();

  void clear() { line_.clear(); }

 private:
  struct Count {
    std::size_t done = 0, of = 0, troubles = 0;
    std::string last;
  };

  [[nodiscard]] bool is_first_round() const { return round_ <= 1; }

  ProgressLine line_;
  int round_ = 0;
  std::map<std::string, Count> running_;
};

}  // namespace touchstone::tool
