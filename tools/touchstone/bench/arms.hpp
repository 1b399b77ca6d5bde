// Arms: what `touchstone bench compare` is given, and the modules that this names.

#pragma once

#include <bench/pair_sampler.hpp>
#include <filesystem>
#include <string>

namespace touchstone::tool {

/// One of the two that are compared.
struct ComparedArm {
  std::string word;  // as it was asked for; of a commit, the hash, too
  std::filesystem::path path;
  BenchModule module;
};

/// The module that a word names, and what it says of itself: a subject beside this command, a module, the folder of a
/// build, or a commit, which is built. `subject`: whose, of a build or a commit. Ends the command with a usage error
/// where there is none.
[[nodiscard]] ComparedArm find_arm(const std::string& word, const std::string& subject, Processes& processes,
                                   PairSampler& sampler);

/// In what they differ beside the executor's code; empty where they do not.
[[nodiscard]] std::string difference_of(const BenchModule& a, const BenchModule& b);

}  // namespace touchstone::tool
