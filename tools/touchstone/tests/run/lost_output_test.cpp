// A run that loses its terminal, a stream or its disk: every verdict that it had is kept, the matrix is printed where
// that can be, what could not be written is named, and no file is there by half.

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <results/exit_code.hpp>
#include <sstream>
#include <tests/command_fixture.hpp>
#include <thread>

namespace touchstone::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::array report_names = {"report.json", "junit.xml", "summary.md", "index.html"};

class LostOutput : public Touchstone {
 protected:
  std::vector<std::string> run_of(const std::string& behaviour) const {
    return {"run", folder_.fake_subject(behaviour), "--spec", spec_, "--output", output()};
  }

  int run_good() {
    printed_.clear();
    return finish(start(run_of("good")));
  }

  /// Each file is there as a whole, or not at all; returns which are there.
  std::vector<std::string> whole_reports(const fs::path& folder = "report") const {
    std::vector<std::string> whole;
    const std::array ends = {"}\n", "</testsuites>\n", "</sub>\n", "</html>\n"};
    for (std::size_t i = 0; i < report_names.size(); ++i) {
      if (!fs::exists(folder_.path() / folder / report_names[i])) continue;
      const std::string content = folder_.read(folder / report_names[i]);
      EXPECT_TRUE(content.ends_with(ends[i])) << report_names[i] << " is there by half: " << content.size() << " bytes";
      whole.emplace_back(report_names[i]);
    }
    for (const auto& entry : fs::directory_iterator(folder_.path() / folder)) {
      EXPECT_NE(entry.path().extension(), ".part") << entry.path() << " was left";
    }
    return whole;
  }

  void expect_all_reports() const {
    EXPECT_EQ(whole_reports(), std::vector<std::string>(report_names.begin(), report_names.end()));
  }

  std::size_t verdict_lines() const {
    std::istringstream lines(folder_.read("report/verdicts.jsonl"));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      EXPECT_TRUE(nlohmann::json::parse(line, nullptr, false).is_object()) << line;
    }
    return count;
  }

  /// Until the command has read so many from its subject, and written them down.
  void await_verdicts(std::ptrdiff_t count) const {
    for (;; std::this_thread::yield()) {
      std::ifstream stream(folder_.path() / "report/verdicts.jsonl");
      const std::istreambuf_iterator<char> begin(stream), end;
      if (std::count(begin, end, '\n') >= count) return;
    }
  }

  void expect_matrix() const { EXPECT_TRUE(says("30/30")) << printed_; }
};

// --- Streams --------------------------------------------------------------------------------------

/// Opens something in place of a stream.
void replace(int stream, const char* path) { dup2(open(path, O_WRONLY), stream); }

/// A pipe whose reader is gone.
void break_pipe(int stream) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) _exit(127);
  dup2(ends[1], stream);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(LostOutput, StderrThatIsLostEndsNothing) {
  for (const auto& lose : {+[] { close(STDERR_FILENO); }, +[] { replace(STDERR_FILENO, "/dev/full"); },
                           +[] { break_pipe(STDERR_FILENO); }}) {
    in_child_ = lose;
    EXPECT_EQ(run_good(), exit_expected);
    expect_matrix();
    expect_all_reports();
    EXPECT_EQ(verdict_lines(), 30U);
  }
}

TEST_F(LostOutput, StdoutThatIsLostIsTold) {
  for (const auto& lose : {+[] { close(STDOUT_FILENO); }, +[] { replace(STDOUT_FILENO, "/dev/full"); }}) {
    in_child_ = lose;
    EXPECT_EQ(run_good(), exit_harness_error);
    EXPECT_TRUE(says("what was found cannot be written to the standard output (")) << printed_;
    expect_all_reports();
    EXPECT_EQ(verdict_lines(), 30U);
  }
  in_child_ = [] {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) close(stream);
  };
  EXPECT_EQ(run_good(), exit_harness_error);
  expect_all_reports();
  EXPECT_EQ(verdict_lines(), 30U);
}

TEST_F(LostOutput, WhoReadsNoFurtherIsNoFault) {
  in_child_ = [] { break_pipe(STDOUT_FILENO); };
  EXPECT_EQ(run_good(), exit_expected);
  EXPECT_FALSE(says("cannot be written")) << printed_;
  expect_all_reports();
  EXPECT_EQ(run({"list"}), exit_expected);
}

// --- A terminal -----------------------------------------------------------------------------------

/// A terminal that the command has, until it is closed.
class OwnTerminal {
 public:
  OwnTerminal() : ours_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(grantpt(ours_) + unlockpt(ours_), 0);
    name_ = ptsname(ours_);
    static_cast<void>(fcntl(ours_, F_SETFL, O_NONBLOCK));
  }
  ~OwnTerminal() { close_it(); }
  OwnTerminal(const OwnTerminal&) = delete;
  OwnTerminal& operator=(const OwnTerminal&) = delete;

  /// In the child: as it is in a window of its own.
  void take() const {
    setsid();
    const int terminal = open(name_.c_str(), O_RDWR);
    ioctl(terminal, TIOCSCTTY, 0);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(terminal, stream);
    if (terminal > STDERR_FILENO) close(terminal);
  }

  void close_it() {
    if (ours_ >= 0) close(ours_);
    ours_ = -1;
  }

 private:
  int ours_;
  std::string name_;
};

TEST_F(LostOutput, TerminalThatGoesAwayInterrupts) {
  OwnTerminal terminal;
  in_child_ = [&] { terminal.take(); };
  const pid_t command = start(run_of("working"));
  await_grandchild(command);
  terminal.close_it();
  EXPECT_EQ(finish(command), exit_interrupted);
  await_no_children();
  expect_all_reports();
  const auto report = nlohmann::json::parse(folder_.read("report/report.json"));
  EXPECT_FALSE(report["run"]["complete"].get<bool>());
  EXPECT_EQ(report["subjects"][0]["tests"][3]["verdict"], "pass");
  EXPECT_EQ(report["subjects"][0]["tests"][4]["verdict"], "not-run");
  EXPECT_EQ(verdict_lines(), 4U);
}

/// Until a process has taken the signal that its terminal sent, or has ignored it.
void await_hangup_taken(pid_t process) {
  for (bool is_pending = true; is_pending;) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    is_pending = false;
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("SigPnd:") || line.starts_with("ShdPnd:"))
        is_pending |= (std::stoull(line.substr(7), nullptr, 16) >> (SIGHUP - 1) & 1) != 0;
    }
  }
}

TEST_F(LostOutput, WithNohupTheRunOutlivesItsTerminal) {
  OwnTerminal terminal;
  const fs::path gate = folder_.path() / "gate";
  ASSERT_EQ(mkfifo(gate.c_str(), 0600), 0);
  in_child_ = [&] {
    signal(SIGHUP, SIG_IGN);
    setenv("TOUCHSTONE_FAKE_GATE", gate.c_str(), 1);
    terminal.take();
  };
  const pid_t command = start(run_of("patient"));
  const int opened = open(gate.c_str(), O_WRONLY | O_CLOEXEC);  // waits until the subject is in its fifth test
  terminal.close_it();
  await_hangup_taken(command);
  close(opened);
  EXPECT_EQ(finish(command), exit_harness_error) << "nobody has seen the matrix";
  expect_all_reports();
  EXPECT_TRUE(nlohmann::json::parse(folder_.read("report/report.json"))["run"]["complete"].get<bool>());
  EXPECT_EQ(verdict_lines(), 30U);
}

// --- A disk ---------------------------------------------------------------------------------------

TEST_F(LostOutput, ReportThatCannotBeWrittenIsNamedAndTheOthersAreThere) {
  fs::create_directories(output());
  fs::create_symlink("/dev/full", output() + "/junit.xml");
  EXPECT_EQ(run_good(), exit_harness_error);
  expect_matrix();
  EXPECT_TRUE(says("report/junit.xml: No space left on device")) << printed_;
  EXPECT_TRUE(says("make room, or choose another folder with --output")) << printed_;
  EXPECT_TRUE(says("report: " + output() + "/index.html")) << printed_;
  EXPECT_EQ(printed_.find("junit.xml"), printed_.rfind("junit.xml")) << "told twice";
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  fs::remove(output() + "/junit.xml");
  EXPECT_EQ(whole_reports(), (std::vector<std::string>{"report.json", "summary.md", "index.html"}));
}

TEST_F(LostOutput, VerdictsThatCannotBeWrittenAsTheyComeAreInTheReports) {
  fs::create_directories(output());
  fs::create_symlink("/dev/full", output() + "/verdicts.jsonl");
  EXPECT_EQ(run_good(), exit_harness_error);
  expect_matrix();
  expect_all_reports();
  EXPECT_TRUE(says("report/verdicts.jsonl: No space left on device")) << printed_;
}

/// Whatever fits is there, and whatever was there before and could not be replaced is as it was.
TEST_F(LostOutput, FileThatMayNotGrowIsNotThereByHalf) {
  for (const bool had_reports : {false, true}) {
    for (const rlim_t limit : {rlim_t{1}, rlim_t{500}, rlim_t{3000}, rlim_t{12000}}) {
      fs::remove_all(output());
      in_child_ = nullptr;
      if (had_reports) {
        ASSERT_EQ(run_good(), exit_expected);
      }
      const std::string page_before = had_reports ? folder_.read("report/index.html") : "";
      in_child_ = [&] {
        const rlimit size{limit, limit};
        setrlimit(RLIMIT_FSIZE, &size);
      };
      EXPECT_EQ(run_good(), exit_harness_error);
      expect_matrix();
      EXPECT_TRUE(says("report/index.html: File too large")) << printed_;
      const std::vector<std::string> whole = whole_reports();
      for (const std::string& name : whole) EXPECT_TRUE(had_reports || !says("report/" + name + ": ")) << name;
      EXPECT_LE(verdict_lines(), limit / 200) << "lines were cut, or the limit did not hold";
      EXPECT_EQ(folder_.read("report/index.html"), page_before);
    }
  }
}

/// Returns 0, or why not. From then on this process sees a file system of 48 KiB where `folder` was.
int mount_small_disk(const char* folder) {
  if (unshare(CLONE_NEWNS) != 0) {
    const std::string user = "0 " + std::to_string(getuid()) + " 1", group = "0 " + std::to_string(getgid()) + " 1";
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return errno;
    for (const auto& [file, text] : {std::pair<const char*, std::string>{"/proc/self/setgroups", "deny"},
                                     {"/proc/self/uid_map", user},
                                     {"/proc/self/gid_map", group}}) {
      const int descriptor = open(file, O_WRONLY);
      if (write(descriptor, text.data(), text.size()) < 0) return errno;
      close(descriptor);
    }
  }
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
  return mount("tmpfs", folder, "tmpfs", 0, "size=48k") == 0 ? 0 : errno;
}

/// Why small disks cannot be made here, or 0; found out in a process of its own.
int why_no_small_disk(const char* folder) {
  const pid_t pid = fork();
  if (pid == 0) _exit(mount_small_disk(folder));
  int status = 0;
  waitpid(pid, &status, 0);
  return WEXITSTATUS(status);
}

// With /dev/full and limits on the sizes of files above, every way in which a disk is full is tried where this is
// forbidden, too.
TEST_F(LostOutput, FullDiskKeepsWhatFits) {
  const std::string disk = (folder_.path() / "disk").string(), saved = (folder_.path() / "saved").string();
  fs::create_directories(disk);
  fs::create_directories(saved);
  if (const int why = why_no_small_disk(disk.c_str()); why != 0) {
    GTEST_SKIP() << "this machine lets nobody make a file system (" << std::strerror(why)
                 << "): run this test as root, or with user namespaces";
  }
  in_child_ = [&] {
    if (mount_small_disk(disk.c_str()) != 0) _exit(126);
  };
  // What is on the disk is seen by its own processes only.
  const std::string script = "\"$0\" \"$@\"; code=$?; cp -r " + disk + "/report/. " + saved + "; exit $code";
  std::vector<std::string> words = {
      "/bin/sh", "-c",  script,     TOUCHSTONE_COMMAND, "run", folder_.fake_subject("good"),
      "--spec",  spec_, "--output", disk + "/report"};
  EXPECT_EQ(finish(start_program(std::move(words))), exit_harness_error);
  expect_matrix();
  EXPECT_TRUE(says("report/index.html: No space left on device")) << printed_;
  fs::rename(saved, output());
  const std::vector<std::string> whole = whole_reports();
  EXPECT_FALSE(whole.empty());
  for (const std::string& name : whole) EXPECT_FALSE(says("report/" + name + ": ")) << name;
  EXPECT_EQ(verdict_lines(), 30U);
}

TEST_F(LostOutput, ReadOnlyCheckoutIsToldBeforeATestIsRun) {
  const fs::path checkout = folder_.path() / "checkout";
  for (const bool has_reports : {false, true}) {
    if (has_reports) fs::create_directories(checkout / "report");
    fs::create_directories(checkout);
    for (const fs::path& folder : {checkout / "report", checkout}) {
      if (fs::exists(folder)) fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
    }
    in_child_ = [&] {
      be_ordinary_user();
      if (chdir(checkout.c_str()) != 0) _exit(126);
    };
    EXPECT_EQ(run({"run", folder_.fake_subject("good")}), exit_harness_error);
    EXPECT_TRUE(says("(Permission denied); choose another")) << printed_;
    EXPECT_FALSE(says("30 tests")) << printed_;
    for (const fs::path& folder : {checkout, checkout / "report"}) {
      if (fs::exists(folder)) fs::permissions(folder, fs::perms::owner_all);
    }
  }
}

// --- Everything -----------------------------------------------------------------------------------

TEST_F(LostOutput, VerdictsSurviveWhatCannotBeSurvived) {
  const pid_t command = start(run_of("working"));
  await_grandchild(command);
  await_verdicts(4);
  kill(command, SIGKILL);
  EXPECT_EQ(finish(command), -SIGKILL);
  await_no_children();
  EXPECT_EQ(verdict_lines(), 4U);
}

// --- A checkout that is read-only ---------------------------------------------------------------------------

class ReadOnlyCheckout : public LostOutput {
 protected:
  ReadOnlyCheckout() {
    fs::create_directories(checkout_ / "tools");
    for (const char* const script : {"setup", "test", "validate"}) {
      fs::copy_file(fs::path(TOUCHSTONE_TREE) / "tools" / script, checkout_ / "tools" / script);
    }
    fs::permissions(checkout_, fs::perms::owner_read | fs::perms::owner_exec);
    in_child_ = be_ordinary_user;
  }
  ~ReadOnlyCheckout() override { fs::permissions(checkout_, fs::perms::owner_all); }

  const fs::path checkout_ = folder_.path() / "checkout";
};

TEST_F(ReadOnlyCheckout, IsSaidBeforeAnythingIsDone) {
  for (const char* const script : {"test", "validate"}) {
    printed_.clear();
    EXPECT_EQ(finish(start_program({checkout_ / "tools" / script})), exit_harness_error) << printed_;
    const std::string build = checkout_ / "build";
    EXPECT_TRUE(says("nothing can be built, since " + build + " cannot be written (Permission denied)")) << printed_;
    EXPECT_TRUE(says("copy the sources to where you may write")) << printed_;
    EXPECT_FALSE(fs::exists(build));
  }
}

TEST_F(ReadOnlyCheckout, KeepsTheRunThatIsCalledThereFromStarting) {
  in_child_ = [this] {
    be_ordinary_user();
    if (chdir(checkout_.c_str()) != 0) _exit(126);
  };
  EXPECT_EQ(finish(start({"run", folder_.fake_subject("good"), "--spec", spec_})), exit_harness_error) << printed_;
  EXPECT_TRUE(says("choose another one with --output")) << printed_;
  EXPECT_FALSE(says("30 tests")) << printed_;
  printed_.clear();
  EXPECT_EQ(finish(start({"run", folder_.fake_subject("good"), "--spec", spec_, "--output", output()})), exit_expected)
      << printed_;
  expect_all_reports();
}

}  // namespace
}  // namespace touchstone::tool
