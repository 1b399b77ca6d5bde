// SoakFile: what `touchstone soak` has found out so far, on any day. A first line says what is soaked, with the
// verdicts of the first run; then follows a line a run, with all that was said of the verdicts that differ from those.

#pragma once

#include <command_line/output_file.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <results/results.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// The lines that a subject printed, by test.
using VerdictLines = std::map<std::string, nlohmann::json>;

/// What is soaked: runs with different ones cannot be held against each other.
struct SoakHead {
  nlohmann::json identity;                      // subject, version, build, seed, selection
  std::map<std::string, std::string> verdicts;  // of the first run, by test
  VerdictLines lines;                           // of those of them that are neither passed nor not applicable
};

/// A verdict that was another one in the first run.
struct SoakDifference {
  std::string test;
  nlohmann::json line;  // what the subject printed
};

struct SoakRun {
  int number = 0;
  std::string surroundings;  // "busy", "one core"
  std::uint64_t seed = 0;
  double seconds = 0;
  std::map<std::string, int> counts;  // by verdict
  std::vector<SoakDifference> differing;
  std::string problem;  // why the executable itself failed, or empty
};

class SoakFile {
 public:
  /// Reads what is there already. Ends the command with a usage error where that is no file of a soak, or where the
  /// file can be neither read nor written.
  explicit SoakFile(std::filesystem::path file);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool has_begun() const { return !head_.identity.is_null(); }
  [[nodiscard]] const SoakHead& head() const { return head_; }
  [[nodiscard]] const std::vector<SoakRun>& runs() const { return runs_; }

  /// Ends the command with "not comparable" where the file was begun with something else: `known` is an identity, or
  /// as much of it as is known. Nothing if it has not begun.
  void refuse_unless_of(const nlohmann::json& known) const;

  /// The same where it was begun with other tests.
  void refuse_unless_of_tests(const std::vector<TestResult>& tests) const;

  /// Both return why the line could not be written, or nothing. What is added counts in either case.
  std::string begin(SoakHead head);
  std::string add(SoakRun run);

 private:
  void read();
  void take_line(const std::string& line, int number);
  [[noreturn]] void refuse(const std::string& what) const;

  std::filesystem::path path_;
  LineFile file_;
  SoakHead head_;
  std::vector<SoakRun> runs_;
};

/// What of a subject must be the same in all runs of a file.
[[nodiscard]] nlohmann::json soak_identity(const SubjectResult& subject, std::uint64_t seed,
                                           const std::string& selection);

}  // namespace touchstone::tool
