// Sampler: runs benchmark executables, each step of the plan in a fresh process, one at a time.

#pragma once

#include <bench/figures.hpp>
#include <bench/plan.hpp>
#include <filesystem>
#include <map>
#include <processes/processes.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

struct BenchOptions {
  bool quick = false;
  double seconds = 0.2;  // that a process measures at least
  std::chrono::milliseconds silence{std::chrono::minutes(2)};
};

class Sampler {
 public:
  /// The executables by the names of their subjects.
  Sampler(Processes& processes, std::map<std::string, std::filesystem::path> executables, BenchOptions options)
      : processes_(processes), executables_(std::move(executables)), options_(options) {}

  /// The names of the workloads that an executable has.
  [[nodiscard]] std::vector<std::string> workloads_of(const std::string& subject);

  /// Carries out a step. A subject that crashed, hung or gave a wrong result in a workload is not asked for it again.
  void measure(const BenchStep& step);

  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }
  [[nodiscard]] const std::map<std::string, BenchBuild>& builds() const { return builds_; }

  /// What could not be read: an error of the harness, not of a subject.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  Printed run(const std::string& subject, std::vector<std::string> arguments);
  void keep(const BenchStep& step, const Printed& printed);
  [[nodiscard]] bool failed_before(const BenchStep& step) const;

  Processes& processes_;
  std::map<std::string, std::filesystem::path> executables_;
  BenchOptions options_;
  std::map<std::string, std::map<std::string, std::string>> benchmark_names_;  // by subject and workload
  std::vector<Sample> samples_;
  std::map<std::string, BenchBuild> builds_;
  std::vector<std::string> problems_;
};

}  // namespace touchstone::tool
