// PairSampler: runs measure_pairs, a fresh process for each figure.

#pragma once

#include <bench/pairs.hpp>
#include <cstdint>
#include <filesystem>
#include <processes/processes.hpp>
#include <string>

namespace touchstone::tool {

struct PairOptions {
  int rounds = 400;  // of a process
  std::string placement = "one_core";
  std::uint64_t seed = 1;
  std::chrono::milliseconds silence{std::chrono::minutes(2)};
};

class PairSampler {
 public:
  /// `program`: measure_pairs. The two modules may be the same.
  PairSampler(Processes& processes, std::filesystem::path program, PairOptions options)
      : processes_(processes), program_(std::move(program)), options_(std::move(options)) {}

  /// What a module says of itself; throws BenchOutputError where it says nothing that can be read.
  [[nodiscard]] BenchModule module(const std::filesystem::path& path);

  /// The process of that number; throws BenchOutputError where it crashed, hung or found a wrong result.
  [[nodiscard]] PairedRun measure(const std::string& workload, int number, const std::filesystem::path& a,
                                  const std::filesystem::path& b);

 private:
  std::vector<std::string> run(std::vector<std::string> arguments);

  Processes& processes_;
  std::filesystem::path program_;
  PairOptions options_;
};

}  // namespace touchstone::tool
