// ExaminedSubject: a subject executable that answers questions, and runs a few of its tests.

#pragma once

#include <filesystem>
#include <processes/processes.hpp>
#include <results/results.hpp>
#include <results/verdict_line.hpp>
#include <specification/specification.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

struct KnownTest {
  ListedTest listed;
  const Requirement* requirement = nullptr;

  /// What its requirement needs, and it itself.
  [[nodiscard]] bool needs(const std::string& capability) const;
  [[nodiscard]] std::size_t need_count() const { return requirement->needs.size() + listed.needs.size(); }
};

using KnownTests = std::vector<const KnownTest*>;

class ExaminedSubject {
 public:
  /// The specification must outlive the subject.
  ExaminedSubject(const Specification& specification, std::filesystem::path executable)
      : specification_(specification), executable_(std::move(executable)) {}

  /// Runs the executable with one option that makes it tell something. An interruption ends the command.
  [[nodiscard]] Printed ask(const std::string& option);

  void set_description(SubjectResult description) { description_ = std::move(description); }
  void set_tests(std::vector<KnownTest> tests) { tests_ = std::move(tests); }

  [[nodiscard]] const Specification& specification() const { return specification_; }
  [[nodiscard]] const std::filesystem::path& executable() const { return executable_; }
  [[nodiscard]] const SubjectResult& description() const { return description_; }
  [[nodiscard]] const std::vector<KnownTest>& tests() const { return tests_; }

  /// Applicable tests that `wanted` accepts, of different requirements, those first that need least; so many at most.
  template <typename Predicate>
  [[nodiscard]] KnownTests simplest(Predicate wanted, std::size_t most) const {
    KnownTests found;
    for (const KnownTest& test : tests_) {
      if (test.listed.applicable && wanted(test)) found.push_back(&test);
    }
    return first_of_different_requirements(std::move(found), most);
  }

  /// The tests that are not applicable for no other reason than this capability.
  [[nodiscard]] KnownTests switched_on_by(const std::string& capability) const;

  /// Why a requirement would still not apply if its profile were claimed; empty if it would.
  [[nodiscard]] std::string why_not_applicable_if_claimed(const Requirement& requirement) const;

  [[nodiscard]] std::vector<TestResult> run(const KnownTests& tests, std::vector<std::string> options = {});

  /// How the last run ended.
  [[nodiscard]] const Ending& ending() const { return ending_; }

 private:
  static KnownTests first_of_different_requirements(KnownTests tests, std::size_t most);
  Printed run_executable(Command command);

  const Specification& specification_;
  std::filesystem::path executable_;
  Processes processes_;
  SubjectResult description_;
  std::vector<KnownTest> tests_;
  Ending ending_;
};

}  // namespace touchstone::tool
