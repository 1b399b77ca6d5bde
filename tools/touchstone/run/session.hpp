// SubjectSession: one subject executable, from its description to its last verdict.
//
// Whatever the executable does (crash, exit early, hang, print nonsense, never start), the session ends, and says
// what became of every test that it was to run.

#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <processes/processes.hpp>
#include <results/results.hpp>
#include <results/verdict_line.hpp>
#include <run/selection.hpp>
#include <specification/specification.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

struct SessionOptions {
  std::vector<std::string> arguments;         // passed on to the subject: --seed N and so on
  std::chrono::milliseconds silence{120000};  // how long an executable may print nothing
  std::optional<int> cpu;
  std::uint64_t seed = 1;
};

/// Who is told what a session learns, as it learns it.
struct SessionObserver {
  std::function<void(const SubjectResult&, std::size_t tests)> on_tests;
  /// `line` is what the executable printed; empty where it did not, and the session itself gave the verdict.
  std::function<void(const SubjectResult&, const TestResult&, const std::string& line)> on_verdict;
  std::function<void(const SubjectResult&)> on_end;
};

class SubjectSession {
 public:
  /// All arguments must outlive the session.
  SubjectSession(Processes& processes, const Specification& specification, const Selection& selection,
                 const SessionOptions& options, SessionObserver observer, std::filesystem::path executable);

  /// Starts the executable; the rest happens in Processes::wait().
  void start();

  [[nodiscard]] bool ended() const { return ended_; }

  /// How many tests the selection matched, applicable or not.
  [[nodiscard]] std::size_t matched() const { return matched_; }
  [[nodiscard]] bool knows_tests() const { return knows_tests_; }

  [[nodiscard]] const SubjectResult& result() const { return result_; }

  /// The tests that it was to run and has not: `not-run`. For a run that was interrupted.
  void give_up();

 private:
  void launch(std::vector<std::string> arguments, std::string input, std::function<void(const Ending&)> on_end);
  void described(const Ending& ending);
  void listed(const Ending& ending);
  void choose_tests();
  void take_verdict(const std::string& line);
  void tested(const Ending& ending);
  void fill_in(Verdict verdict, const std::string& reason);
  void end(const std::string& problem);
  void warn_once(const std::string& warning);
  TestResult empty_result(const ListedTest& test) const;

  Processes& processes_;
  const Specification& specification_;
  const Selection& selection_;
  const SessionOptions& options_;
  SessionObserver observer_;
  std::filesystem::path executable_;

  SubjectResult result_;
  std::vector<std::string> lines_;            // of the stage before the tests
  std::vector<ListedTest> chosen_;            // in the suite's order
  std::map<std::string, std::size_t> asked_;  // test to its index in result_.tests
  std::size_t matched_ = 0;
  std::size_t nonsense_ = 0;
  std::string first_nonsense_;
  bool knows_tests_ = false;
  bool ended_ = false;
};

/// A piece of a line that is safe to print: cut, and without control characters.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t length = 120);

}  // namespace touchstone::tool
