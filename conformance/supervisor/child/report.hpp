// TestReport: what the process that ran a test tells the supervisor about it.

#pragma once

#include <optional>
#include <src/test_record.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::supervisor {

struct Failure {
  std::string file;  // without folders
  int line = 0;
  std::string text;
};

struct TestReport {
  std::string error;  // why the test could not be run at all, or empty
  std::vector<Failure> failures;
  std::vector<Witness> witnesses;
  std::string choice;
  double seconds = 0;
};

/// What a subject says of itself.
struct Description {
  std::string error;  // why it could not be asked, or empty
  std::string name;
  std::string version;
  std::string home;
  std::vector<std::string> capabilities;
  std::vector<std::string> profiles;
};

/// As one text that ends with a mark, so that half of one is not taken for the whole.
[[nodiscard]] std::string encode(const TestReport& report);
/// The same, of a test that has said all, and whose executors are still to be destroyed.
[[nodiscard]] std::string encode_body(const TestReport& report);
/// The same, of one assertion that has just failed: what comes after it may hang or crash.
[[nodiscard]] std::string encode_early(const Failure& failure);
[[nodiscard]] std::string encode(const Description& description);

/// What a child has sent: whole reports, or empty texts, and each failure as it came.
struct SentReports {
  std::string body, end;
  std::vector<Failure> early;
};
[[nodiscard]] SentReports split_reports(std::string_view sent);

/// Nothing where the text is not whole.
[[nodiscard]] std::optional<TestReport> decode_report(std::string_view text);
[[nodiscard]] std::optional<Description> decode_description(std::string_view text);

}  // namespace touchstone::supervisor
