// Verdict lines: what a subject executable prints, read strictly.

#pragma once

#include <optional>
#include <results/results.hpp>
#include <string>
#include <string_view>

namespace touchstone::tool {

/// What `NAME --describe` prints, into `subject`. Returns what is wrong with the line, or nothing.
[[nodiscard]] std::string parse_description(std::string_view line, SubjectResult& subject);

/// One line of `NAME --list`.
struct ListedTest {
  std::string test;
  std::string requirement;
  bool applicable = true;
  std::string reason;
  std::vector<std::string> needs = {};  // of the test itself, beside what its requirement needs
};
[[nodiscard]] std::optional<ListedTest> parse_listed_test(std::string_view line);

/// One verdict line; nothing if it is none.
[[nodiscard]] std::optional<TestResult> parse_verdict_line(std::string_view line);

}  // namespace touchstone::tool
