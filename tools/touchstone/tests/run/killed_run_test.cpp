// A real run, killed at random moments: while it starts, while a subject is asked what it is, in the midst of any test,
// while reports are written. Nobody may be left, and nobody is told that the run is over but by its end.
//
// The variable TOUCHSTONE_KILLS says how many moments; the seed is printed, and TOUCHSTONE_KILL_SEED repeats it.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <processes/process_tree.hpp>
#include <random>
#include <results/exit_code.hpp>
#include <string>
#include <tests/fixture.hpp>
#include <thread>

namespace touchstone::tool {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

unsigned number_from(const char* variable, unsigned otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::stoul(text));
}

pid_t start_run(const std::string& output) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  execl(TOUCHSTONE_COMMAND, TOUCHSTONE_COMMAND, "run", TOUCHSTONE_REAL_SUBJECT, "--output", output.c_str(), nullptr);
  _exit(127);
}

std::string command_line_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/cmdline");
  std::string text(std::istreambuf_iterator<char>(file), {});
  std::replace(text.begin(), text.end(), '\0', ' ');
  return std::to_string(process) + " " + text;
}

/// Whoever has lost its parent is a child of this process. Fails where somebody is left after half a minute.
void expect_all_to_end(Seconds& slowest) {
  const Clock::time_point start = Clock::now();
  alarm(30);
  while (waitpid(-1, nullptr, 0) > 0) {
  }
  if (errno == EINTR) {
    for (const pid_t left : children_of(getpid())) {
      ADD_FAILURE() << "left by a run that was killed: " << command_line_of(left);
      kill(left, SIGKILL);
    }
  }
  alarm(0);
  slowest = std::max<Seconds>(slowest, Clock::now() - start);
}

TEST(KilledRun, LeavesNobodyWheneverItIsKilled) {
  const unsigned kills = number_from("TOUCHSTONE_KILLS", 10);
  const unsigned seed = number_from("TOUCHSTONE_KILL_SEED", std::random_device()());
  const TemporaryFolder folder;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  struct sigaction interrupt_waiting = {};  // and do not start it again
  interrupt_waiting.sa_handler = [](int) {};
  sigaction(SIGALRM, &interrupt_waiting, nullptr);

  const Clock::time_point start = Clock::now();
  int status = 0;
  ASSERT_GT(waitpid(start_run(folder.path() / "report"), &status, 0), 0);
  Seconds whole = Clock::now() - start;
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) < exit_harness_error) << "a run breaks off when nobody kills it";

  std::mt19937 random(seed);
  std::uniform_real_distribution<double> part(0, 1);
  Seconds slowest{0};
  for (unsigned killed = 0; killed < kills;) {
    const Seconds moment = whole * part(random);
    const pid_t run = start_run(folder.path() / "report");
    std::this_thread::sleep_for(moment);
    kill(run, SIGKILL);
    ASSERT_EQ(waitpid(run, &status, 0), run);
    if (WIFSIGNALED(status)) {
      ++killed;
    } else {
      whole = moment;  // it was over by then, and tells nothing: the machine has become quicker
    }
    expect_all_to_end(slowest);
    ASSERT_FALSE(HasFailure()) << "after " << killed << " kills, seed " << seed;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  std::printf("killed %u runs, each within %.1f s, seed %u: nobody was left, after %.2f s at most\n", kills,
              whole.count(), seed, slowest.count());
}

}  // namespace
}  // namespace touchstone::tool
