// Selection: which tests a user asked for.

#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <regex>
#include <results/results.hpp>
#include <results/verdict_line.hpp>
#include <specification/specification.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

class Selection {
 public:
  /// Adds --filter, --profile, --level, --chapter and --shard to a subcommand.
  void add_options(CLI::App& command);

  /// Checks what was given against the specification; ends with a usage error where something does not exist.
  void resolve(const Specification& specification);

  /// What of a subject's tests is selected, in their order, the shard taken out of the rest.
  [[nodiscard]] std::vector<ListedTest> choose(const std::vector<ListedTest>& listed,
                                               const Specification& specification) const;

  [[nodiscard]] SelectionRecord record() const;

  /// "filter X, level MUST": for messages.
  [[nodiscard]] std::string to_string() const;

 private:
  [[nodiscard]] bool matches(const ListedTest& test, const Specification& specification) const;

  std::string filter_;
  std::vector<std::string> profiles_, levels_, chapters_;
  std::string shard_;
  std::optional<std::regex> filter_expression_;
  std::size_t shard_index_ = 1, shard_count_ = 1;
};

}  // namespace touchstone::tool
