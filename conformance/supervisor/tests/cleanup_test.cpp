// Nothing is left behind: not by tests that leave processes, and not by runs that are killed.
//
// Method: a test of the fake suite starts a process that changes its session and loses its parent, and writes its
// id into a file; then the run is ended in every way, and the process must be gone.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <supervisor/processes/cleanup.hpp>
#include <supervisor/processes/proc.hpp>
#include <supervisor/processes/process_tree.hpp>
#include <supervisor/tests/program_run.hpp>
#include <thread>

namespace touchstone::supervisor {
namespace {

class LeftBehind : public testing::Test {
 protected:
  LeftBehind() { std::remove(file_.c_str()); }
  ~LeftBehind() override {
    std::remove(file_.c_str());
    kill_descendants();
  }

  [[nodiscard]] std::vector<std::string> command(const std::string& test) const {
    return {TOUCHSTONE_FAKE_SUBJECT, "--time-scale", "10", "--run", test};
  }

  [[nodiscard]] Environment environment() const { return {{"TOUCHSTONE_FAKE_FILE", file_}}; }

  /// Waits until the process that the test leaves has told its id.
  pid_t await_left_process() {
    for (;;) {
      pid_t process = 0;
      if (std::ifstream(file_) >> process && process > 0) return process;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  static bool exists(pid_t process) { return kill(process, 0) == 0; }

  /// Whether the process goes away; an orphan that has ended is taken notice of by us, its last ancestor.
  static bool goes_away(pid_t process) {
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
         std::chrono::steady_clock::now() < end;) {
      while (waitpid(process, nullptr, WNOHANG) > 0) {
      }
      if (!exists(process)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }

  /// The child of the guard.
  static pid_t supervisor_of(pid_t guard) {
    const std::vector<pid_t> children = children_of(guard);
    return children.empty() ? -1 : children.front();
  }

 private:
  const std::string file_ = testing::TempDir() + "touchstone_cleanup_test_" + std::to_string(getpid());
};

TEST_F(LeftBehind, ByATestIsKilledAtItsEnd) {
  RunningProgram program(command("Good.leaves_a_process"), environment());
  EXPECT_EQ(program.wait().code, 0);
  // The process may have been killed before it could tell its id; if it told it, it must be gone.
  EXPECT_TRUE(descendants_of(getpid()).empty());
}

TEST_F(LeftBehind, IsKilledWhenTheGuardIsKilled) {
  RunningProgram program(command("Good.waits_with_a_process"), environment());
  const pid_t left = await_left_process();
  const pid_t supervisor = supervisor_of(program.process());
  kill(program.process(), SIGKILL);
  EXPECT_TRUE(goes_away(left));
  EXPECT_TRUE(goes_away(supervisor));
}

TEST_F(LeftBehind, IsKilledWhenTheSupervisorIsKilled) {
  RunningProgram program(command("Good.waits_with_a_process"), environment());
  const pid_t left = await_left_process();
  kill(supervisor_of(program.process()), SIGKILL);
  EXPECT_EQ(program.wait().code, 3);
  EXPECT_FALSE(exists(left));
}

TEST_F(LeftBehind, IsKilledOnInterruptionAndTermination) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    RunningProgram program(command("Good.waits_with_a_process"), environment());
    const pid_t left = await_left_process();
    kill(program.process(), signal);
    EXPECT_EQ(program.wait().code, 130);
    EXPECT_FALSE(exists(left));
    std::remove(environment().at("TOUCHSTONE_FAKE_FILE").c_str());
  }
}

TEST_F(LeftBehind, IsKilledWhenTheRunnersPipeCloses) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  std::vector<std::string> words = command("Good.waits_with_a_process");
  words.insert(words.end(), {"--runner-pipe", std::to_string(ends[0])});
  RunningProgram program(words, environment());
  close(ends[0]);
  const pid_t left = await_left_process();
  EXPECT_TRUE(exists(left));
  close(ends[1]);
  EXPECT_EQ(program.wait().code, 130);
  EXPECT_FALSE(exists(left));
}

TEST(Cleanup, KillsProcessesThatHaveChangedSessionAndLostTheirParent) {
  for (int index = 0; index < 5; ++index) {
    if (fork() == 0) {
      setsid();
      if (fork() != 0) _exit(0);
      signal(SIGTERM, SIG_IGN);
      for (;;) pause();
    }
  }
  EXPECT_TRUE(kill_descendants());
  EXPECT_TRUE(descendants_of(getpid()).empty());
}

TEST(Cleanup, KillsProcessesThatStartOthersAllTheTime) {
  if (fork() == 0) {
    // A chain that never has more than a few links, and is never at rest.
    for (;;) {
      if (fork() != 0) _exit(0);
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(kill_descendants());
}

}  // namespace
}  // namespace touchstone::supervisor
