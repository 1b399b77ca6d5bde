// Progress: what a user sees while subjects run. Goes to stderr; the result goes to stdout.

#pragma once

#include <chrono>
#include <command_line/terminal.hpp>
#include <map>
#include <results/results.hpp>
#include <string>

namespace touchstone::tool {

class Progress {
 public:
  Progress(Terminal terminal, bool quiet);
  ~Progress();

  void subject_starts(const SubjectResult& subject, std::size_t tests);
  void verdict(const SubjectResult& subject, const TestResult& test);
  void subject_ends(const SubjectResult& subject);

  /// Draws the live line again, or, off a terminal, says now and then how far it is. Call it often.
  void tick();

  void clear();

 private:
  struct Count {
    std::size_t done = 0, of = 0, troubles = 0;
    std::string last;
  };

  void say(const std::string& line);

  Terminal terminal_;
  bool quiet_;
  bool drawn_ = false;
  std::map<std::string, Count> running_;
  std::chrono::steady_clock::time_point last_said_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_drawn_;
};

}  // namespace touchstone::tool
