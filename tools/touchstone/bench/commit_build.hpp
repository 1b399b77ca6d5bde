// CommitBuild: the benchmark of a commit, built in a worktree of its own, which is kept for the next time.

#pragma once

#include <filesystem>
#include <optional>
#include <processes/processes.hpp>
#include <string>

namespace touchstone::tool {

class CommitBuild {
 public:
  static constexpr std::size_t hash_length = 12;  // so much of it is shown, and names a worktree

  /// `sources`: a working tree of git. Worktrees are made in `folder`, one for each commit.
  CommitBuild(Processes& processes, std::filesystem::path sources, std::filesystem::path folder)
      : processes_(processes), sources_(std::move(sources)), folder_(std::move(folder)) {}

  /// The hash of the commit that a word names ("HEAD~3", "main"), or nothing.
  [[nodiscard]] std::optional<std::string> commit_named(const std::string& word) const;

  /// Builds the module of a subject with the preset release, where that was not done before. Throws std::runtime_error
  /// with the end of what the failed step has printed.
  [[nodiscard]] std::filesystem::path module(const std::string& commit, const std::string& subject) const;

 private:
  void step(const std::string& program, std::vector<std::string> arguments,
            const std::filesystem::path& directory) const;

  Processes& processes_;
  std::filesystem::path sources_;
  std::filesystem::path folder_;
};

}  // namespace touchstone::tool
