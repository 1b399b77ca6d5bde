// Hazards of parents that die, and of descriptors in processes where they should not be: process_hazards.md has the
// numbers.

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <child_process.hpp>
#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <fstream>
#include <memory>
#include <process_testing.hpp>
#include <string>
#include <thread>
#include <vector>

namespace concurrent::futures {
namespace {

// Program::wait() returns only when no process is left that descends from the program.
class Orphan : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(Orphan);

void ring_and_sleep(const std::string& bell) {
  ring(bell);
  sleep_for_ever();
}

// --- The parent dies ------------------------------------------------------------------------------

TEST_P(Orphan, OfABusyPoolEnds) {
  Bell bell;
  Program program([&] {
    ProcessPoolExecutor pool(options(2));
    for (int i = 0; i < 2; ++i) (void)pool.submit(ring_and_sleep, bell.path());
    pool.shutdown();
    return 0;
  });
  (void)bell.wait();
  (void)bell.wait();
  program.kill(SIGKILL);
  EXPECT_EQ(program.wait(), 1000 + SIGKILL);
}

TEST_P(Orphan, OfAnIdlePoolEnds) {
  Program program([&] {
    ProcessPoolExecutor pool(options(2));
    (void)pool.submit(process_id).result();
    raise(SIGKILL);
    return 0;
  });
  EXPECT_EQ(program.wait(), 1000 + SIGKILL);
}

// It spins, and looks at nothing.
TEST_P(Orphan, ThatNeverComesToItsChannelEnds) {
  Bell bell;
  Program program([&] {
    ProcessPoolExecutor pool(options(1));
    const auto spinning = pool.submit(
        [](const std::string& its_bell) {
          sigset_t all;
          sigfillset(&all);
          sigprocmask(SIG_SETMASK, &all, nullptr);
          ring(its_bell);
          for (volatile bool spins = true; spins;) {
          }
        },
        bell.path());
    spinning.result();
    return 0;
  });
  (void)bell.wait();
  program.kill(SIGKILL);
  EXPECT_EQ(program.wait(), 1000 + SIGKILL);
}

TEST_P(Orphan, OfACallThatHasAPoolEnds) {
  Bell bell;
  Program program([&] {
    ProcessPoolExecutor pool(options(1));
    pool.submit(
            [](const std::string& its_bell, StartMethod method) {
              ProcessPoolExecutor inner({.max_workers = 1, .start_method = method});
              inner.submit(ring_and_sleep, its_bell).result();
            },
            bell.path(), GetParam())
        .result();
    return 0;
  });
  (void)bell.wait();
  program.kill(SIGKILL);
  EXPECT_EQ(program.wait(), 1000 + SIGKILL);
}

// What the parent has forked off lives on, and knows nothing of its pool.
TEST_P(Orphan, EndsAlthoughAForeignChildLives) {
  Bell bell;
  Gate gate;
  Program program([&] {
    ProcessPoolExecutor pool(options(1));
    EXPECT_EQ(pool.submit(twice, 1).result(), 2);  // the child is there, and what leads to it
    (void)pool.submit(ring_and_sleep, bell.path());
    if (fork() == 0) {
      (void)wait_at(gate.path());
      end_well();
    }
    pool.shutdown();
    return 0;
  });
  const int child = bell.wait();
  program.kill(SIGKILL);
  wait_until_ended(child);
  gate.open();
  EXPECT_EQ(program.wait(), 1000 + SIGKILL);
}

// The parent dies at any time from when it makes the first child.
TEST_P(Orphan, ThatIsJustStartingEnds) {
  for (int i = 0; i < times(20, 1000); ++i) {
    Program program([&] {
      ProcessPoolExecutor pool(options(2));
      const auto future = pool.submit(twice, 1);
      std::array<std::byte, 512> work{};
      for (int step = 0; step < i; ++step) std::ranges::fill(work, std::byte(step));
      if (i % 4 == 3) (void)future.exception();
      raise(SIGKILL);
      return 0;
    });
    EXPECT_EQ(program.wait(), 1000 + SIGKILL);
  }
}

TEST(LifeLine, EndsAChildWhoseParentWasGoneBefore) {
  Program child([] {
    auto [parents, own] = os::LifeLine::make_pair();
    parents.close();
    os::LifeLine::hold(own);
    return 1;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(LifeLine, EndsAChildWhoseParentGoes) {
  Program child([] {
    auto [parents, own] = os::LifeLine::make_pair();
    os::LifeLine::hold(own);
    parents.close();
    sleep_for_ever();
    return 1;
  });
  EXPECT_EQ(child.wait(), 1000 + SIGKILL);
}

// --- The thread that made it ends -----------------------------------------------------------------

TEST(ProcessPool, OutlivesTheThreadThatHasStartedIt) {
  std::unique_ptr<ProcessPoolExecutor> pool;
  int child = 0;
  std::thread([&] {
    pool = std::make_unique<ProcessPoolExecutor>(1);
    child = pool->submit(process_id).result();
  }).join();
  EXPECT_EQ(pool->submit(process_id).result(), child);
}

// --- Ends of channels in other processes ----------------------------------------------------------

// A program that knows nothing of pools, and lives as long as this object.
class Bystander {
 public:
  Bystander() {
    std::array<int, 2> input{};
    EXPECT_EQ(pipe(input.data()), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], 0);
    posix_spawn_file_actions_addclose(&actions, input[1]);
    std::string name = "cat";
    std::array<char*, 2> arguments{name.data(), nullptr};
    EXPECT_EQ(posix_spawnp(&pid_, "cat", &actions, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]);
    input_ = input[1];
  }
  ~Bystander() {
    close(input_);
    waitpid(pid_, nullptr, 0);
  }
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;

 private:
  pid_t pid_ = 0;
  int input_ = -1;
};

TEST_P(Orphan, OfOneOfTwoPoolsIsMissedAlthoughOthersLive) {
  ProcessPoolExecutor one(options(1));
  const int child_of_one = one.submit(process_id).result();
  if (GetParam() == StartMethod::fork) {
    kill(child_of_one, SIGKILL);
    const Bystander bystander;
    EXPECT_THROW(for (;;)(void) one.submit(twice, 1).result(), BrokenProcessPool);
    return;
  }
  ProcessPoolExecutor other(options(1));
  const int child_of_other = other.submit(process_id).result();
  const Bystander bystander;
  for (const auto& [pool, child] : {std::pair(&one, child_of_one), std::pair(&other, child_of_other)}) {
    const auto running = pool->submit(sleep_for_ever);
    kill(child, SIGKILL);
    EXPECT_THROW(running.result(), BrokenProcessPool);
  }
}

// What a call starts lives on, and has nothing of the channel.
TEST_P(Orphan, OfACallDoesNotKeepTheChannelOpen) {
  Bell bell;
  Gate gate;
  Program program([&] {
    ProcessPoolExecutor pool(options(1));
    const auto dying = pool.submit(
        [](const std::string& its_bell, const std::string& its_gate) {
          if (fork() != 0) kill_itself();
          ring_and_wait_at(its_bell, its_gate);
          _exit(0);
        },
        bell.path(), gate.path());
    const std::string error = error_of(dying);
    pool.shutdown();
    return error.ends_with("was ended by signal 9 (SIGKILL)") ? 0 : 1;
  });
  (void)bell.wait();
  siginfo_t ended{};
  EXPECT_EQ(waitid(P_PID, static_cast<id_t>(program.pid()), &ended, WEXITED | WNOWAIT), 0);
  gate.open();
  EXPECT_EQ(program.wait(), 0);
}

// --- Names ----------------------------------------------------------------------------------------

std::vector<std::string> files_mapped_in_shared_memory() {
  std::vector<std::string> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" /dev/shm/") != std::string::npos) found.push_back(line);
  }
  return found;
}

// Nothing that has a name in a file system is left when everybody is killed.
TEST_P(Orphan, LeavesNoNameOfSharedMemory) {
  ProcessPoolExecutor pool(options(2));
  EXPECT_EQ(pool.submit(files_mapped_in_shared_memory).result(), std::vector<std::string>());
  EXPECT_EQ(files_mapped_in_shared_memory(), std::vector<std::string>());
}

}  // namespace
}  // namespace concurrent::futures
