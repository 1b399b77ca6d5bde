// What a pool does where the system lacks something: it fails with a clear error, and nothing is left. The limits are
// set in a program of its own, as some of them cannot be taken back.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <concurrent/futures/detail/process/fork_server.hpp>
#include <concurrent/futures/log.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <latch>
#include <optional>
#include <process_testing.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace concurrent::futures {
namespace {

namespace fs = std::filesystem;
using detail::ForkServer;

class Scarcity : public ForEachStartMethod {
 protected:
  // What happens to a call. A limit may strike in submit, in the child, or not at all.
  static std::string outcome() {
    return error_of([] {
      ProcessPoolExecutor pool(options(1));
      if (pool.submit(twice, 21).result() != 42) throw Error("a wrong result");
    });
  }
};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(Scarcity);

constexpr auto success = "nothing was thrown";

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// For a program: how many of its expectations were not met, each with a word why.
class Expectations {
 public:
  void expect(bool is_met, const std::string& what) {
    if (is_met) return;
    std::fprintf(stderr, "not met: %s\n", what.c_str());
    ++failed_;
  }
  [[nodiscard]] int failed() const { return failed_; }

 private:
  int failed_ = 0;
};

// While it lives, the process gets no more of that than so much.
class Limit {
 public:
  Limit(__rlimit_resource resource, rlim_t most) : resource_(resource) {
    getrlimit(resource_, &before_);
    const rlimit limit{most, before_.rlim_max};
    setrlimit(resource_, &limit);
  }
  ~Limit() { setrlimit(resource_, &before_); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  const __rlimit_resource resource_;
  rlimit before_{};
};

int lowest_free_descriptor() {
  const int number = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(number);
  return number;
}

// --- Descriptors ----------------------------------------------------------------------------------

TEST_P(Scarcity, OfDescriptorsFailsThePool) {
  if (os::patience() > 1) GTEST_SKIP() << "who checks the program looks at objects through a pipe of its own";
  Program program([] {
    Expectations all;
    all.expect(outcome() == success, "it works");
    ForkServer::end_current();
    const std::size_t before = count_descriptors();
    int failures = 0;
    for (rlim_t more = 0; more < 24; ++more) {
      if (more % 2 == 0) all.expect(outcome() == success, "it works");  // else a fork server is to be started as well
      const auto lowest = static_cast<rlim_t>(lowest_free_descriptor());
      const std::string error = [&] {
        const Limit limit(RLIMIT_NOFILE, lowest + more);
        return outcome();
      }();
      if (error != success) ++failures;
      // A child that has no room for the libraries of its program says so on its standard error.
      all.expect(error == success || contains(error, "Too many open files") || contains(error, "no descriptors left") ||
                     contains(error, "exited with status 127 before"),
                 std::to_string(more) + " descriptors: " + error);
      all.expect(outcome() == success, "it works again");
      ForkServer::end_current();
      all.expect(count_descriptors() == before, "no descriptor is lost");
    }
    all.expect(failures >= 6, "the limit was felt");
    return all.failed();
  });
  EXPECT_EQ(program.wait(), 0);
}

// A pool that has a child goes on with it.
TEST_P(Scarcity, OfDescriptorsLeavesWhatThereIs) {
  if (GetParam() == StartMethod::fork) GTEST_SKIP() << "it has all its children from the beginning";
  if (os::patience() > 1) GTEST_SKIP() << "who checks the program looks at objects through a pipe of its own";
  Program program([] {
    Expectations all;
    ProcessPoolExecutor pool(options(4));
    all.expect(pool.submit(twice, 1).result() == 2, "it works");
    {
      const Limit limit(RLIMIT_NOFILE, static_cast<rlim_t>(lowest_free_descriptor()));
      std::vector<Future<int>> futures;
      for (int i = 0; i < 100; ++i) futures.push_back(pool.submit(twice, i));
      for (int i = 0; i < 100; ++i) all.expect(futures[static_cast<std::size_t>(i)].result() == 2 * i, "it goes on");
    }
    return all.failed();
  });
  EXPECT_EQ(program.wait(), 0);
}

// And asks for another one again, although nothing else happens meanwhile (PPE-009).
TEST_P(Scarcity, OfDescriptorsIsOverWhenThereAreSome) {
  if (GetParam() == StartMethod::fork) GTEST_SKIP() << "it has all its children from the beginning";
  if (os::patience() > 1) GTEST_SKIP() << "who checks the program looks at objects through a pipe of its own";
  Program program([] {
    Expectations all;
    ProcessPoolExecutor pool(options(2));
    Gate gate;
    all.expect(pool.submit(twice, 1).result() == 2, "it works");
    std::latch is_lacking(1);
    set_log_handler([&](const LogRecord&) { is_lacking.count_down(); });
    std::optional<Limit> limit(std::in_place, RLIMIT_NOFILE, static_cast<rlim_t>(lowest_free_descriptor()));
    const auto first = pool.submit(wait_at, gate.path());
    const auto second = pool.submit(twice, 2);
    is_lacking.wait();
    set_log_handler({});
    limit.reset();
    all.expect(error_of([&] { (void)second.result(std::chrono::seconds(60)); }) == success, "there is a second child");
    gate.open();
    return all.failed();
  });
  EXPECT_EQ(program.wait(), 0);
}

// --- Files ----------------------------------------------------------------------------------------

// Shared memory counts as one. Who tries to have more gets a signal, which ends a program.
TEST_P(Scarcity, OfRoomInFilesFailsThePool) {
  Program program([] {
    Expectations all;
    const std::string error = [] {
      const Limit limit(RLIMIT_FSIZE, 100'000);
      return outcome();
    }();
    all.expect(contains(error, "File too large"), error);
    all.expect(outcome() == success, "it works again");
    return all.failed();
  });
  EXPECT_EQ(program.wait(), 0);
}

// --- Signals --------------------------------------------------------------------------------------

// A timer holds one that it may have to send.
TEST_P(Scarcity, OfRoomForSignalsDoesNotMatter) {
  Program program([] {
    Expectations all;
    ForkServer::end_current();
    const Limit limit(RLIMIT_SIGPENDING, 0);
    const std::string error = outcome();
    all.expect(error == success, error);
    return all.failed();
  });
  EXPECT_EQ(program.wait(), 0);
}

// --- Processes ------------------------------------------------------------------------------------

// Whoever may do everything has no limit: so the program becomes somebody else.
void become_nobody() {
  if (getuid() == 0 && (setgid(54321) != 0 || setuid(54321) != 0)) std::perror("setuid");
}

TEST_P(Scarcity, OfProcessesFailsThePool) {
  Program program([] {
    Expectations all;
    become_nobody();
    all.expect(outcome() == success, "it works");
    const std::size_t before = count_descriptors();
    for (const bool has_server : {true, false}) {
      if (!has_server) ForkServer::end_current();
      const std::string error = [&] {
        // Where the server has started before, its own limit counts.
        const Limit limit(RLIMIT_NPROC, 1);
        if (has_server && ForkServer::process_id() != 0) {
          const rlimit of_server{1, 1};
          prlimit(ForkServer::process_id(), RLIMIT_NPROC, &of_server, nullptr);
        }
        return outcome();
      }();
      all.expect(contains(error, "Resource temporarily unavailable"), error);
      ForkServer::end_current();
      all.expect(outcome() == success, "it works again");
      all.expect(count_descriptors() == before, "no descriptor is lost");
    }
    return all.failed();
  });
  EXPECT_EQ(program.wait(), 0);
}

// --- Memory ---------------------------------------------------------------------------------------

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

rlim_t used_memory() {
  std::ifstream file("/proc/self/statm");
  rlim_t pages = 0;
  file >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

std::size_t length(const std::vector<char>& bytes) { return bytes.size(); }
std::vector<char> as_many(std::size_t size) { return std::vector<char>(size, 'x'); }

TEST_P(Scarcity, OfMemoryFailsThePool) {
  if (os::patience() > 1) GTEST_SKIP() << "who checks the program needs memory of its own";
  Program program([] {
    Expectations all;
    all.expect(outcome() == success, "it works");
    const std::size_t before = count_descriptors();
    int failures = 0;
    for (rlim_t kilobytes = 0; kilobytes < 16 * 1024; kilobytes += kilobytes < 1024 ? 64 : 1024) {
      ForkServer::end_current();
      const std::string error = [&] {
        const Limit limit(RLIMIT_AS, used_memory() + kilobytes * 1024);
        return outcome();
      }();
      if (error != success) ++failures;
      all.expect(!error.empty(), "it says something");
      all.expect(outcome() == success, "it works again");
      all.expect(count_descriptors() == before, "no descriptor is lost");
    }
    all.expect(failures >= 6, "the limit was felt");
    return all.failed();
  });
  EXPECT_EQ(program.wait(), 0);
}

TEST_P(Scarcity, OfMemoryForArgumentsFailsOnlyTheCall) {
  if (os::patience() > 1) GTEST_SKIP() << "who checks the program needs memory of its own";
  Program program([] {
    Expectations all;
    ProcessPoolExecutor pool(options(1));
    all.expect(pool.submit(twice, 1).result() == 2, "it works");
    const std::vector<char> much(std::size_t{64} << 20);
    {
      const Limit limit(RLIMIT_AS, used_memory() + (std::size_t{16} << 20));
      all.expect(error_of([&] { return pool.submit(length, std::cref(much).get()); }) == "std::bad_alloc",
                 "it does not fit");
      all.expect(pool.submit(twice, 1).result() == 2, "the pool goes on");
    }
    all.expect(pool.submit(as_many, std::size_t{1} << 20).result().size() == std::size_t{1} << 20, "it works again");
    return all.failed();
  });
  EXPECT_EQ(program.wait(), 0);
}

#endif

// --- A program whose file is gone -----------------------------------------------------------------

// What a copy of this program does, whose file it takes away.
int without_file(bool is_replaced, StartMethod method) {
  const fs::path file = fs::read_symlink("/proc/self/exe");
  fs::remove(file);
  if (is_replaced) fs::copy_file("/bin/false", file);
  ProcessPoolExecutor pool({.max_workers = 1, .start_method = method});
  return pool.submit(twice, 21).result() == 42 ? 0 : 1;
}

TEST_P(Scarcity, OfItsFileDoesNotMatter) {
  if (os::patience() > 1) GTEST_SKIP() << "who checks the program looks for its file";
  for (const bool is_replaced : {false, true}) {
    if (std::getenv("PROCESS_TESTS_COPY") != nullptr) std::_Exit(without_file(is_replaced, GetParam()));
    const TemporaryFolder folder;
    const std::string copy = folder.file("program");
    fs::copy_file("/proc/self/exe", copy);
    Program program([&] {
      const std::string filter = "--gtest_filter=*Scarcity.OfItsFileDoesNotMatter/" + std::string(name_of(GetParam()));
      setenv("PROCESS_TESTS_COPY", "1", 1);
      setenv("PROCESS_TESTS_HERE", "1", 1);
      execl(copy.c_str(), copy.c_str(), filter.c_str(), nullptr);
      return 1;
    });
    EXPECT_EQ(program.wait(), 0);
  }
}

// --- A system that has no descriptors of processes ------------------------------------------------

// Older ones have none, and some sandboxes and checkers refuse them, or to use them.
void refuse(unsigned system_call) {
  std::array filter{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, system_call, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{filter.size(), filter.data()};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) std::perror("seccomp");
}

TEST_P(Scarcity, OfDescriptorsOfProcessesDoesNotMatter) {
  for (const unsigned system_call : {unsigned{SYS_pidfd_open}, unsigned{SYS_pidfd_send_signal}}) {
    Program program([system_call] {
      Expectations all;
      refuse(system_call);
      all.expect(syscall(system_call, -1, 0, nullptr, 0) < 0 && errno == ENOSYS, "it is refused");
      all.expect(outcome() == success, "it works");
      for (const bool kills : {false, true}) {
        ProcessPoolExecutor pool(options(1));
        const auto running = pool.submit(sleep_for_ever);
        while (!running.running()) std::this_thread::yield();
        kills ? pool.kill_workers() : pool.terminate_workers();
        all.expect(contains(error_of(running), "BrokenProcessPool"), "it ends its children");
      }
      ProcessPoolExecutor pool(options(1));
      const int child = pool.submit(process_id).result();
      all.expect(contains(error_of(pool.submit(kill_itself)),
                          "child process " + std::to_string(child) + " was ended by signal 9 (SIGKILL)"),
                 "it tells how a child ended");
      pool.shutdown();
      all.expect(!has_child(), "it reaps them");
      return all.failed();
    });
    EXPECT_EQ(program.wait(), 0);
  }
}

}  // namespace
}  // namespace concurrent::futures
