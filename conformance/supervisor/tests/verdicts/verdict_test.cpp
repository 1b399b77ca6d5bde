// Verdict lines, fingerprints, reports and exit codes: the texts that other programs read.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <supervisor/child/child.hpp>
#include <supervisor/child/report.hpp>
#include <supervisor/verdicts/fingerprint.hpp>
#include <supervisor/verdicts/json.hpp>
#include <supervisor/verdicts/verdict.hpp>

namespace touchstone::supervisor {
namespace {

TEST(Json, EscapesWhatMustBeEscaped) {
  EXPECT_EQ(json_string("a\"b\\c\nd\te\rf\x01g\x7F"), R"("a\"b\\c\nd\te\rf\u0001g\u007f")");
  EXPECT_EQ(json_string(std::string_view("a\0b", 3)), R"("a\u0000b")");
}

TEST(Json, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(json_string("\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80"), "\"\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80\"");
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(json_string("\xFFx"), "\"" + replacement + "x\"");
  EXPECT_EQ(json_string("\xC3"), "\"" + replacement + "\"") << "cut off";
  EXPECT_EQ(json_string("\xC0\x80"), "\"" + replacement + replacement + "\"") << "overlong";
  EXPECT_EQ(json_string("\xED\xA0\x80"), "\"" + replacement + replacement + replacement + "\"") << "surrogate";
}

TEST(Json, WritesFlatObjects) {
  JsonLine line;
  line.add("text", "x").add("yes", true).add("number", 7).add("none", std::optional<double>());
  line.add("infinite", std::optional<double>(INFINITY))
      .add("half", std::optional(0.5))
      .add("list", std::vector<std::string>{"a", "b\""});
  EXPECT_EQ(line.text(),
            R"({"text":"x","yes":true,"number":7,"none":null,"infinite":null,"half":0.5,"list":["a","b\""]})");
}

TEST(VerdictLine, IsOneLineWithAllKeysInOrder) {
  Verdict verdict;
  verdict.subject = "s";
  verdict.test = find_test("Bad.fails");
  verdict.requirement = find_requirement("FAK-002");
  verdict.kind = VerdictKind::hung;
  verdict.hang_class = "deadlock";
  verdict.proved = true;
  verdict.evidence = "two\nlines";
  verdict.proof_milliseconds = 1.5;
  EXPECT_EQ(to_line(verdict),
            R"({"touchstone":1,"subject":"s","test":"Bad.fails","requirement":"FAK-002","revision":1,"level":"MUST",)"
            R"("profile":"core","source":")" +
                source_of(*verdict.test) +
                R"(","verdict":"hung","class":"deadlock","proved":true,"choice":"","witness":"",)"
                R"("reason":"","evidence":"two\nlines","fingerprint":"","deviation":"","link":"","seed":1,"seconds":0,)"
                R"("proof_ms":1.5,"own_requirement":"","own_verdict":"","replay":""})");
}

TEST(Source, IsTheFolderTheFileAndTheLine) {
  const TestCase test{.name = "A.b", .requirement = verifies("FAK-001"), .shows = ""};
  EXPECT_EQ(source_of(test), "verdicts/verdict_test.cpp:" + std::to_string(__LINE__ - 1));
}

TEST(Fingerprint, HoldsExpressionsAndNoValues) {
  const auto print = [](const std::string& message) { return fingerprint_of({{"file.cpp", 7, message}}); };
  EXPECT_EQ(
      print("Expected equality of these values:\n  future->result()\n    Which is: 3\n  expected\n    Which is: 4\n"
            "in run 17"),
      "file.cpp: Expected equality of these values: future->result(), expected");
  EXPECT_EQ(print("Value of: future->cancel()\n  Actual: false\nExpected: true"),
            "file.cpp: Value of: future->cancel()");
  EXPECT_EQ(print("Expected: (count) < (3), actual: 7 vs 3"), "file.cpp: Expected: (count) < (3)");
  EXPECT_EQ(print("Failed\nthread 17 of 20 hung"), "file.cpp: thread # of # hung");
  EXPECT_EQ(print(""), "file.cpp: ");
}

TEST(Fingerprint, JoinsDifferentFailuresOnce) {
  EXPECT_EQ(fingerprint_of({{"a.cpp", 1, "Failed\nx"}, {"a.cpp", 2, "Failed\nx"}, {"", 0, "Failed\ny"}}),
            "a.cpp: x; y");
}

TEST(Report, SurvivesTheWayThroughThePipe) {
  TestReport report;
  report.failures = {{"a.cpp", 12, "tab\there\nline \\n \\"}, {"", 0, ""}};
  report.witnesses = {{true, "a; b"}, {false, "c"}};
  report.choice = "second";
  report.seconds = 0.25;
  const std::string text = encode(report);
  const std::optional<TestReport> copy = decode_report(text);
  ASSERT_TRUE(copy);
  ASSERT_EQ(copy->failures.size(), 2U);
  EXPECT_EQ(copy->failures[0].text, report.failures[0].text);
  EXPECT_EQ(copy->failures[0].line, 12);
  EXPECT_TRUE(copy->witnesses[0].seen);
  EXPECT_FALSE(copy->witnesses[1].seen);
  EXPECT_EQ(copy->choice, "second");
  EXPECT_EQ(copy->seconds, 0.25);
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(decode_report(text.substr(0, length))) << "half a report";
  }
}

TEST(ExitCode, TheWorstCounts) {
  const auto code = [](const std::vector<VerdictKind>& kinds, bool strict = false) {
    ExitCode result(strict);
    for (const VerdictKind kind : kinds) {
      Verdict verdict;
      verdict.kind = kind;
      result.add(verdict);
    }
    return result.value();
  };
  using enum VerdictKind;
  EXPECT_EQ(code({}), 0);
  EXPECT_EQ(code({pass, not_applicable, deviation}), 0);
  EXPECT_EQ(code({pass, deviation}, true), 1);
  EXPECT_EQ(code({pass, inconclusive}), 2);
  for (const VerdictKind fault : {fail, hung, crashed, unexpected_pass}) EXPECT_EQ(code({inconclusive, fault}), 1);
  EXPECT_EQ(code({inconclusive, harness_error, fail}), 3);
}

/// The ids in one of the lists of the specification.
}  // namespace
}  // namespace touchstone::supervisor
