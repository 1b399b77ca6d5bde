// touchstone check: each of its checks notices what it is for.

#include <gtest/gtest.h>

#include <algorithm>
#include <checks.hpp>
#include <specification/generated.hpp>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

constexpr const char* list = "return {one, two, three, four};\n";

class Checks : public testing::Test {
 protected:
  Checks() {
    static_cast<void>(write_specification(folder_, 3));
    folder_.write("conformance/suite/future_test.cpp",
                  test("one", "FUT-001") + test("two", "FUT-002") + test("three", "FUT-003") + list);
  }

  static std::string test(const std::string& name, const std::string& id, const std::string& needs = "") {
    return "const TestCase " + name + "{.name = \"Future." + name + "\", .requirement = verifies(\"" + id +
           "\"), .shows = \"x\", .needs = {" + needs + "}, .body = body};\n";
  }

  /// All problems, with the generated files written first.
  std::vector<std::string> problems() {
    const Specification specification = load_specification(folder_.path() / "spec");
    const std::vector<SuiteTest> tests = read_suite_tests(folder_.path());
    try {
      for (const GeneratedFile& file : generated_files(specification, tests)) folder_.write(file.path, file.content);
    } catch (const SpecificationError&) {
      // A test of a requirement that does not exist: what is being tested.
    }
    return check_all(specification, tests).problems;
  }

  TemporaryFolder folder_;
};

using Texts = std::vector<std::string>;

TEST_F(Checks, FindNothingWhereAllIsWell) { EXPECT_EQ(problems(), Texts()); }

TEST_F(Checks, NoticeARequirementWithoutTest) {
  folder_.write("conformance/suite/future_test.cpp", test("one", "FUT-001") + test("two", "FUT-002") + list);
  EXPECT_EQ(problems(),
            Texts{"spec/requirements/future.toml:32: FUT-003 has no test; write one, or say untestable_because, "
                  "or list it in spec/untested.toml"});
  folder_.write("spec/untested.toml", "[[untested]]\nid = \"FUT-003\"\nreason = \"Soon.\"\n");
  EXPECT_EQ(problems(), Texts());
}

TEST_F(Checks, NoticeWhatIsUntestedNoLonger) {
  folder_.write(
      "spec/untested.toml",
      "[[untested]]\nid = \"FUT-003\"\nreason = \"Soon.\"\n\n[[untested]]\nid = \"FUT-004\"\nreason = \"Soon.\"\n");
  EXPECT_EQ(problems(), (Texts{"spec/untested.toml:1: id: FUT-003 has a test now; remove the entry",
                               "spec/untested.toml:5: id: FUT-004 is no requirement; remove the entry"}));
}

TEST_F(Checks, NoticeTestsOfNothing) {
  folder_.write("conformance/suite/other_test.cpp", test("four", "FUT-004", "\"flight\"") + list);
  EXPECT_EQ(problems(), (Texts{"conformance/suite/other_test.cpp:1: verifies: Future.four names FUT-004, which "
                               "spec/requirements does not have",
                               "conformance/suite/other_test.cpp:1: needs: unknown capability \"flight\"; "
                               "spec/capabilities.toml lists them all"}));
}

TEST_F(Checks, NoticeATestNameThatIsUsedTwice) {
  folder_.write("conformance/suite/other_test.cpp", test("one", "FUT-001") + list);
  EXPECT_THROW(static_cast<void>(read_suite_tests(folder_.path())), SpecificationError);
}

TEST_F(Checks, NoticeUnknownDifferences) {
  folder_.write("spec/requirements/future.toml",
                chapter_text(requirement_text("FUT-001", {"difference = \"DIFF-07\""}) + requirement_text("FUT-002") +
                             requirement_text("FUT-003")));
  EXPECT_EQ(problems(),
            Texts{"spec/requirements/future.toml:6: difference: DIFF-07 has no line in spec/differences.md"});
  folder_.write("spec/differences.md", "DIFF-07: we differ.\n");
  EXPECT_EQ(problems(), Texts());
}

TEST_F(Checks, KeepTheBudgets) {
  folder_.write("spec/requirements/future.toml",
                chapter_text(requirement_text("FUT-001") + requirement_text("FUT-002") +
                             requirement_text("FUT-003", {"untestable_because = \"Nobody can see it.\""})));
  folder_.write("conformance/suite/future_test.cpp", test("one", "FUT-001") + test("two", "FUT-002") + list);
  EXPECT_EQ(problems(), Texts{"spec/requirements: 1 of 3 MUSTs are untestable; at most 5 % may be"});
}

TEST_F(Checks, ReadDeviations) {
  folder_.write(
      "conformance/subjects/deviations/fake.toml",
      "[[deviation]]\nrequirement = \"FUT-009\"\nfingerprint = \"x\"\nreason = \"y\"\n\n"
      "[[deviation]]\nrequirement = \"FUT-001\"\ntest = \"Future.nine\"\nfingerprint = \"x\"\nreason = \"y\"\n");
  EXPECT_EQ(problems(),
            (Texts{"conformance/subjects/deviations/fake.toml:1: requirement: there is no FUT-009",
                   "conformance/subjects/deviations/fake.toml:6: test: there is no test Future.nine of FUT-001"}));
  folder_.write("conformance/subjects/deviations/fake.toml",
                "[[deviation]]\nrequirement = \"FUT-001\"\nfingerprint = \"x\"\nreason = \"\"\n");
  EXPECT_EQ(problems(),
            Texts{"conformance/subjects/deviations/fake.toml:4: reason: is empty; say why the subject deviates"});
}

TEST_F(Checks, NoticeStaleFiles) {
  const Specification specification = load_specification(folder_.path() / "spec");
  const std::vector<SuiteTest> tests = read_suite_tests(folder_.path());
  CheckResult result;
  check_generated(specification, tests, result);
  EXPECT_EQ(result.problems.size(), 3U);
  EXPECT_EQ(problems(), Texts());
  folder_.write("conformance/suite/manifest.txt", folder_.read("conformance/suite/manifest.txt") + "More FUT-001\n");
  CheckResult stale;
  check_generated(specification, tests, stale);
  EXPECT_EQ(stale.problems,
            Texts{"conformance/suite/manifest.txt:5: is not what the sources say now; run `touchstone generate`"});
}

TEST_F(Checks, ReadMutants) {
  folder_.write("reference/src/a.cpp", "int a() { return 1; }\nint b() { return 1; }\n");
  const auto mutant = [](const std::string& find) {
    return "[[mutant]]\nid = \"one\"\nfile = \"reference/src/a.cpp\"\nfind = \"" + find +
           "\"\nreplace = \"x\"\nviolates = [\"FUT-001\"]\ntier = \"always\"\ntext = \"It is wrong.\"\n";
  };
  folder_.write("conformance/mutants/a.toml", mutant("int a()"));
  EXPECT_EQ(problems(), Texts());
  folder_.write("conformance/mutants/a.toml", mutant("return 1"));
  EXPECT_EQ(problems(), Texts{"conformance/mutants/a.toml:4: find: occurs more than once in reference/src/a.cpp; give "
                              "more of its surroundings"});
  folder_.write("conformance/mutants/a.toml", mutant("return 2"));
  EXPECT_EQ(problems(), Texts{"conformance/mutants/a.toml:4: find: does not occur in reference/src/a.cpp; the file has "
                              "changed: adapt the mutant"});
}

}  // namespace
}  // namespace touchstone::tool
