// How mutants are built and judged.

#include <gtest/gtest.h>

#include <mutants/build.hpp>
#include <mutants/judge.hpp>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

TEST(MutantBuild, ReadsDependencies) {
  EXPECT_EQ(dependencies_in("a.o: a.cpp \\\n b.hpp c\\ d.hpp\n"),
            (std::vector<std::string>{"a.cpp", "b.hpp", "c d.hpp"}));
}

class MutantBuildTest : public testing::Test {
 protected:
  MutantBuildTest() {
    folder_.write("reference/src/a.cpp", "#include <lib/a.hpp>\nint a() { return value; }\n");
    folder_.write("reference/src/b.cpp", "int b() { return 2; }\n");
    folder_.write("reference/include/lib/a.hpp", "constexpr int value = 1;\n");
    folder_.write("conformance/subjects/reference.cpp", "int a();\nint b();\nint main() { return 10 * a() + b(); }\n");
    folder_.write("build/libtouchstone_suite.a", "!<arch>\n");
    const std::string tree = folder_.path();
    std::string entries;
    for (const std::string& file : {std::string("reference/src/a.cpp"), std::string("reference/src/b.cpp"),
                                    std::string("conformance/subjects/reference.cpp")}) {
      const std::string output = (file.starts_with("reference") ? "reference/" : "conformance/") + file + ".o";
      entries += (entries.empty() ? "" : ",\n") + std::string("{\"directory\": \"") + tree + "/build\", \"file\": \"" +
                 tree + "/" + file + "\", \"output\": \"" + output + "\", \"command\": \"g++ -I" + tree +
                 "/reference/include -Werror -o " + output + " -c " + tree + "/" + file + "\"}";
    }
    folder_.write("build/compile_commands.json", "[" + entries + "]");
  }

  Mutant mutant(const std::string& file, const std::string& find, const std::string& replace) const {
    return {"one",    file,           find,        replace,       {"FUT-001"},
            "always", "It is wrong.", "reference", {"m.toml", 1}, {"m.toml", 4}};
  }

  void build(MutantBuild& build, std::vector<Command> commands, Command last) {
    commands.push_back(std::move(last));
    for (Command& command : commands) {
      const Printed printed = run_program(processes_, std::move(command));
      ASSERT_TRUE(printed.ending.is_success()) << printed.ending.to_string() << printed.ending.error_text;
    }
    static_cast<void>(build);
  }

  int exit_code(const std::filesystem::path& executable) {
    Command command;
    command.program = executable;
    return run_program(processes_, std::move(command)).ending.exit_code.value_or(-1);
  }

  TemporaryFolder folder_;
  Processes processes_;
};

TEST_F(MutantBuildTest, CompilesOnlyWhatDependsOnTheChange) {
  MutantBuild reference(folder_.path(), folder_.path() / "build", "reference", {});
  build(reference, reference.base_commands(), reference.base_link());
  EXPECT_EQ(exit_code(reference.base_executable()), 12);
  EXPECT_TRUE(reference.base_commands().empty()) << "all objects are fresh";

  const Mutant source = mutant("reference/src/b.cpp", "return 2", "return 3");
  std::vector<Command> commands = reference.commands(source);
  ASSERT_EQ(commands.size(), 2U);
  Command link = commands.back();
  commands.pop_back();
  build(reference, commands, link);
  EXPECT_EQ(exit_code(reference.executable(source)), 13);

  const Mutant header = mutant("reference/include/lib/a.hpp", "= 1", "= 4");
  commands = reference.commands(header);
  ASSERT_EQ(commands.size(), 2U);
  link = commands.back();
  commands.pop_back();
  build(reference, commands, link);
  EXPECT_EQ(exit_code(reference.executable(header)), 42);
}

TEST_F(MutantBuildTest, SaysWhatIsMissing) {
  EXPECT_THROW(MutantBuild(folder_.path(), folder_.path() / "nowhere", "reference", {}), std::runtime_error);
  folder_.write("build/compile_commands.json", "[]");
  EXPECT_THROW(MutantBuild(folder_.path(), folder_.path() / "build", "reference", {}), std::runtime_error);
}

TEST(Judgement, CountsOnlyWhatProvesTheTest) {
  const TemporaryFolder folder;
  Specification specification = load_specification(write_specification(folder, 3));
  Mutant mutant;
  mutant.violates = {"FUT-001"};
  TestResult result = subject_with({Verdict::fail}).tests.front();
  EXPECT_TRUE(is_kill(result, mutant, specification));
  result.verdict = Verdict::hung;
  EXPECT_FALSE(is_kill(result, mutant, specification)) << "not proved";
  result.proved = true;
  EXPECT_TRUE(is_kill(result, mutant, specification));
  result.verdict = Verdict::crashed;
  EXPECT_FALSE(is_kill(result, mutant, specification));
  result.evidence = "WARNING: ThreadSanitizer: data race";
  EXPECT_FALSE(is_kill(result, mutant, specification)) << "the requirement is not about memory";
  specification.requirements.front().chapter = "visibility";
  EXPECT_TRUE(is_kill(result, mutant, specification));
  result.verdict = Verdict::inconclusive;
  EXPECT_FALSE(is_kill(result, mutant, specification));
  mutant.violates = {"FUT-002"};
  result.verdict = Verdict::fail;
  EXPECT_FALSE(is_kill(result, mutant, specification)) << "the test of another requirement";
  result.own_requirement = mutant.violates.front();
  result.verdict = Verdict::hung;
  result.proved = true;
  EXPECT_TRUE(is_kill(result, mutant, specification)) << "a hang in the destruction, in a test of the right one";
}

TEST(Judgement, TellsTheLineThatSaysSomething) {
  TestResult result;
  result.fingerprint = "a.cpp: x == 1";
  EXPECT_EQ(telling_line(result), "a.cpp: x == 1");
  result.evidence = "\nFailed\n  a.cpp:3: Failure\nExpected";
  EXPECT_EQ(telling_line(result), "a.cpp:3: Failure");
}

}  // namespace
}  // namespace touchstone::tool
