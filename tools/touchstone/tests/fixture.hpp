// What the tests of the command share: a folder of their own, and a small specification in it.

#pragma once

#include <filesystem>
#include <results/results.hpp>
#include <specification/specification.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// A folder inside the build tree, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void write(const std::filesystem::path& file, const std::string& content) const;
  [[nodiscard]] std::string read(const std::filesystem::path& file) const;

  /// The fake subject under a name that says how it is to behave.
  [[nodiscard]] std::filesystem::path fake_subject(const std::string& behaviour) const;

 private:
  std::filesystem::path path_;
};

/// A table [[requirement]] that is right; `changes` are lines that replace those with the same key, or are added.
[[nodiscard]] std::string requirement_text(const std::string& id, const std::vector<std::string>& changes = {});

/// Writes spec/ with one chapter of `count` requirements, FUT-001 and so on, as the fake subject tests them.
[[nodiscard]] std::filesystem::path write_specification(const TemporaryFolder& folder, int count = 30);

/// A chapter's file with these requirements in it.
[[nodiscard]] std::string chapter_text(const std::string& requirements);

/// A subject with verdicts on FUT-001, FUT-002, ...
[[nodiscard]] SubjectResult subject_with(const std::vector<Verdict>& verdicts);

/// A complete run of everything with one subject.
[[nodiscard]] RunResult run_with(SubjectResult subject);

}  // namespace touchstone::tool
