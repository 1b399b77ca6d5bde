// Command lines, held against the shell itself.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <processes/shell.hpp>

namespace touchstone::tool {
namespace {

/// The first argument of a command, as a shell that reads this line hands it over.
std::string read_by_shell(const std::string& line) {
  std::FILE* const pipe = popen(("printf %s " + line).c_str(), "r");
  std::string text;
  std::array<char, 256> part{};
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe)) text.append(part.data(), size);
  EXPECT_EQ(pclose(pipe), 0) << line;
  return text;
}

TEST(Shell, WordsAreQuotedOnlyWhereTheyMustBe) {
  EXPECT_EQ(shell_quote("bin/subjects/my-pool_2"), "bin/subjects/my-pool_2");
  EXPECT_EQ(shell_quote("my build/my_pool"), "'my build/my_pool'");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quote(""), "''");
}

TEST(Shell, QuotedWordsComeThroughWhole) {
  const std::string plain = "0123456789_@%+=:,./-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string all;
  for (char c = 1; c < 127; ++c) {
    all += c;
    const std::string text = std::string("a") + c + "b";
    EXPECT_EQ(shell_quote(text) == text, plain.find(c) != std::string::npos) << text;
    EXPECT_EQ(read_by_shell(shell_quote(text)), text);
    EXPECT_EQ(shell_split(shell_quote(text)), std::vector{text});
  }
  EXPECT_EQ(read_by_shell(shell_quote(all)), all);
  EXPECT_EQ(shell_split(shell_quote(all)), std::vector{all});
}

TEST(Shell, LinesAreSplitIntoWords) {
  EXPECT_EQ(shell_split(R"(g++ -DA="x y" -DB=\"z\" 'a b' "c\"d"  e)"),
            (std::vector<std::string>{"g++", "-DA=x y", "-DB=\"z\"", "a b", "c\"d", "e"}));
  EXPECT_EQ(shell_split("  "), std::vector<std::string>());
  EXPECT_EQ(shell_split("-DEMPTY=''"), std::vector<std::string>{"-DEMPTY="});
}

}  // namespace
}  // namespace touchstone::tool
