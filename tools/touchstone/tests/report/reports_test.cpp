// The reports: report.json is as its schema says, and none of them breaks on what a subject may print.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <report/reports.hpp>
#include <tests/fixture.hpp>
#include <tests/report/schema.hpp>

namespace touchstone::tool {
namespace {

class Reports : public testing::Test {
 protected:
  Reports() {
    specification_ = load_specification(write_specification(folder_));
    std::vector<Verdict> verdicts;
    for (const VerdictLook& look : verdict_looks()) verdicts.push_back(look.verdict);
    SubjectResult subject = subject_with(verdicts);
    TestResult& failed = subject.tests[3];
    failed.evidence = "</script><!-- & \"quotes\" 'too'\n\x01\x1b[31mred\x1b[0m | pipe ]]>";
    failed.reason = "because <of> this & that";
    subject.tests[2].hang_class = "deadlock";
    subject.tests[2].proof_ms = 3.5;
    subject.tests[8].choice = "the second | the third";
    run_ = run_with(subject);
    run_.subjects.front().warnings = {"odd"};
  }

  Report report() const { return make_report(specification_, run_); }

  TemporaryFolder folder_;
  Specification specification_;
  RunResult run_;
};

nlohmann::json schema() {
  std::ifstream file(std::string(TOUCHSTONE_TREE) + "/spec/report.schema.json");
  return nlohmann::json::parse(file);
}

TEST_F(Reports, JsonIsAsTheSchemaSays) {
  EXPECT_EQ(violations(report_json(report()), schema()), std::vector<std::string>());
}

TEST_F(Reports, SchemaNoticesWhatIsMissingOrUnknown) {
  nlohmann::json json = report_json(report());
  json["run"].erase("seed");
  json["subjects"][0]["tests"][0]["verdict"] = "fine";
  json["subjects"][0]["surprise"] = 1;
  EXPECT_EQ(violations(json, schema()).size(), 3U);
}

TEST_F(Reports, JsonHoldsFiguresAndVerdicts) {
  const nlohmann::json json = report_json(report());
  const nlohmann::json& subject = json["subjects"][0];
  EXPECT_EQ(subject["requirements"].size(), 30U);
  EXPECT_EQ(subject["requirements"][2]["verdict"], "hung");
  EXPECT_EQ(subject["tests"][2]["proof_ms"], 3.5);
  EXPECT_TRUE(subject["tests"][3]["proof_ms"].is_null());
  EXPECT_EQ(subject["figures"]["claimed_musts"], 30);
  EXPECT_EQ(json["specification"]["requirements"][0]["text"], "A thing MUST happen.");
}

TEST_F(Reports, JunitEscapesAndSorts) {
  const std::string xml = report_junit(report());
  EXPECT_NE(xml.find("<testsuite name=\"fake\" tests=\"12\" failures=\"2\" errors=\"4\" skipped=\"5\""),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("message=\"because &lt;of&gt; this &amp; that\""), std::string::npos);
  EXPECT_NE(xml.find("<property name=\"requirement\" value=\"FUT-004\"/>"), std::string::npos);
  EXPECT_EQ(xml.find('\x1b'), std::string::npos);
  EXPECT_EQ(xml.find("</script>"), std::string::npos);
}

/// Whether a reader of junit.xml finds anything wrong.
bool junit_is_red(const std::string& xml) {
  static const std::regex totals("<testsuites [^>]*failures=\"([0-9]+)\" errors=\"([0-9]+)\"");
  std::smatch found;
  EXPECT_TRUE(std::regex_search(xml, found, totals)) << xml;
  const bool has_elements = xml.find("<failure") != std::string::npos || xml.find("<error") != std::string::npos;
  EXPECT_EQ(has_elements, found[1] != "0" || found[2] != "0") << xml;
  return has_elements;
}

TEST_F(Reports, JunitIsRedWhereTheExitCodeIsNotZero) {
  for (const VerdictLook& look : verdict_looks()) {
    for (const bool strict : {false, true}) {
      run_ = run_with(subject_with({Verdict::pass, look.verdict}));
      run_.header.strict = strict;
      EXPECT_EQ(junit_is_red(report_junit(report())), exit_code_of(run_) != 0)
          << look.name << (strict ? " strict" : "");
    }
  }
  run_ = run_with(subject_with({Verdict::pass}));
  EXPECT_FALSE(junit_is_red(report_junit(report())));
  run_.header.complete = false;
  EXPECT_TRUE(junit_is_red(report_junit(report()))) << "interrupted";
  run_.header.complete = true;
  run_.subjects.front().problem = "it burned";
  EXPECT_TRUE(junit_is_red(report_junit(report())));
}

TEST_F(Reports, MarkdownKeepsItsTables) {
  const std::string text = report_markdown(report());
  EXPECT_NE(text.find("the second \\| the third"), std::string::npos) << text;
  EXPECT_NE(text.find("## Deviations"), std::string::npos);
  EXPECT_NE(text.find("\n![Touchstone: breaks 4 MUSTs, 1 of them as recorded](badge-fake.svg)\n"), std::string::npos)
      << text;
}

TEST_F(Reports, SurviveTextThatIsNotUtf8) {
  run_.subjects[0].tests[3].evidence = "\xff\xfe\x80";
  make_report_folder(folder_.path() / "report");
  EXPECT_EQ(write_reports(report(), folder_.path() / "report"), std::vector<std::string>());
  EXPECT_FALSE(nlohmann::json::parse(folder_.read("report/report.json"), nullptr, false).is_discarded());
  EXPECT_EQ(folder_.read("report/junit.xml").find_first_of("\xff\xfe\x80"), std::string::npos);
}

TEST_F(Reports, TerminalFitsItsWidth) {
  Terminal terminal;
  terminal.unicode = true;
  for (const int width : {80, 100}) {
    terminal.width = width;
    std::istringstream lines(report_terminal(report(), terminal, "report/index.html"));
    for (std::string line; std::getline(lines, line);) {
      if (line.find("replay: ") != std::string::npos) continue;
      EXPECT_LE(columns(line), static_cast<std::size_t>(width)) << line;
    }
  }
}

TEST_F(Reports, TerminalNeedsNoColorAndNoUnicode) {
  const std::string text = report_terminal(report(), Terminal(), "index.html");
  EXPECT_EQ(text.find("\x1b[3"), text.find("\x1b[31mred")) << "colours of ours";
  for (const VerdictLook& look : verdict_looks()) {
    const bool is_ascii = look.glyph.size() == 1;
    EXPECT_TRUE(is_ascii || text.find(look.glyph) == std::string::npos) << look.name;
  }
}

TEST_F(Reports, WholeProjectsMatrixFitsEightyColumns) {
  const Specification specification = load_specification(std::string(TOUCHSTONE_TREE) + "/spec");
  RunResult run = run_with(subject_with(std::vector<Verdict>(30, Verdict::harness_error)));
  run.subjects.front().name = "a_subject_with_a_very_long_name_indeed";
  run.subjects.push_back(subject_with({Verdict::pass}));
  Terminal terminal;
  terminal.unicode = true;
  std::istringstream lines(matrix_text(make_report(specification, run), terminal));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80U) << line;
}

}  // namespace
}  // namespace touchstone::tool
