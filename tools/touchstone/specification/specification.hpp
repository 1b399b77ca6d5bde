// Specification: what stands in spec/, read and checked.

#pragma once

#include <filesystem>
#include <map>
#include <specification/toml_table.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::tool {

struct Requirement {
  std::string id;
  std::string title;  // at most 48 characters: what stands beside the id
  int revision = 1;
  std::string chapter;  // the id of its Chapter
  std::string profile;
  std::string level;             // MUST, SHOULD, MAY, DOC
  std::string applies = "both";  // or thread, process
  std::string since;             // a Python version, or empty
  std::string text;
  std::string intent;
  std::vector<std::string> needs;  // capabilities
  std::vector<std::string> sources;
  bool founding = false;
  std::vector<std::string> alternatives;
  std::string difference;  // an id of spec/differences.md, or empty
  std::string cpython;     // what CPython does instead, or empty
  std::string untestable_because;
  Place place;

  [[nodiscard]] bool is_must() const { return level == "MUST"; }
  [[nodiscard]] bool applies_to_threads() const { return applies != "process"; }
};

struct Chapter {
  std::string id;  // the name of its file, without .toml
  std::string title;
  std::vector<std::string> prefixes;  // what the ids of its requirements start with
  std::string text;
};

struct Capability {
  std::string id;
  std::string found;  // concept, declared
  std::string text;
};

struct Profile {
  std::string id;
  std::string text;
};

/// An id with a reason: a row that was not adopted, a number that was retired, a requirement without a test.
struct Remark {
  std::string id;
  std::string reason;
  Place place;
};

struct Term {
  std::string name;
  std::string text;
};

struct Specification {
  std::filesystem::path folder;
  std::vector<Chapter> chapters;          // in the order in which they are read
  std::vector<Requirement> requirements;  // by chapter, then as in its file
  std::vector<Capability> capabilities;
  std::vector<Profile> profiles;
  std::vector<Term> glossary;
  std::vector<Remark> not_adopted;
  std::vector<Remark> retired;
  std::vector<Remark> untested;
  std::map<std::string, std::string> differences;  // id to sentence

  [[nodiscard]] const Requirement* find(std::string_view id) const;
  [[nodiscard]] const Chapter* find_chapter(std::string_view id) const;
  [[nodiscard]] bool has_profile(std::string_view id) const;
  [[nodiscard]] bool has_capability(std::string_view id) const;
};

/// The levels, strongest first.
[[nodiscard]] const std::vector<std::string>& levels();

/// Reads spec/. Throws SpecificationError for the first thing that is wrong: an unknown key, a value outside
/// the closed lists, an id that occurs twice or was retired.
[[nodiscard]] Specification load_specification(const std::filesystem::path& spec_folder);

}  // namespace touchstone::tool
