// The loader of spec/: what is wrong is refused, with file, line and key.

#include <gtest/gtest.h>

#include <specification/specification.hpp>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

std::string error_of(const TemporaryFolder& folder) {
  try {
    static_cast<void>(load_specification(folder.path() / "spec"));
  } catch (const SpecificationError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Specification, IsReadWhole) {
  const TemporaryFolder folder;
  const std::filesystem::path spec = write_specification(folder);
  folder.write("spec/requirements/future.toml",
               chapter_text(requirement_text("FUT-001", {"founding = true", "alternatives = [\"this\", \"that\"]",
                                                         "difference = \"DIFF-03\"", "cpython = \"It does not.\"",
                                                         "level = \"DOC\"", "rev", "applies", "since", "needs = []"})));
  folder.write("spec/differences.md", "# Differences\n\n**DIFF-03**: we differ,\nand say why.\n\nOther words.\n");
  folder.write("spec/not-adopted.toml", "[[not_adopted]]\nid = \"FUT-002\"\nreason = \"No meaning.\"\n");
  const Specification specification = load_specification(spec);
  ASSERT_EQ(specification.requirements.size(), 1U);
  const Requirement& requirement = specification.requirements.front();
  EXPECT_EQ(requirement.title, "Title of FUT-001");
  EXPECT_EQ(requirement.chapter, "future");
  EXPECT_EQ(requirement.level, "DOC");
  EXPECT_EQ(requirement.revision, 1);
  EXPECT_EQ(requirement.applies, "both");
  EXPECT_EQ(requirement.since, "");
  EXPECT_TRUE(requirement.founding);
  EXPECT_EQ(requirement.alternatives, (std::vector<std::string>{"this", "that"}));
  EXPECT_EQ(requirement.place.to_string(), "spec/requirements/future.toml:6");
  EXPECT_EQ(specification.differences.at("DIFF-03"), "we differ, and say why.");
  EXPECT_EQ(specification.not_adopted.front().id, "FUT-002");
}

TEST(Specification, OfTheProjectIsReadable) {
  const Specification specification = load_specification(std::string(TOUCHSTONE_TREE) + "/spec");
  EXPECT_GT(specification.requirements.size(), 300U);
}

struct Fault {
  const char* name;
  std::vector<std::string> changes;  // of the second of two requirements
  const char* error;
};

class Refuses : public testing::TestWithParam<Fault> {};

TEST_P(Refuses, WithPlaceAndKey) {
  const TemporaryFolder folder;
  static_cast<void>(write_specification(folder));
  folder.write("spec/requirements/future.toml",
               chapter_text(requirement_text("FUT-001") + requirement_text("FUT-002", GetParam().changes)));
  folder.write("spec/retired.toml", "[[retired]]\nid = \"FUT-009\"\nreason = \"Merged into FUT-001.\"\n");
  folder.write("spec/not-adopted.toml", "[[not_adopted]]\nid = \"FUT-008\"\nreason = \"No meaning.\"\n");
  EXPECT_EQ(error_of(folder).substr(0, std::string(GetParam().error).size()), GetParam().error);
}

// The second requirement begins in line 19, its keys follow in the order of requirement_text().
INSTANTIATE_TEST_SUITE_P(
    Faults, Refuses,
    testing::Values(
        Fault{"UnknownKey",
              {"levle = \"MUST\""},
              "spec/requirements/future.toml:31: levle: unknown key; the keys here are"},
        Fault{"MissingKey", {"intent"}, "spec/requirements/future.toml:19: intent: missing"},
        Fault{
            "WrongType", {"rev = \"1\""}, "spec/requirements/future.toml:22: rev: is a string; it must be an integer"},
        Fault{"WrongElement", {"needs = [1]"}, "spec/requirements/future.toml:29: needs: holds an integer"},
        Fault{"DuplicateId",
              {"id = \"FUT-001\""},
              "spec/requirements/future.toml:20: id: FUT-001 is used already, at spec/requirements/future.toml:6"},
        Fault{"RetiredId",
              {"id = \"FUT-009\""},
              "spec/requirements/future.toml:20: id: FUT-009 was retired (spec/retired.toml:1: Merged into FUT-001.)"},
        Fault{"NotAdoptedId",
              {"id = \"FUT-008\""},
              "spec/requirements/future.toml:20: id: FUT-008 stands in spec/not-adopted.toml:1"},
        Fault{"ForeignPrefix",
              {"id = \"CBK-001\""},
              "spec/requirements/future.toml:20: id: CBK-001 does not belong here"},
        Fault{"FormOfId", {"id = \"FUT-1\""}, "spec/requirements/future.toml:20: id: \"FUT-1\" is not an id"},
        Fault{"UnknownProfile",
              {"profile = \"cores\""},
              "spec/requirements/future.toml:23: profile: unknown value \"cores\"; use core or futures"},
        Fault{"UnknownLevel",
              {"level = \"OUGHT\""},
              "spec/requirements/future.toml:24: level: unknown value \"OUGHT\"; use MUST, SHOULD, MAY or DOC"},
        Fault{"UnknownApplies", {"applies = \"none\""}, "spec/requirements/future.toml:25: applies: unknown value"},
        Fault{"UnknownCapability",
              {"needs = [\"flight\"]"},
              "spec/requirements/future.toml:29: needs: unknown capability \"flight\""},
        Fault{"FormOfVersion",
              {"since = \"since 3.2\""},
              "spec/requirements/future.toml:26: since: \"since 3.2\" is not a Python version"},
        Fault{"EmptyTitle", {"title = \"\""}, "spec/requirements/future.toml:21: title: is empty"},
        Fault{"LongTitle",
              {"title = \"It takes fifty characters to say what nobody reads\""},
              "spec/requirements/future.toml:21: title: has 50 characters; at most 48"},
        Fault{"TitleOfAnother",
              {"title = \"Title of FUT-001\""},
              "spec/requirements/future.toml:21: title: is that of FUT-001 already"},
        Fault{"EmptyText", {"text = \"\""}, "spec/requirements/future.toml:27: text: is empty"},
        Fault{"NoToml", {"text = unquoted"}, "spec/requirements/future.toml:27: not valid TOML"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Specification, RefusesTablesThatItDoesNotKnow) {
  const TemporaryFolder folder;
  static_cast<void>(write_specification(folder));
  folder.write("spec/untested.toml", "[[untestd]]\nid = \"FUT-001\"\nreason = \"later\"\n");
  EXPECT_EQ(error_of(folder), "spec/untested.toml:1: untestd: unknown key; the keys here are untested");
  folder.write("spec/untested.toml", "[[untested]]\nid = \"FUT-001\"\nreason = \"\"\n");
  EXPECT_EQ(error_of(folder), "spec/untested.toml:3: reason: is empty; say why");
}

}  // namespace
}  // namespace touchstone::tool
