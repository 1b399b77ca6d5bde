#include <gtest/gtest.h>

#include <command_line/terminal.hpp>
#include <cstdlib>

namespace touchstone::tool {
namespace {

/// Sets a variable of the environment for a while.
class Setting {
 public:
  Setting(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Setting() { unsetenv(name_); }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  const char* name_;
};

TEST(Terminal, HonoursNoColor) {
  const Setting force("CLICOLOR_FORCE", "1");
  EXPECT_TRUE(Terminal::of(stdout).color);
  const Setting none("NO_COLOR", "1");
  EXPECT_FALSE(Terminal::of(stdout).color);
  EXPECT_TRUE(Terminal::of(stdout, ColorChoice::always).color) << "an option outweighs the environment";
}

TEST(Terminal, TakesItsWidthFromTheEnvironment) {
  const Setting width("COLUMNS", "100");
  EXPECT_EQ(Terminal::of(stdout).width, 100);
  const Setting silly("COLUMNS", "7");
  EXPECT_EQ(Terminal::of(stdout).width, 60);
}

TEST(Terminal, WrapsAtSpacesAndKeepsIndents) {
  EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("a\n  b c\n\nd\n", 4), (std::vector<std::string>{"a", "  b", "  c", "", "d"}));
  EXPECT_EQ(wrap("", 10), (std::vector<std::string>{""}));
  EXPECT_EQ(wrap("unbreakable", 4), (std::vector<std::string>{"unbreakable"}));
  EXPECT_EQ(wrap_indented("one two three", 9, 2), "one two\n  three");
}

TEST(Terminal, CountsColumnsAndNotBytes) {
  EXPECT_EQ(columns("✓ 12"), 4U);
  EXPECT_EQ(fit("✓", 3), "✓  ");
  EXPECT_EQ(fit("✓✓✓✓✓✓", 4), "✓✓..");
}

}  // namespace
}  // namespace touchstone::tool
