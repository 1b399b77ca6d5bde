// The reader of test tables: strict, because what it overlooked would be missing from manifest and checks.

#include <gtest/gtest.h>

#include <specification/suite_tests.hpp>

namespace touchstone::tool {
namespace {

TEST(TestTable, IsReadInBothForms) {
  const std::vector<SuiteTest> tests = parse_test_table(
      "// {.name = \"Comment.is_ignored\", .requirement = verifies(\"FUT-000\")}\n"
      "std::vector<TestCase> tests() {\n"
      "  return {\n"
      "      {.name = \"Future.can_be_cancelled\",\n"
      "       .requirement = verifies(\"FUT-010\"),\n"
      "       .shows = \"a pending task \"\n"
      "                \"can be cancelled\",\n"
      "       .needs = {\"closures\", \"workers.limit\"},\n"
      "       .body = [](World& world) { body(world, {1, 2}); },\n"
      "       .hang_means = \"deadlocks\"},\n"
      "      {\"Future.is_done\", verifies(\"FUT-011\"), \"it is \\\"done\\\"\", {}, is_done},\n"
      "  };\n"
      "}\n",
      "future_test.cpp");
  ASSERT_EQ(tests.size(), 2U);
  EXPECT_EQ(tests[0].name, "Future.can_be_cancelled");
  EXPECT_EQ(tests[0].requirement, "FUT-010");
  EXPECT_EQ(tests[0].shows, "a pending task can be cancelled");
  EXPECT_EQ(tests[0].needs, (std::vector<std::string>{"closures", "workers.limit"}));
  EXPECT_EQ(tests[0].place.to_string(), "future_test.cpp:4");
  EXPECT_EQ(tests[1].name, "Future.is_done");
  EXPECT_EQ(tests[1].shows, "it is \"done\"");
  EXPECT_TRUE(tests[1].needs.empty());
}

TEST(TestTable, KnowsRawStringsAndCharacters) {
  EXPECT_EQ(parse_test_table("char c = '\"'; auto n = 1'000; auto t = R\"x({\"A.b\", verifies(\")x\";\n"
                             "auto table = {{\"A.b\", verifies(\"FUT-001\"), R\"(shows)\", {}, body}};",
                             "a_test.cpp")
                .size(),
            1U);
}

struct Fault {
  const char* name;
  const char* source;
  const char* error;
};

class TestTableRefuses : public testing::TestWithParam<Fault> {};

TEST_P(TestTableRefuses, WithPlaceAndKey) {
  try {
    static_cast<void>(parse_test_table(GetParam().source, "a_test.cpp"));
    FAIL() << "nothing was refused";
  } catch (const SpecificationError& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, std::string(GetParam().error).size()), GetParam().error);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Faults, TestTableRefuses,
    testing::Values(
        Fault{"Dash", "\n{.name = \"Future.can-cancel\", .requirement = verifies(\"A\"), .shows = \"x\", .body = f}",
              "a_test.cpp:2: name: \"Future.can-cancel\" is not a test name"},
        Fault{"NoTopic", "{\"cancel\", verifies(\"FUT-001\"), \"x\", {}, f}",
              "a_test.cpp:1: name: \"cancel\" is not a test name"},
        Fault{"NoVerifies", "{.name = \"A.b\", .requirement = \"FUT-001\", .shows = \"x\", .body = f}",
              "a_test.cpp:1: requirement: must be written verifies("},
        Fault{"NoRequirement", "{.name = \"A.b\", .shows = \"x\", .body = f}",
              "a_test.cpp:1: requirement: missing in the test case A.b"},
        Fault{"NoBody", "{\"A.b\", verifies(\"FUT-001\"), \"x\"}", "a_test.cpp:1: body: missing in the test case A.b"},
        Fault{"UnknownMember", "{.name = \"A.b\", .require = verifies(\"FUT-001\")}",
              "a_test.cpp:1: require: unknown member"},
        Fault{"Twice", "{.name = \"A.b\", .name = \"A.c\"}", "a_test.cpp:1: name: occurs twice"},
        Fault{"NameIsNoLiteral", "{.name = kName, .requirement = verifies(\"FUT-001\")}",
              "a_test.cpp:1: name: must be a string literal"},
        Fault{"Stray", "auto id = verifies(\"FUT-001\");", "a_test.cpp:1: verifies: stands outside a test case"},
        Fault{"Unfinished", "{\"A.b\", verifies(\"FUT-001\"), \"x\", {}, f(",
              "a_test.cpp:1: body: its value never ends"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace touchstone::tool
