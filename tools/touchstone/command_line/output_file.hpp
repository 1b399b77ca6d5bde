// Output files: what the user wants to have in files. Whether they can be written is found out before the work that
// fills them, and they are whole or not there at all.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace touchstone::tool {

/// Why a file of this name cannot be written, in the system's words ("Permission denied"); empty where it can. Leaves
/// nothing behind.
[[nodiscard]] std::string why_not_writable(const std::filesystem::path& file);

/// Replaces the file by one with this content. Returns why that failed, or nothing; then the file is as it was.
[[nodiscard]] std::string replace_file(const std::filesystem::path& file, std::string_view content);

/// A file that grows by lines, each written as soon as it is there, and whole or not at all.
class LineFile {
 public:
  enum class Start { empty, as_it_is };

  /// Made or emptied by the first line that is added, not before.
  LineFile(std::filesystem::path file, Start start) : file_(std::move(file)), start_(start) {}
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  /// Returns why that failed, or nothing.
  std::string add(std::string line);

  [[nodiscard]] const std::filesystem::path& path() const { return file_; }

  /// How many were added.
  [[nodiscard]] std::size_t lines() const { return lines_; }

 private:
  std::filesystem::path file_;
  Start start_;
  std::size_t lines_ = 0;
  int descriptor_ = -1;
};

}  // namespace touchstone::tool
