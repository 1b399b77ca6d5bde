// index.html: it needs nothing else, says the most important without JavaScript, and nothing that a subject prints can
// become a part of it.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <report/markup.hpp>
#include <report/reports.hpp>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

class Page : public testing::Test {
 protected:
  Page() : specification_(load_specification(write_specification(folder_))) {
    std::vector<Verdict> verdicts;
    for (const VerdictLook& look : verdict_looks()) verdicts.push_back(look.verdict);
    run_ = run_with(subject_with(verdicts));
    tests()[3].reason = "it did not";
    tests()[6].reason = "nobody knows";
    tests()[7].deviation = "as documented";
    tests()[8].choice = "the second";
  }

  std::vector<TestResult>& tests() { return run_.subjects[0].tests; }

  std::string page() const { return report_page(make_report(specification_, run_, folder_.path())); }

  /// What is between two texts, the first time.
  static std::string between(const std::string& page, const std::string& before, const std::string& after) {
    const std::size_t begin = page.find(before);
    if (begin == std::string::npos) return "";
    return page.substr(begin + before.size(), page.find(after, begin) - begin - before.size());
  }

  static nlohmann::json data(const std::string& page) {
    return nlohmann::json::parse(between(page, "<script type=\"application/json\" id=\"report\">", "</script>"));
  }

  static std::string without_javascript(const std::string& page) { return between(page, "<noscript>", "</noscript>"); }

  /// The row of a requirement in a part of the page.
  static std::string row(const std::string& part, const std::string& id) {
    return between(part, "<span class=\"id\">" + id, "</tr>");
  }

  static std::size_t count(const std::string& page, const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = page.find(text, at)) != std::string::npos; at += text.size()) ++count;
    return count;
  }

  TemporaryFolder folder_;
  Specification specification_;
  RunResult run_;
};

TEST_F(Page, NeedsNothingFromOutside) {
  static const std::regex outside("(src|href)=[\"']?(https?:)?//|@import|url\\(|fetch\\(|XMLHttpRequest");
  const std::string text = page();
  EXPECT_FALSE(std::regex_search(text, outside));
  EXPECT_EQ(text.find("{{"), std::string::npos);
  for (const char* const file : {"report.json", "junit.xml", "summary.md", "badge-fake.svg"}) {
    EXPECT_NE(text.find("<a href=\"" + std::string(file) + "\" download>"), std::string::npos) << file;
  }
}

TEST_F(Page, HoldsTheDataOfThePanel) {
  tests()[3].evidence = "line\nline";
  const nlohmann::json json = data(page());
  EXPECT_EQ(json["subjects"][0]["tests"][3]["evidence"], "line\nline");
  EXPECT_EQ(json["subjects"][0]["requirements"][2]["verdict"], "hung");
  EXPECT_EQ(json["specification"]["requirements"][0]["title"], "Title of FUT-001");
}

TEST_F(Page, SaysTheMostImportantWithoutJavascript) {
  const std::string text = page();
  const std::string figures = between(text, "<h2 id=\"subjects-heading\">", "</section>");
  EXPECT_NE(figures.find("breaks 4 MUSTs, 1 of them as recorded"), std::string::npos) << figures;
  EXPECT_NE(figures.find("<b>26 %</b> 8 of 30"), std::string::npos) << figures;
  const std::string findings = without_javascript(text);
  EXPECT_NE(row(findings, "FUT-004").find("Title of FUT-004"), std::string::npos) << findings;
  EXPECT_NE(row(findings, "FUT-004").find("it did not"), std::string::npos);
  EXPECT_NE(row(findings, "FUT-007").find("nobody knows"), std::string::npos);
  EXPECT_NE(row(findings, "FUT-008").find("as documented"), std::string::npos);
  EXPECT_EQ(row(findings, "FUT-009"), "") << "it passed";
  EXPECT_EQ(row(findings, "FUT-010"), "") << "it does not apply";
}

TEST_F(Page, SaysThatNothingIsUnexpected) {
  run_ = run_with(subject_with({Verdict::pass}));
  EXPECT_NE(without_javascript(page()).find("<p>Nothing.</p>"), std::string::npos);
}

TEST_F(Page, ShowsCoverageBesideConformance) {
  run_ = run_with(subject_with(std::vector<Verdict>(10, Verdict::pass)));
  for (std::size_t i = 10; i < 30; ++i) specification_.requirements[i].profile = "futures";
  const std::string text = page();
  EXPECT_NE(text.find("<span class=\"yes\">conformant: core</span>"), std::string::npos);
  EXPECT_NE(text.find("<b>100 %</b> 10 of 10"), std::string::npos);
  EXPECT_NE(text.find("<b>33 %</b> 10 of 30"), std::string::npos);
}

TEST_F(Page, NamesTheExecutableThatFailedOnce) {
  run_.subjects[0].problem = "it crashed\nwith <this>";
  for (TestResult& test : tests()) test.verdict = Verdict::harness_error;
  const std::string text = page();
  EXPECT_NE(text.find("<pre>it crashed&#10;with &lt;this&gt;</pre>"), std::string::npos);
  EXPECT_NE(without_javascript(text).find("<p>Nothing.</p>"), std::string::npos);
}

TEST_F(Page, ExplainsSignsAndIds) {
  const std::string legend = between(page(), "<dl class=\"legend\">", "</dl>");
  EXPECT_NE(legend.find("<b>FUT</b> Future"), std::string::npos) << legend;
  EXPECT_NE(legend.find(verdict_markup(Verdict::hung)), std::string::npos);
  run_ = run_with(subject_with({Verdict::pass}));
  EXPECT_EQ(between(page(), "<dl class=\"legend\">", "</dl>").find(verdict_markup(Verdict::hung)), std::string::npos);
}

TEST_F(Page, TellsThatARunWasNotWhole) {
  EXPECT_EQ(page().find("class=\"banner\">"), std::string::npos);
  run_.header.complete = false;
  run_.header.selection.levels = {"MUST"};
  const std::string text = page();
  EXPECT_EQ(count(text, "class=\"banner\">"), 2U);
  EXPECT_NE(text.find("<dt>selection</dt><dd>levels MUST</dd>"), std::string::npos);
}

TEST_F(Page, GroupsSubjectsByWhatTheyChose) {
  EXPECT_NE(page().find("<div class=\"line\">the second<span class=\"soft\"></span></div>"), std::string::npos);
  SubjectResult other = run_.subjects[0];
  other.name = "other";
  run_.subjects.push_back(other);
  EXPECT_NE(page().find("<div class=\"line\">the second<span class=\"soft\">: fake, other</span></div>"),
            std::string::npos);
}

TEST_F(Page, LinksToTheSourcesThatAreThere) {
  tests()[0].source = "suite/wait_test.cpp:12";
  tests()[1].source = "suite/nowhere_test.cpp:1";
  tests()[2].source = "../README.md:1";
  tests()[3].source = "/etc/passwd:1";
  const nlohmann::json sources = data(page())["sources"];
  ASSERT_EQ(sources.size(), 1U) << sources;
  const std::filesystem::path way = sources.at("suite/wait_test.cpp").get<std::string>();
  EXPECT_TRUE(way.is_relative());
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / way)) << way;
}

TEST_F(Page, LinksToTheWebOnly) {
  run_.subjects[0].home = "https://example.org/?a&b";
  EXPECT_NE(page().find("<a href=\"https://example.org/?a&amp;b\">"), std::string::npos);
  run_.subjects[0].home = "javascript:alert(1)";
  EXPECT_EQ(page().find("href=\"javascript"), std::string::npos);
}

TEST_F(Page, TakesNothingThatASubjectPrintsForMarkup) {
  const std::string clean = page();
  const std::string hostile =
      "</script></noscript><img src=x onerror=alert(1)>\" onfocus=\"alert(2) \xe2\x80\xa8 {{DATA}}";
  SubjectResult& subject = run_.subjects[0];
  for (std::string* const text : {&subject.name, &subject.subject, &subject.version, &subject.home, &subject.compiler,
                                  &subject.flags, &subject.sanitizer, &subject.suite_version, &subject.problem}) {
    *text = hostile;
  }
  subject.capabilities.push_back(hostile);
  subject.profiles.push_back(hostile);
  subject.warnings = {hostile};
  for (TestResult& test : subject.tests) {
    for (std::string* const text : {&test.test, &test.choice, &test.witness, &test.reason, &test.evidence,
                                    &test.deviation, &test.link, &test.replay, &test.source, &test.hang_class}) {
      *text = hostile;
    }
  }
  const std::string text = page();
  EXPECT_EQ(text.find("<img"), std::string::npos);
  EXPECT_EQ(text.find("\" onfocus=\""), std::string::npos) << "in the data, the second is escaped, too";
  for (const char* const tag : {"</script>", "</noscript>", "<script", "<noscript"}) {
    EXPECT_EQ(count(text, tag), count(clean, tag)) << tag;
  }
  EXPECT_EQ(data(text)["subjects"][0]["tests"][3]["evidence"], hostile);
  EXPECT_EQ(data(text).dump(-1, ' ', true).find("\xe2\x80\xa8"), std::string::npos);
  EXPECT_EQ(between(text, "id=\"report\">", "</script>").find("\xe2\x80\xa8"), std::string::npos)
      << "a line end for JavaScript, once";
}

TEST_F(Page, TakesLongLinesAndWhatIsNotUtf8) {
  tests()[3].reason = std::string(200000, 'x') + "\xff";
  const std::string text = page();
  EXPECT_NE(row(without_javascript(text), "FUT-004").find("xxx\xef\xbf\xbd</td>"), std::string::npos);
}

TEST(Markup, FillsPlacesOnce) {
  EXPECT_EQ(fill("a{{A}}b{{B}}c", {{"A", "{{B}}"}, {"B", "1"}}), "a{{B}}b1c");
  EXPECT_THROW((void)fill("{{C}}", {}), std::logic_error);
}

TEST(Markup, EscapesPathsForLinks) { EXPECT_EQ(address_of("../a b/#1?.cpp"), "../a%20b/%231%3F.cpp"); }

}  // namespace
}  // namespace touchstone::tool
