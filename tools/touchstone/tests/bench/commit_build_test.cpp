#include <gtest/gtest.h>

#include <bench/commit_build.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

namespace fs = std::filesystem;

/// A repository whose commits build a module that holds nothing but one function.
class CommitBuildTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(sources_);
    write("CMakePresets.json", R"({"version": 6,
      "configurePresets": [{"name": "release", "binaryDir": "${sourceDir}/build/release"}],
      "buildPresets": [{"name": "release", "configurePreset": "release"}]})");
    write("CMakeLists.txt", R"(cmake_minimum_required(VERSION 3.25)
      project(Small LANGUAGES CXX)
      add_library(bench_small_module MODULE small.cpp)
      set_target_properties(bench_small_module PROPERTIES PREFIX "" OUTPUT_NAME small
        LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin/bench/modules"))");
    write("small.cpp", "int small() { return 1; }");
    git("init --quiet --initial-branch=main");
    commit();
    write("small.cpp", "int small() { return no_such_name; }");
    commit();
  }

  void write(const std::string& name, const std::string& content) { std::ofstream(sources_ / name) << content; }

  void commit() {
    git("add .");
    git("-c user.name=Nobody -c user.email=nobody@localhost commit --quiet --message=change");
  }

  void git(const std::string& arguments) {
    ASSERT_EQ(std::system(("git -C " + sources_.string() + " " + arguments).c_str()), 0);
  }

  TemporaryFolder folder_;
  fs::path sources_ = folder_.path() / "sources";
  Processes processes_;
  CommitBuild build_{processes_, sources_, folder_.path() / "compared"};
};

TEST_F(CommitBuildTest, KnowsCommitsByTheirNames) {
  const auto newest = build_.commit_named("main");
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ(newest->size(), 40U);
  EXPECT_EQ(build_.commit_named("HEAD"), newest);
  EXPECT_EQ(build_.commit_named(newest->substr(0, 10)), newest);
  EXPECT_NE(build_.commit_named("HEAD~1"), newest);
  for (const char* const word : {"no_such_branch", "HEAD~2", "--all", ""}) {
    EXPECT_EQ(build_.commit_named(word), std::nullopt) << word;
  }
}

TEST_F(CommitBuildTest, KnowsNoneWhereThereIsNoRepository) {
  const CommitBuild elsewhere(processes_, folder_.path(), folder_.path() / "compared");
  EXPECT_EQ(elsewhere.commit_named("HEAD"), std::nullopt);
}

TEST_F(CommitBuildTest, BuildsWhatTheCommitHolds) {
  const std::string commit = build_.commit_named("HEAD~1").value();
  const fs::path module = build_.module(commit, "small");
  EXPECT_TRUE(fs::is_regular_file(module)) << module;
  const auto built = fs::last_write_time(module);
  EXPECT_EQ(build_.module(commit, "small"), module);
  EXPECT_EQ(fs::last_write_time(module), built) << "it was built twice";
}

TEST_F(CommitBuildTest, TellsWhyItCouldNotBuild) {
  const std::string commit = build_.commit_named("HEAD").value();
  try {
    static_cast<void>(build_.module(commit, "small"));
    FAIL() << "it was built";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no_such_name"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("--target bench_small_module"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace touchstone::tool
