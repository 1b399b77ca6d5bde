// What is special about StartMethod::forkserver: the process that forks.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <concurrent/futures/detail/process/fork_server.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <process_testing.hpp>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace concurrent::futures {
namespace {

namespace fs = std::filesystem;
using detail::ForkServer;

const int process_that_loaded_this = getpid();

int parent_of_process() { return getppid(); }
int loaded_by() { return process_that_loaded_this; }
std::size_t place_of_function() { return reinterpret_cast<std::size_t>(&loaded_by); }

ProcessPoolOptions forkserver(std::ptrdiff_t max_workers) {
  return {.max_workers = max_workers, .start_method = StartMethod::forkserver};
}

// It closes what belongs to a child when it has told of its end. Then its only socket is that of the requests.
void wait_until_it_keeps_nothing(int server) {
  const auto is_socket = [](const fs::directory_entry& descriptor) {
    std::error_code gone;
    return fs::read_symlink(descriptor.path(), gone).string().starts_with("socket:");
  };
  const auto count_sockets = [&] {
    const fs::directory_iterator descriptors("/proc/" + std::to_string(server) + "/fd");
    return std::count_if(begin(descriptors), end(descriptors), is_socket);
  };
  while (count_sockets() != 1) std::this_thread::yield();
}

TEST(ForkServer, IsSharedByAllPools) {
  ForkServer::end_current();
  ProcessPoolExecutor one(forkserver(1));
  ProcessPoolExecutor other(forkserver(1));
  EXPECT_EQ(ForkServer::process_id(), 0) << "there is none before the first submit";
  const int server = one.submit(parent_of_process).result();
  EXPECT_EQ(server, ForkServer::process_id());
  EXPECT_EQ(other.submit(parent_of_process).result(), server);
  EXPECT_NE(one.submit(process_id).result(), other.submit(process_id).result());
  EXPECT_EQ(one.submit(loaded_by).result(), server) << "what it has loaded, its children have";
  EXPECT_EQ(one.submit(place_of_function).result(), other.submit(place_of_function).result());
}

TEST(ForkServer, ServesTheNextPool) {
  int server = 0;
  for (int i = 0; i < 3; ++i) {
    const int its = ProcessPoolExecutor(forkserver(1)).submit(parent_of_process).result();
    EXPECT_EQ(its, i == 0 ? its : server);
    server = its;
  }
}

TEST(ForkServer, KeepsNothingOfChildrenThatHaveEnded) {
  EXPECT_EQ(ProcessPoolExecutor(forkserver(1)).submit(twice, 1).result(), 2);
  const int server = ForkServer::process_id();
  wait_until_it_keeps_nothing(server);
  {
    ProcessPoolExecutor pool({.max_workers = 2, .start_method = StartMethod::forkserver, .max_tasks_per_child = 1});
    for (int i = 0; i < 10; ++i) EXPECT_EQ(pool.submit(twice, i).result(), 2 * i);
    ProcessPoolExecutor other(forkserver(1));
    EXPECT_THROW(other.submit(kill_itself).result(), BrokenProcessPool);
  }
  wait_until_it_keeps_nothing(server);
  EXPECT_FALSE(has_children(server));
}

void kill_server() {
  const int server = ForkServer::process_id();
  ASSERT_NE(server, 0);
  kill(server, SIGKILL);
  wait_until_ended(server);
}

TEST(ForkServer, IsReplacedWhenItWasKilled) {
  ProcessPoolExecutor pool(forkserver(2));
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
  const int first = ForkServer::process_id();
  kill_server();
  EXPECT_EQ(pool.submit(twice, 2).result(), 4) << "its children live on";
  ProcessPoolExecutor other(forkserver(1));
  EXPECT_EQ(other.submit(twice, 3).result(), 6);
  EXPECT_NE(ForkServer::process_id(), first);
  EXPECT_NE(ForkServer::process_id(), 0);
  EXPECT_THROW(pool.submit(kill_itself).result(), BrokenProcessPool) << "and are watched";
  EXPECT_EQ(other.submit(twice, 4).result(), 8);
}

TEST(ForkServer, LeavesNothingWhenItWasKilled) {
  EXPECT_EQ(ProcessPoolExecutor(forkserver(1)).submit(twice, 1).result(), 2);
  ForkServer::end_current();
  while (wait(nullptr) > 0) continue;  // for what programs of earlier tests have left to this one
  const std::size_t before = count_descriptors();
  {
    ProcessPoolExecutor pool(forkserver(2));
    EXPECT_EQ(pool.submit(twice, 1).result(), 2);
    kill_server();
    const auto running = pool.submit(sleep_for_ever);
    while (!running.running()) std::this_thread::yield();
    pool.kill_workers();
    EXPECT_THROW(running.result(), BrokenProcessPool);
  }
  EXPECT_FALSE(has_child());
  EXPECT_EQ(count_descriptors(), before);
}

TEST(ForkServer, TellsWhyThereIsNoChild) {
  EXPECT_EQ(ProcessPoolExecutor(forkserver(1)).submit(twice, 1).result(), 2);
  kill(ForkServer::process_id(), SIGSTOP);
  wait_until_stopped(ForkServer::process_id());
  auto [own, its] = os::Socket::make_pair();
  auto [own_line, its_line] = os::LifeLine::make_pair();
  ForkServer::Asked asked = [&] {
    const os::SharedMemory memory(4096);
    const os::ChildEnds ends{std::move(its).release(), memory.descriptor().duplicate(), std::move(its_line)};
    return ForkServer::ask(ends);
  }();
  kill_server();
  std::byte byte{};
  EXPECT_TRUE(own.receive({&byte, 1}, os::Blocking::yes).closed);
  EXPECT_FALSE(asked.child.reap().known);
  EXPECT_EQ(asked.child.pid(), 0);
  EXPECT_EQ(asked.server->why_no_child(), "the fork server was ended by signal 9 (SIGKILL)");
}

// The pool may have asked before or after that.
TEST(ForkServer, BreaksOnlyThePoolThatGetsNoChildWhenItIsKilled) {
  ProcessPoolExecutor other(forkserver(1));
  EXPECT_EQ(other.submit(twice, 1).result(), 2);
  for (int i = 0; i < times(20, 200); ++i) {
    kill(ForkServer::process_id(), SIGSTOP);
    ProcessPoolExecutor pool(forkserver(1));
    const std::string error = error_of([&] {
      const auto future = pool.submit(twice, 1);
      kill_server();
      (void)future.result();
    });
    EXPECT_TRUE(
        error.starts_with(
            "BrokenProcessPool: no child process can be had: the fork server was ended by signal 9 (SIGKILL)") ||
        error == "nothing was thrown")
        << error;
    EXPECT_EQ(other.submit(twice, i).result(), 2 * i);
    EXPECT_EQ(ProcessPoolExecutor(forkserver(1)).submit(twice, 3).result(), 6);
  }
}

// Who waits for a child that does not come can still be ended.
TEST(ForkServer, MayBeStopped) {
  EXPECT_EQ(ProcessPoolExecutor(forkserver(1)).submit(twice, 1).result(), 2);
  const int server = ForkServer::process_id();
  kill(server, SIGSTOP);
  ProcessPoolExecutor pool(forkserver(1));
  const auto future = pool.submit(twice, 1);
  EXPECT_TRUE(future.cancel());
  pool.kill_workers();
  kill(server, SIGCONT);
  pool.shutdown();
  EXPECT_FALSE(has_children(server));
}

int status_of_fork(const std::function<int()>& main) {
  const pid_t forked = fork();
  if (forked == 0) std::exit(main());
  int status = 0;
  EXPECT_EQ(waitpid(forked, &status, 0), forked);
  return status;
}

TEST(ForkServer, IsNotThatOfAProcessThatWasForkedOff) {
  // No pool is left: where one has a thread, ThreadSanitizer lets a forked process have none.
  const int server = ProcessPoolExecutor(forkserver(1)).submit(parent_of_process).result();
  const auto has_its_own = [server] {
    ProcessPoolExecutor its_pool(forkserver(1));
    const int its_server = its_pool.submit(parent_of_process).result();
    return its_server != server && its_server == ForkServer::process_id() ? 0 : 1;
  };
  EXPECT_EQ(status_of_fork(has_its_own), 0);
  EXPECT_EQ(ProcessPoolExecutor(forkserver(1)).submit(parent_of_process).result(), server) << "which lives on";
  EXPECT_EQ(status_of_fork([] { return 0; }), 0);
  EXPECT_EQ(ProcessPoolExecutor(forkserver(1)).submit(parent_of_process).result(), server);
}

#if !defined(__SANITIZE_THREAD__)
TEST(ForkServer, MustNotHaveThreads) {
  ForkServer::end_current();
  setenv("PROCESS_TESTS_MISTAKE", "start a thread", 1);
  ProcessPoolExecutor pool(forkserver(1));
  const std::string error = error_of([&] { return pool.submit(twice, 1); });
  unsetenv("PROCESS_TESTS_MISTAKE");
  EXPECT_EQ(error,
            "BrokenProcessPool: no child process can be had: it could not be forked, because main has started other "
            "threads before it came to freeze_support()");
  ForkServer::end_current();
}
#endif

}  // namespace
}  // namespace concurrent::futures
