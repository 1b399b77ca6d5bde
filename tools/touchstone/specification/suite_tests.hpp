// SuiteTest: what can be known of the suite's tests by reading their sources.
//
// The command does not link the suite. It reads the tables of test cases as text, so that the manifest, the
// checks and `explain` need no build. The tables are written in one way only (designated initializers), and
// whatever looks different is an error, never skipped.

#pragma once

#include <filesystem>
#include <specification/toml_table.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::tool {

struct SuiteTest {
  std::string name;
  std::string requirement;
  std::string shows;
  std::vector<std::string> needs;
  Place place;
};

/// Reads the table in one source text. `shown` is how the file is called in messages.
/// Throws SpecificationError where it is not written as expected.
[[nodiscard]] std::vector<SuiteTest> parse_test_table(std::string_view source, const std::string& shown);

/// Reads the tables of all files *_test.cpp and *_tests.hpp of the suite, by file name. `tree` holds conformance/.
[[nodiscard]] std::vector<SuiteTest> read_suite_tests(const std::filesystem::path& tree);

}  // namespace touchstone::tool
