// TomlTable: strict reading of TOML files that people write by hand.
//
// All metadata of the project is read through this: a key that nobody asked for, a missing key and a
// value of the wrong type are errors that name file, line and key, and say what to do.

#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace toml {
inline namespace v3 {
class table;
}
}  // namespace toml

namespace touchstone::tool {

/// "file:line: key: what is wrong; what to do".
class SpecificationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where something stands in a file.
struct Place {
  std::string file;  // as it was given, or relative to the tree
  int line = 0;

  [[nodiscard]] std::string to_string() const { return file + ":" + std::to_string(line); }
};

[[noreturn]] void fail(const Place& place, std::string_view key, std::string_view message);

/// One table of a file. Reading a key ticks it off; finish() refuses the keys that were never read.
///
/// Copies are handles to the same table. Not thread-safe.
class TomlTable {
 public:
  /// Parses a whole file. `shown` is how its name appears in messages.
  static TomlTable parse_file(const std::filesystem::path& path, const std::string& shown);

  [[nodiscard]] bool has(std::string_view key) const;

  // Each throws SpecificationError where the key is missing (those that have no default) or of another type.
  [[nodiscard]] std::string text(std::string_view key);
  [[nodiscard]] std::string text_or(std::string_view key, std::string_view otherwise);
  [[nodiscard]] int integer(std::string_view key);
  [[nodiscard]] int integer_or(std::string_view key, int otherwise);
  [[nodiscard]] bool boolean_or(std::string_view key, bool otherwise);
  [[nodiscard]] std::vector<std::string> texts(std::string_view key);
  [[nodiscard]] std::vector<std::string> texts_or_none(std::string_view key);
  [[nodiscard]] std::string one_of(std::string_view key, const std::vector<std::string>& allowed);

  [[nodiscard]] TomlTable table(std::string_view key);
  /// The tables of `[[key]]`; none if the file has none.
  [[nodiscard]] std::vector<TomlTable> tables(std::string_view key);

  /// Refuses keys that were not read: a misspelt key must not be ignored.
  void finish() const;

  [[nodiscard]] Place place() const { return place_; }
  [[nodiscard]] Place place(std::string_view key) const;
  [[noreturn]] void fail(std::string_view key, std::string_view message) const;

 private:
  TomlTable(std::shared_ptr<const toml::table> root, const toml::table* table, Place place)
      : root_(std::move(root)), table_(table), place_(std::move(place)) {}

  std::shared_ptr<const toml::table> root_;
  const toml::table* table_;
  Place place_;
  std::set<std::string, std::less<>> read_;
};

/// "a, b or c", for messages.
[[nodiscard]] std::string list_of(const std::vector<std::string>& words, std::string_view conjunction = "or");

}  // namespace touchstone::tool
