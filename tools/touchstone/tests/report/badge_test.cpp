// The badge: it says what the report says, and is whole whatever a subject is called.

#include <gtest/gtest.h>

#include <report/badge.hpp>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

class Badge : public testing::Test {
 protected:
  Badge() : specification_(load_specification(write_specification(folder_))) {}

  Report report(SubjectResult subject) {
    run_ = run_with(std::move(subject));
    return make_report(specification_, run_);
  }

  std::string svg(SubjectResult subject) {
    const Report made = report(std::move(subject));
    return badge_svg(made, made.subjects.front());
  }

  std::string markdown(SubjectResult subject) {
    const Report made = report(std::move(subject));
    return badge_markdown(made, made.subjects.front());
  }

  TemporaryFolder folder_;
  Specification specification_;
  RunResult run_;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(Badge, SaysConformantOnlyWhereEverythingIsKept) {
  const std::string whole = svg(subject_with(std::vector<Verdict>(30, Verdict::pass)));
  EXPECT_TRUE(has(whole, "<title>Touchstone: conformant: core</title>")) << whole;
  EXPECT_TRUE(has(whole, "#2a6547")) << "green";
  const std::string part = svg(subject_with(std::vector<Verdict>(8, Verdict::pass)));
  EXPECT_TRUE(has(part, ">no violation in 8 of 30 MUSTs</text>")) << part;
  EXPECT_FALSE(has(part, "conformant"));
  EXPECT_FALSE(has(part, "#2a6547"));
}

TEST_F(Badge, SaysWhatIsBroken) {
  const std::string broken = svg(subject_with({Verdict::fail, Verdict::deviation, Verdict::pass}));
  EXPECT_TRUE(has(broken, ">breaks 2 MUSTs, 1 of them as recorded</text>")) << broken;
  EXPECT_TRUE(has(broken, "#98231b")) << "red";
}

TEST_F(Badge, IsWholeWhateverASubjectIsCalled) {
  SubjectResult subject = subject_with(std::vector<Verdict>(30, Verdict::pass));
  subject.profiles = {"core", "</text><script>\"]\xff", std::string(5000, 'x')};
  subject.name = "my pool/\"<x>.1";
  const std::string text = svg(subject);
  EXPECT_FALSE(has(text, "<script")) << text;
  EXPECT_FALSE(has(text, "\xff")) << text;
  EXPECT_LT(text.size(), 2000U) << "cut";
  EXPECT_EQ(badge_file(subject), "badge-my_pool___x_.1.svg");
}

TEST_F(Badge, HasALineOfMarkdown) {
  SubjectResult subject = subject_with(std::vector<Verdict>(30, Verdict::pass));
  EXPECT_EQ(markdown(subject), "![Touchstone: conformant: core](badge-fake.svg)");
  subject.profiles = {"core", "a]b\nc"};
  EXPECT_EQ(markdown(subject), "![Touchstone: conformant: core, a\\]b c](badge-fake.svg)");
}

}  // namespace
}  // namespace touchstone::tool
