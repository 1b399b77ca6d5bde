#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <concurrent/futures/detail/os.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <guard.hpp>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using concurrent::futures::os::patience;

// By a signal that ends the process, and with it the children of its pools.
class TimeLimit final : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo&) override {
    const bool is_long = std::getenv("PROCESS_TESTS_LONG") != nullptr;
    alarm(static_cast<unsigned>((is_long ? 1800 : 60) * patience()));
  }
  void OnTestEnd(const testing::TestInfo&) override { alarm(0); }
};

int run_tests_here() {
  testing::UnitTest::GetInstance()->listeners().Append(new TimeLimit);
  return RUN_ALL_TESTS();
}

std::vector<pid_t> children_of_this_process() {
  std::ifstream file("/proc/self/task/" + std::to_string(getpid()) + "/children");
  std::vector<pid_t> children;
  for (pid_t each = 0; file >> each;) children.push_back(each);
  return children;
}

std::string name_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

// Ends all that descends from this process, once it had the time in which what was killed ends. Returns whether there
// was anything that would have lived on.
bool end_descendants() {
  sigset_t end_of_child;
  sigemptyset(&end_of_child);
  sigaddset(&end_of_child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &end_of_child, nullptr);
  const timespec time_to_end{5L * patience(), 0};
  bool found = false;
  for (;;) {
    pid_t ended = 0;
    while ((ended = waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (ended < 0) return found;
    if (sigtimedwait(&end_of_child, nullptr, &time_to_end) >= 0) continue;
    for (const pid_t each : children_of_this_process()) {
      found = true;
      std::fprintf(stderr, "a test left the process %d (%s) behind\n", each, name_of(each).c_str());
      kill(each, SIGKILL);
    }
  }
}

}  // namespace

int run_tests_guarded() {
  if (GTEST_FLAG_GET(list_tests) || std::getenv("PROCESS_TESTS_HERE") != nullptr) return run_tests_here();
  std::string folder = fs::temp_directory_path() / "process_tests.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    std::perror("a temporary folder cannot be made");
    return 1;
  }
  setenv("TMPDIR", folder.c_str(), 1);
  // A shell that runs this in the background has it ignore them, and so would the programs that tests interrupt.
  for (const int number : {SIGHUP, SIGINT, SIGQUIT}) signal(number, SIG_DFL);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t tests = fork();
  if (tests == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return run_tests_here();
  }
  int status = 0;
  waitpid(tests, &status, 0);
  if (WIFSIGNALED(status)) {
    const char* const why = WTERMSIG(status) == SIGALRM ? ": a test took too long" : "";
    std::fprintf(stderr, "the tests were ended by signal %d%s\n", WTERMSIG(status), why);
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  const bool left = end_descendants();
  fs::remove_all(folder);
  return code == 0 && left ? 1 : code;
}
