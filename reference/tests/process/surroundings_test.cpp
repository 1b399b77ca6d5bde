// Programs that have changed what they were started with.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <concurrent/futures/detail/os.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <process_testing.hpp>
#include <string>

namespace concurrent::futures {
namespace {

class Surroundings : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(Surroundings);

int count_standard_streams() {
  int count = 0;
  for (const int number : {0, 1, 2}) count += fcntl(number, F_GETFD) != -1 ? 1 : 0;
  return count;
}

TEST_P(Surroundings, MayBeWithoutStandardStreams) {
  Program program([method = GetParam()] {
    for (const int number : {0, 1, 2}) close(number);
    ProcessPoolExecutor pool({.max_workers = 2, .start_method = method});
    const int of_child = pool.submit(count_standard_streams).result();
    return 10 * count_standard_streams() + of_child;
  });
  EXPECT_EQ(program.wait(), 0);
}

TEST_P(Surroundings, MayBeWithoutAnEnvironment) {
  Program program([method = GetParam()] {
    clearenv();
    ProcessPoolExecutor pool({.max_workers = 1, .start_method = method});
    return pool.submit(twice, 21).result();
  });
  EXPECT_EQ(program.wait(), 42);
}

// --- A container ----------------------------------------------------------------------------------

constexpr int not_allowed = 77;

// Runs the function in a process that is the first of its container, with the processes that it starts and no others.
int run_as_first_process(const std::function<int()>& main) {
  constexpr int container = CLONE_NEWPID | CLONE_NEWNS;
  if (unshare(container) != 0 && unshare(container | CLONE_NEWUSER) != 0) return not_allowed;
  const int first = fork();
  if (first == 0) {
    const bool is_mounted =
        mount("none", "/", "none", MS_REC | MS_PRIVATE, "") == 0 && mount("proc", "/proc", "proc", 0, nullptr) == 0;
    std::_Exit(is_mounted ? main() : not_allowed);
  }
  int status = 0;
  waitpid(first, &status, 0);
  std::_Exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);  // LeakSanitizer cannot look at either of them
}

// There a child whose parent is process 1 is no orphan.
TEST_P(Surroundings, MayBeAContainerWithThePoolInItsFirstProcess) {
  Program program([method = GetParam()] {
    return run_as_first_process([method] {
      ProcessPoolExecutor pool({.max_workers = 2, .start_method = method});
      const bool works = getpid() == 1 && pool.submit(twice, 21).result() == 42;
      const bool breaks = error_of(pool.submit(kill_itself)).find("signal 9") != std::string::npos;
      pool.shutdown();
      return works && breaks && !has_child() ? 0 : 1;
    });
  });
  const int status = program.wait();
  if (status == not_allowed) GTEST_SKIP() << "it is not allowed to have a container";
  EXPECT_EQ(status, 0);
}

TEST_P(Surroundings, WithoutProcFailAPoolThatNeedsItAndSaySo) {
  if (os::patience() > 1) GTEST_SKIP() << "who checks the program looks into /proc";
  Program program([method = GetParam()] {
    return run_as_first_process([method] {
      if (umount2("/proc", MNT_DETACH) != 0 || umount2("/proc", MNT_DETACH) != 0) return not_allowed;
      const std::string error = error_of([method] {
        ProcessPoolExecutor pool({.max_workers = 1, .start_method = method});
        return pool.submit(twice, 21);
      });
      const std::string expected = method == StartMethod::fork ? "nothing was thrown" : "from /proc/self/exe";
      if (error.find(expected) != std::string::npos) return 0;
      std::fprintf(stderr, "%s\n", error.c_str());
      return 1;
    });
  });
  const int status = program.wait();
  if (status == not_allowed) GTEST_SKIP() << "it is not allowed to have a container";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace concurrent::futures
