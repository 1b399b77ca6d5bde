// MutantJob: one mutant on its way, built, run and judged.

#pragma once

#include <filesystem>
#include <mutants/judge.hpp>
#include <processes/processes.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// Runs in Processes::wait(), beside others.
class MutantJob {
 public:
  /// `build`: the commands that make the executable. All references must outlive the job.
  MutantJob(Processes& processes, const Specification& specification, const Mutant& mutant,
            std::filesystem::path executable, std::vector<Command> build, std::vector<std::string> tests, int repeat)
      : processes_(processes),
        specification_(specification),
        mutant_(mutant),
        executable_(std::move(executable)),
        build_(std::move(build)),
        tests_(std::move(tests)),
        repeat_(repeat) {}

  void start() { next_build_step(); }

  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] const Mutant& mutant() const { return mutant_; }
  [[nodiscard]] const std::vector<Kill>& kills() const { return kills_; }
  /// Why it is no mutant at all: it does not compile, or its run broke off.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// What the tests said that was no kill: "crashed", for whoever wonders why it survived.
  [[nodiscard]] const std::string& otherwise() const { return otherwise_; }

 private:
  void next_build_step();
  void run_tests();
  void judge(const Ending& ending);

  Processes& processes_;
  const Specification& specification_;
  const Mutant& mutant_;
  std::filesystem::path executable_;
  std::vector<Command> build_;
  std::vector<std::string> tests_;
  int repeat_;
  std::size_t step_ = 0;
  std::vector<TestResult> results_;
  std::vector<Kill> kills_;
  std::string problem_, otherwise_;
  bool ended_ = false;
};

}  // namespace touchstone::tool
