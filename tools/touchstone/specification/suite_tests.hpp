// SuiteTest: what can be known of the suite's tests by reading their sources.
//
// The command does not link the suite. It reads the rows of tests as text, so that the manifest, the checks and
// `explain` need no build. A row is written in one way only, and whatever looks different is an error, never skipped.

#pragma once

#include <filesystem>
#include <specification/toml_table.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

struct SuiteTest {
  std::string name;
  std::string requirement;
  std::string shows;
  std::vector<std::string> needs;
  Place place;
};

/// Reads the tests of one source text, in the order of the list at its end. `shown` is how the file is called in
/// messages. Throws SpecificationError for a test that is not written as expected, or that the list lacks.
[[nodiscard]] std::vector<SuiteTest> parse_suite_tests(const std::string& source, const std::string& shown);

/// Reads the tests of all files *_test.cpp and *_tests.hpp of the suite, by file name. `tree` holds conformance/.
[[nodiscard]] std::vector<SuiteTest> read_suite_tests(const std::filesystem::path& tree);

}  // namespace touchstone::tool
