// The reader of the suite's tests: strict, because what it overlooked would be missing from manifest and checks.

#include <gtest/gtest.h>

#include <specification/suite_tests.hpp>

namespace touchstone::tool {
namespace {

TEST(SuiteTests, AreReadWholeInTheOrderOfTheirList) {
  const std::vector<SuiteTest> tests = parse_suite_tests(
      "// Why it is done so.\n"
      "const TestCase can_be_cancelled{\n"
      "    .name = \"Future.can_be_cancelled\",\n"
      "    .requirement = verifies(\"FUT-010\"),\n"
      "    .shows =\n"
      "        \"a pending task \"\n"
      "        \"can be cancelled\",\n"
      "    .needs = {\"closures\", \"workers.limit\"},\n"
      "    .body = +[](World& world) { body(world, {1, 2}); },\n"
      "    .hang_means = \"deadlocks\"};\n"
      "const TestCase is_done{.name = \"Future.is_done\", .requirement = verifies(\"FUT-011\"),\n"
      "                       .shows = \"it is \\\"done\\\"\", .body = is_done_in_time};\n"
      "std::vector<TestCase> tests() { return {is_done, can_be_cancelled}; }\n",
      "future_test.cpp");
  ASSERT_EQ(tests.size(), 2U);
  EXPECT_EQ(tests[1].name, "Future.can_be_cancelled");
  EXPECT_EQ(tests[1].requirement, "FUT-010");
  EXPECT_EQ(tests[1].shows, "a pending task can be cancelled");
  EXPECT_EQ(tests[1].needs, (std::vector<std::string>{"closures", "workers.limit"}));
  EXPECT_EQ(tests[1].place.to_string(), "future_test.cpp:2");
  EXPECT_EQ(tests[0].name, "Future.is_done");
  EXPECT_EQ(tests[0].shows, "it is \"done\"");
  EXPECT_TRUE(tests[0].needs.empty());
}

struct Fault {
  const char* name;
  const char* source;
  const char* error;
};

class SuiteTestsRefuse : public testing::TestWithParam<Fault> {};

TEST_P(SuiteTestsRefuse, WithPlaceAndWhatToDo) {
  try {
    static_cast<void>(parse_suite_tests(GetParam().source + std::string("\nreturn {a, b};"), "a_test.cpp"));
    FAIL() << "nothing was refused";
  } catch (const SpecificationError& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, std::string(GetParam().error).size()), GetParam().error);
  }
}

constexpr const char* other_form = "a_test.cpp:1: a test: write it as the others are: const TestCase ";

INSTANTIATE_TEST_SUITE_P(
    Faults, SuiteTestsRefuse,
    testing::Values(
        Fault{"Dash",
              "\nconst TestCase a{.name = \"A.a-b\", .requirement = verifies(\"F\"), .shows = \"x\", .body = f};",
              "a_test.cpp:2: a test: write it as the others are"},
        Fault{"NoTopic", "const TestCase a{.name = \"a\", .requirement = verifies(\"F\"), .shows = \"x\", .body = f};",
              other_form},
        Fault{"NoVerifies", "const TestCase a{.name = \"A.a\", .requirement = \"F\", .shows = \"x\", .body = f};",
              other_form},
        Fault{"NoSentence", "const TestCase a{.name = \"A.a\", .requirement = verifies(\"F\"), .body = f};",
              other_form},
        Fault{"NoBody", "const TestCase a{.name = \"A.a\", .requirement = verifies(\"F\"), .shows = \"x\"};",
              other_form},
        Fault{"NoNames", "const TestCase a{\"A.a\", verifies(\"F\"), \"x\", {}, f};", other_form},
        Fault{"NameIsNoLiteral", "const TestCase a{.name = name, .requirement = verifies(\"F\")};", other_form},
        Fault{"Stray", "auto id = verifies(\"FUT-001\");", other_form},
        Fault{"NotInTheList",
              "const TestCase c{.name = \"A.c\", .requirement = verifies(\"F\"), .shows = \"x\", .body = f};",
              "a_test.cpp:1: c: is not in the list at the end of the file"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace touchstone::tool
