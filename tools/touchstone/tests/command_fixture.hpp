// What tests of the command as a process share: starting it in a world that is as the test wants it.

#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <tests/fixture.hpp>
#include <vector>

namespace touchstone::tool {

class Touchstone : public testing::Test {
 protected:
  Touchstone();
  ~Touchstone() override;

  /// Starts the command; what it prints, to stdout and stderr, comes out of `output_`.
  pid_t start(std::vector<std::string> arguments);

  /// Reads until the command and all that have its output have closed it. Returns its exit code, or minus its signal.
  int finish(pid_t pid);

  /// The same for any program: the first word is its path.
  pid_t start_program(std::vector<std::string> words);

  /// Runs the command to its end, with the small specification of this test.
  int run(std::vector<std::string> arguments);

  [[nodiscard]] std::string output() const { return (folder_.path() / "report").string(); }

  /// Whether the command has said that.
  [[nodiscard]] bool says(const std::string& text) const { return printed_.find(text) != std::string::npos; }

  /// Until the fake subject has started the process that it stands for.
  static void await_grandchild(pid_t command);

  /// Reaps whatever became ours; a process that never ends lets a test run into its limit.
  static void await_no_children();

  TemporaryFolder folder_;
  std::filesystem::path spec_;
  std::function<void()> in_child_;  // called before the program is executed; only async-signal-safe calls
  int output_ = -1;
  std::string printed_;
};

/// For in_child_: takes away what root may and others may not, namely whatever the permissions of a file forbid.
void be_ordinary_user();

}  // namespace touchstone::tool
