#include <fmt/format.h>

#include <bench/arms.hpp>
#include <bench/commit_build.hpp>
#include <bench/measurement.hpp>
#include <command_line/places.hpp>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

/// `word` gets its hash, where it names a commit.
fs::path module_of(std::string& word, const std::string& subject, Processes& processes) {
  fs::path beside = command_folder() / "bench" / "modules" / (word + ".so");
  if (word.find('/') == std::string::npos && fs::is_regular_file(beside)) return beside;
  if (fs::is_regular_file(word)) return word;
  if (fs::is_directory(word)) {
    fs::path below = fs::path(word) / "bin" / "bench" / "modules" / (subject + ".so");
    if (fs::is_regular_file(below)) return below;
    usage_error(fmt::format("there is no {}: build the target bench_{}_module there, or name another with --subject",
                            below.string(), subject));
  }
  // Beside bin: a folder of the build, which nobody keeps in a repository.
  const CommitBuild build(processes, TOUCHSTONE_SOURCE_FOLDER, command_folder().parent_path() / "compared");
  if (const auto commit = build.commit_named(word)) {
    word = fmt::format("{} ({})", word, commit->substr(0, CommitBuild::hash_length));
    return build.module(*commit, subject);
  }
  usage_error(fmt::format(
      "{} is neither a benchmark beside this command (its module would be {}), nor a module, nor a folder of "
      "a build, nor a commit",
      word, beside.string()));
}

}  // namespace

ComparedArm find_arm(const std::string& word, const std::string& subject, Processes& processes, PairSampler& sampler) {
  ComparedArm arm{word, {}, {}};
  arm.path = module_of(arm.word, subject, processes);
  try {
    arm.module = sampler.module(arm.path);
  } catch (const BenchOutputError& error) {
    usage_error(error.what());
  }
  return arm;
}

std::string difference_of(const BenchModule& a, const BenchModule& b) {
  if (a.compiler != b.compiler) return fmt::format("A was compiled by {}, B by {}", a.compiler, b.compiler);
  if (a.flags != b.flags) return fmt::format("A was compiled with {}, B with {}", a.flags, b.flags);
  return "";
}

}  // namespace touchstone::tool
