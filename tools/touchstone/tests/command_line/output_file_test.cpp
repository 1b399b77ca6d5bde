// Files that are whole or not there at all; what a full disk does to them is tried in run/lost_output_test.cpp.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <command_line/output_file.hpp>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

namespace fs = std::filesystem;

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(OutputFile, IsReplacedAndNothingElseIsLeft) {
  const TemporaryFolder folder;
  EXPECT_EQ(why_not_writable(folder.path() / "a"), "");
  EXPECT_EQ(files_in(folder.path()), 0U) << "trying leaves nothing behind";
  EXPECT_EQ(replace_file(folder.path() / "a", "one"), "");
  EXPECT_EQ(why_not_writable(folder.path() / "a"), "");
  EXPECT_EQ(folder.read("a"), "one") << "trying changes nothing";
  EXPECT_EQ(replace_file(folder.path() / "a", "two"), "");
  EXPECT_EQ(folder.read("a"), "two");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(OutputFile, SaysWhyNot) {
  const TemporaryFolder folder;
  folder.write("file", "");
  EXPECT_EQ(why_not_writable(folder.path()), "Is a directory");
  EXPECT_EQ(why_not_writable(folder.path() / "file" / "a"), "Not a directory");
  EXPECT_EQ(why_not_writable(folder.path() / "nowhere" / "a"), "No such file or directory");
  EXPECT_EQ(replace_file(folder.path() / "nowhere" / "a", "x"), "No such file or directory");
  EXPECT_EQ(why_not_writable(""), "its name is empty");
}

TEST(OutputFile, BehindALinkIsTheOneThatIsReplaced) {
  const TemporaryFolder folder;
  folder.write("there/a", "one");
  fs::create_symlink(folder.path() / "there/a", folder.path() / "link");
  EXPECT_EQ(replace_file(folder.path() / "link", "two"), "");
  EXPECT_TRUE(fs::is_symlink(folder.path() / "link"));
  EXPECT_EQ(folder.read("there/a"), "two");
}

TEST(OutputFile, ThatIsAPipeStaysOne) {
  const TemporaryFolder folder;
  const fs::path pipe = folder.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  EXPECT_EQ(why_not_writable(pipe), "");
  EXPECT_EQ(replace_file(pipe, "x"), "");
  char got = 0;
  EXPECT_EQ(read(reader, &got, 1), 1);
  EXPECT_EQ(got, 'x');
  EXPECT_TRUE(fs::is_fifo(pipe));
  close(reader);
}

TEST(LineFile, BeginsWithItsFirstLine) {
  const TemporaryFolder folder;
  folder.write("lines", "from before\n");
  LineFile file(folder.path() / "lines", LineFile::Start::empty);
  EXPECT_EQ(folder.read("lines"), "from before\n");
  EXPECT_EQ(file.add("one"), "");
  EXPECT_EQ(file.add("two"), "");
  EXPECT_EQ(folder.read("lines"), "one\ntwo\n");
  EXPECT_EQ(file.lines(), 2U);
  LineFile more(folder.path() / "lines", LineFile::Start::as_it_is);
  EXPECT_EQ(more.add("three"), "");
  EXPECT_EQ(folder.read("lines"), "one\ntwo\nthree\n");
}

}  // namespace
}  // namespace touchstone::tool
