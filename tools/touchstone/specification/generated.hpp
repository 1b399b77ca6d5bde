// The files that are made from spec/ and the suite's sources, and committed: so that nobody needs this command
// to compile the suite, to register its tests with CTest, or to read the specification.

#pragma once

#include <filesystem>
#include <specification/specification.hpp>
#include <specification/suite_tests.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

struct GeneratedFile {
  std::filesystem::path path;  // relative to the tree
  std::string content;
};

/// All of them. Throws SpecificationError where a test names a requirement that does not exist.
[[nodiscard]] std::vector<GeneratedFile> generated_files(const Specification& specification,
                                                         const std::vector<SuiteTest>& tests);

[[nodiscard]] std::string requirement_table(const Specification& specification);
[[nodiscard]] std::string manifest(const Specification& specification, const std::vector<SuiteTest>& tests);
[[nodiscard]] std::string specification_page(const Specification& specification, const std::vector<SuiteTest>& tests);

}  // namespace touchstone::tool
