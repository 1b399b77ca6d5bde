// Hazards of children that die: process_hazards.md has the numbers.

#include <gtest/gtest.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <concurrent/futures/promise.hpp>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <process_testing.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace concurrent::futures {
namespace {

class DyingChild : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(DyingChild);

std::size_t length(const std::vector<char>& bytes) { return bytes.size(); }

void busy_for(int microseconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(microseconds);
  while (std::chrono::steady_clock::now() < end) {
  }
}

void die_by(int number) {
  signal(number, SIG_DFL);  // sanitizers have handlers of their own
  raise(number);
}
void abort_it() {
  signal(SIGABRT, SIG_DFL);
  std::abort();
}
void terminate_it() {
  signal(SIGABRT, SIG_DFL);
  std::set_terminate([] { std::abort(); });  // without a text
  std::terminate();
}
// Forks a process that waits for a signal, with that number. Less than 0 if that is not allowed.
pid_t fork_with_number(pid_t number) {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<std::uintptr_t>(&number);
  arguments.set_tid_size = 1;
  const auto child = static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
  while (child == 0) pause();
  return child;
}

// Futures that have ended in whatever way. Each of them has to: else this waits for ever.
template <typename T>
std::size_t count_broken(const std::vector<Future<T>>& futures) {
  std::size_t broken = 0;
  for (const auto& each : futures) {
    if (error_of(each).starts_with("BrokenProcessPool: ")) ++broken;
  }
  return broken;
}

// --- What is said of it ---------------------------------------------------------------------------

TEST_P(DyingChild, IsNamedWithTheSignalThatEndedIt) {
  const auto expect = [&](auto task, const std::string& how) {
    ProcessPoolExecutor pool(options(1));
    EXPECT_NE(error_of(pool.submit(task)).find("was ended by signal " + how), std::string::npos) << how;
  };
  expect(abort_it, "6 (SIGABRT)");
  expect(terminate_it, "6 (SIGABRT)");
  for (const auto& [number, name] : {std::pair(SIGSEGV, "11 (SIGSEGV)"), std::pair(SIGTERM, "15 (SIGTERM)")}) {
    expect(portable<&die_by>(number), name);
  }
}

TEST_P(DyingChild, FailsEachFutureWithAnErrorOfItsOwn) {
  Bell bell;
  ProcessPoolExecutor pool(options(2));
  const auto first = pool.submit(sleep_for_ever);
  const auto second = pool.submit(
      [](const std::string& its_bell) {
        ring(its_bell);
        sleep_for_ever();
      },
      bell.path());
  const int child = bell.wait();
  std::vector<Future<int>> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(pool.submit(twice, i));
  kill(child, SIGKILL);
  std::vector<std::exception_ptr> errors{first.exception(), second.exception()};
  for (const auto& each : waiting) errors.push_back(each.exception());
  for (const auto& each : errors) EXPECT_EQ(std::ranges::count(errors, each), 1);
  EXPECT_EQ(count_broken(waiting), 20U);
  EXPECT_THROW((void)pool.submit(twice, 1), BrokenProcessPool);
}

// --- When it dies ---------------------------------------------------------------------------------

TEST_P(DyingChild, IsNoticedWhereEverItDies) {
  std::minstd_rand generator(static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed()) + 1);
  const auto below = [&](int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(generator); };
  for (int i = 0; i < times(30, 1000); ++i) {
    ProcessPoolExecutor pool(options(2));
    const int child = pool.submit(process_id).result();
    std::vector<Future<void>> futures;
    for (int calls = below(200); calls > 0; --calls) futures.push_back(pool.submit(busy_for, below(100)));
    busy_for(below(2000));
    kill(child, SIGKILL);
    (void)count_broken(futures);
    EXPECT_THROW(for (;;)(void) pool.submit(busy_for, 0).result(), BrokenProcessPool);
  }
}

TEST_P(DyingChild, IsNoticedWhileMuchIsSentToIt) {
  const std::vector<char> bytes(1 << 20);
  for (std::size_t i = 0; i < static_cast<std::size_t>(times(5, 100)); ++i) {
    ProcessPoolExecutor pool(options(2));
    const int child = pool.submit(process_id).result();
    std::vector<Future<std::size_t>> futures;
    for (int call = 0; call < 50; ++call) futures.push_back(pool.submit(length, bytes));
    const auto last = pool.submit(sleep_for_ever);
    (void)futures[i % futures.size()].exception();
    kill(child, SIGKILL);
    EXPECT_THROW(last.result(), BrokenProcessPool);
    (void)count_broken(futures);
    pool.shutdown();
    EXPECT_FALSE(has_child());
  }
}

// Stops the child that decodes it, while what comes after it is still being sent.
struct Stop {
  template <typename Archive>
  void save(Archive& /*archive*/) const {}
  template <typename Archive>
  void load(Archive& /*archive*/) {
    raise(SIGSTOP);
  }
};

std::size_t length_after(const Stop& /*stop*/, const std::vector<char>& bytes) { return bytes.size(); }

TEST_P(DyingChild, IsNoticedInTheMiddleOfWhatIsSentToIt) {
  ProcessPoolExecutor pool(options(1));
  const int child = pool.submit(process_id).result();
  const auto sent = pool.submit(length_after, Stop(), std::vector<char>(64 << 20));
  wait_until_stopped(child);
  kill(child, SIGKILL);
  EXPECT_THROW((void)sent.result(), BrokenProcessPool);
  pool.shutdown();
  EXPECT_FALSE(has_child());
}

TEST_P(DyingChild, FailsWhatItsCallbackSubmits) {
  ProcessPoolExecutor pool(options(1));
  const auto dying = pool.submit(kill_itself);
  const auto waiting = pool.submit(twice, 1);
  Promise<std::string> seen;
  waiting.add_done_callback([&](const auto&) { seen.set_result(error_of([&] { (void)pool.submit(twice, 2); })); });
  EXPECT_TRUE(seen.future().result().starts_with("BrokenProcessPool: "));
  EXPECT_THROW(dying.result(), BrokenProcessPool);
  EXPECT_THROW((void)waiting.result(), BrokenProcessPool);
}

// Its siblings are told to end, and this one does not listen.
TEST_P(DyingChild, EndsSiblingsThatDoNotWantTo) {
  Bell bell;
  ProcessPoolExecutor pool(options(2));
  const auto stubborn = pool.submit(refuse_to_end, bell.path());
  (void)bell.wait();
  EXPECT_THROW(pool.submit(kill_itself).result(), BrokenProcessPool);
  EXPECT_THROW(stubborn.result(), BrokenProcessPool);
  pool.shutdown();
  EXPECT_FALSE(has_child());
}

// --- Who waits for it -----------------------------------------------------------------------------

TEST_P(DyingChild, LeavesNoZombie) {
  for (int i = 0; i < times(5, 200); ++i) {
    ProcessPoolExecutor pool(options(2));
    EXPECT_THROW(pool.submit(kill_itself).result(), BrokenProcessPool);
    pool.shutdown();
    EXPECT_FALSE(has_child());
  }
}

TEST_P(DyingChild, MayBeWaitedForByTheProgram) {
  ProcessPoolExecutor pool(options(1));
  const int child = pool.submit(process_id).result();
  kill(child, SIGKILL);
  // As a program does that looks after its own children: it may come first, or find nothing.
  (void)waitpid(-1, nullptr, GetParam() == StartMethod::forkserver ? WNOHANG : 0);  // a fork server stays
  EXPECT_THROW(for (;;)(void) pool.submit(twice, 1).result(), BrokenProcessPool);
  pool.shutdown();
  EXPECT_FALSE(has_child());
}

TEST_P(DyingChild, MayBeOfNoInterestToTheProgram) {
  signal(SIGCHLD, SIG_IGN);
  {
    ProcessPoolExecutor pool(options(2));
    EXPECT_EQ(pool.submit(twice, 21).result(), 42);
    pool.shutdown();
  }
  {
    ProcessPoolExecutor pool(options(2));
    EXPECT_THROW(pool.submit(kill_itself).result(), BrokenProcessPool);
  }
  signal(SIGCHLD, SIG_DFL);
  EXPECT_FALSE(has_child());
}

TEST(Retiring, LeavesNoZombie) {
  ProcessPoolExecutor pool({.max_workers = 2, .max_tasks_per_child = 1});
  const int replaced = times(20, 200);
  std::set<int> children;
  for (int i = 0; i < replaced; ++i) children.insert(pool.submit(process_id).result());
  EXPECT_EQ(children.size(), static_cast<std::size_t>(replaced));
  pool.shutdown();
  EXPECT_FALSE(has_child());
}

TEST(Retiring, IsNoDeathWhereNobodyCaresForChildren) {
  signal(SIGCHLD, SIG_IGN);  // then nobody can tell how they end
  {
    ProcessPoolExecutor pool({.max_workers = 1, .max_tasks_per_child = 1});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(pool.submit(twice, i).result(), 2 * i);
  }
  signal(SIGCHLD, SIG_DFL);
}

// Its number may belong to another process by now.
TEST(ChildProcess, IsNotMistakenForAnother) {
  const pid_t first = fork();
  if (first == 0) _exit(0);
  os::ChildProcess child(first);
  if (!child.descriptor()) GTEST_SKIP() << "there are no descriptors of processes here";
  EXPECT_TRUE(child.reap().is_success());
  const pid_t second = fork_with_number(first);
  if (second < 0) GTEST_SKIP() << "only who may do so can choose the number of a process";
  child.send(os::Signal::kill);
  kill(second, SIGTERM);
  int status = 0;
  EXPECT_EQ(waitpid(second, &status, 0), first);
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

}  // namespace
}  // namespace concurrent::futures
