// The deviations file: what is read, what is refused and how, and what entries do to verdicts.

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <supervisor/child/child.hpp>
#include <supervisor/verdicts/deviations.hpp>

namespace touchstone::supervisor {
namespace {

constexpr const char* entry = R"toml(# Known faults.
[[deviation]]
requirement = "FAK-002"   # a comment
test = 'Bad.fails'
fingerprint = "Value(43)"
reason = "It \"cannot\" count."
link = "https://example.org/1"

[[deviation]]
requirement = "FAK-004"
fingerprint = "hung: deadlock"
reason = "By design."
)toml";

std::string error_of(const std::string& text) {
  try {
    static_cast<void>(parse_deviations(text, "file.toml"));
    return "no error";
  } catch (const DeviationError& error) {
    return error.what();
  }
}

TEST(DeviationsFile, IsRead) {
  const std::vector<Deviation> deviations = parse_deviations(entry, "file.toml");
  ASSERT_EQ(deviations.size(), 2U);
  EXPECT_EQ(deviations[0].requirement, "FAK-002");
  EXPECT_EQ(deviations[0].test, "Bad.fails");
  EXPECT_EQ(deviations[0].reason, "It \"cannot\" count.");
  EXPECT_EQ(deviations[0].line, 2);
  EXPECT_EQ(deviations[1].test, "");
  EXPECT_EQ(deviations[1].line, 9);
  EXPECT_TRUE(parse_deviations("", "empty.toml").empty());
}

TEST(DeviationsFile, ErrorsNameLineAndKeyAndCure) {
  const std::string head = "[[deviation]]\nrequirement = \"FAK-002\"\nfingerprint = \"x\"\n";
  const std::pair<std::string, std::string> expectations[] = {
      {head, "file.toml:1: reason: is missing or empty in this [[deviation]]; say why the subject deviates"},
      {head + "reason = \" \"\n", "file.toml:1: reason: is missing or empty"},
      {"[[deviation]]\nreason = \"x\"\n", "file.toml:1: requirement: is missing or empty"},
      {"[[deviation]]\nrequirement = \"A\"\nreason = \"x\"\n", "file.toml:1: fingerprint: is missing or empty"},
      {head + "reasn = \"x\"\n", "file.toml:4: reasn: unknown key; known are requirement"},
      {head + "requirement = \"x\"\n", "file.toml:4: requirement: stands twice"},
      {head + "reason = x\n", "file.toml:4: reason: the value must be a string in quotes"},
      {head + "reason = \"x\n", "file.toml:4: reason: the string has no closing quote"},
      {head + "reason = \"\\q\"\n", "file.toml:4: reason: unknown escape \\q"},
      {head + "reason = \"\"\"x\"\"\"\n", "file.toml:4: reason: strings of several lines"},
      {head + "reason \"x\"\n", "file.toml:4: reason: no \"=\""},
      {head + "reason = \"x\" y\n", "file.toml:4: unexpected \"y\""},
      {"[deviation]\n", "file.toml:1: unknown table [deviation]"},
      {"reason = \"x\"\n", "file.toml:1: reason: stands before the first [[deviation]]"},
  };
  for (const auto& [text, error] : expectations) {
    EXPECT_EQ(error_of(text).substr(0, error.size()), error) << text;
  }
}

TEST(DeviationsFile, RequirementsAndTestsMustExist) {
  const std::string path = testing::TempDir() + "touchstone_deviations_test.toml";
  const auto error_in_file = [&path](const std::string& text) -> std::string {
    std::ofstream(path) << text;
    try {
      static_cast<void>(load_deviations(path));
      return "no error";
    } catch (const DeviationError& error) {
      return error.what();
    }
  };
  const std::string rest = "fingerprint = \"x\"\nreason = \"x\"\n";
  EXPECT_EQ(error_in_file(entry), "no error");
  EXPECT_NE(error_in_file("[[deviation]]\nrequirement = \"FAK-998\"\n" + rest).find("there is no FAK-998"),
            std::string::npos);
  EXPECT_NE(error_in_file("[[deviation]]\nrequirement = \"FAK-002\"\ntest = \"Bad.nothing\"\n" + rest)
                .find("the suite has no test Bad.nothing"),
            std::string::npos);
  EXPECT_NE(error_in_file("[[deviation]]\nrequirement = \"FAK-001\"\ntest = \"Bad.fails\"\n" + rest)
                .find("verifies FAK-002, not FAK-001"),
            std::string::npos);
  EXPECT_NE(error_in_file(std::string(entry) + entry).find("an earlier entry says the same"), std::string::npos);
  EXPECT_EQ(std::remove(path.c_str()), 0);
  EXPECT_THROW(static_cast<void>(load_deviations(path)), DeviationError);
  EXPECT_THROW(static_cast<void>(load_deviations(testing::TempDir())), DeviationError);
}

Verdict verdict_on(const char* test, VerdictKind kind, const char* fingerprint = "") {
  Verdict verdict;
  verdict.test = find_test(test);
  verdict.kind = kind;
  verdict.fingerprint = fingerprint;
  return verdict;
}

TEST(Deviations, ExplainTheFaultThatTheyDescribe) {
  const std::vector<Deviation> deviations = parse_deviations(entry, "file.toml");
  Verdict known = verdict_on("Bad.fails", VerdictKind::fail, "fake.cpp: future, Value(43)");
  explain_fault(known, deviations);
  EXPECT_EQ(known.kind, VerdictKind::deviation);
  EXPECT_EQ(known.link, "https://example.org/1");
  Verdict other_fault = verdict_on("Bad.fails", VerdictKind::crashed, "crashed: signal 6");
  explain_fault(other_fault, deviations);
  EXPECT_EQ(other_fault.kind, VerdictKind::crashed);
  Verdict other_test = verdict_on("Bad.throws", VerdictKind::fail, "Value(43)");
  explain_fault(other_test, deviations);
  EXPECT_EQ(other_test.kind, VerdictKind::fail);
  Verdict inconclusive = verdict_on("Bad.fails", VerdictKind::inconclusive, "Value(43)");
  explain_fault(inconclusive, deviations);
  EXPECT_EQ(inconclusive.kind, VerdictKind::inconclusive);
}

TEST(Deviations, ThatAreNotNeededAreFlagged) {
  const std::vector<Deviation> deviations = parse_deviations(entry, "file.toml");
  Verdict passes = verdict_on("Bad.fails", VerdictKind::pass);
  flag_unexpected_passes({&passes}, false, deviations);
  EXPECT_EQ(passes.kind, VerdictKind::unexpected_pass);
  EXPECT_NE(passes.reason.find("line 2"), std::string::npos);
}

TEST(Deviations, OfAWholeRequirementAreFlaggedOnlyIfAllItsTestsPass) {
  const std::vector<Deviation> deviations = parse_deviations(entry, "file.toml");
  Verdict one = verdict_on("Hung.deadlocks", VerdictKind::pass);
  Verdict other = verdict_on("Hung.livelocks", VerdictKind::deviation);
  flag_unexpected_passes({&one, &other}, true, deviations);
  EXPECT_EQ(one.kind, VerdictKind::pass);
  other.kind = VerdictKind::pass;
  flag_unexpected_passes({&one, &other}, false, deviations);
  EXPECT_EQ(one.kind, VerdictKind::pass) << "another test of the requirement was left out";
  flag_unexpected_passes({&one, &other}, true, deviations);
  EXPECT_EQ(one.kind, VerdictKind::unexpected_pass);
  EXPECT_EQ(other.kind, VerdictKind::unexpected_pass);
}

}  // namespace
}  // namespace touchstone::supervisor
