// The deviations of a subject: failures that are known, each with its reason.

#pragma once

#include <filesystem>
#include <specification/toml_table.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

struct Deviation {
  std::string requirement;
  std::string test;  // or empty: every test of the requirement
  std::string fingerprint;
  std::string reason;
  std::string link;
  Place place;
};

/// Throws SpecificationError where the file is not as it must be; an entry without a reason is an error.
[[nodiscard]] std::vector<Deviation> read_deviations(const std::filesystem::path& file, const std::string& shown);

}  // namespace touchstone::tool
