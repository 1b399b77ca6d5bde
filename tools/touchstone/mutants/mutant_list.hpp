// The mutants: the reference plus one edit each, which some test must notice.

#pragma once

#include <filesystem>
#include <specification/toml_table.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

struct Mutant {
  std::string id;
  std::string file;  // relative to the tree
  std::string find;
  std::string replace;
  std::vector<std::string> violates;  // requirements
  std::string tier;                   // always, corner, interleaving
  std::string text;                   // what is wrong with it, in a sentence
  std::string subject;                // whose tests must notice: "reference", "reference_spawn", ...
  Place place;
  Place find_place;
};

/// Reads conformance/mutants/*.toml of a tree, by file name. Throws SpecificationError.
[[nodiscard]] std::vector<Mutant> read_mutants(const std::filesystem::path& tree);

/// The file with the edit made. Throws SpecificationError unless `find` occurs in it exactly once.
[[nodiscard]] std::string mutated_source(const Mutant& mutant, const std::filesystem::path& tree);

/// The line (1 = first) of the file at which the edit begins.
[[nodiscard]] int mutated_line(const Mutant& mutant, const std::filesystem::path& tree);

}  // namespace touchstone::tool
