// Hazards of signals and of the terminal: process_hazards.md has the numbers.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <initializer_list>
#include <process_testing.hpp>
#include <string>
#include <vector>

namespace concurrent::futures {
namespace {

class Signals : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(Signals);

// While it lives, this process treats a signal in that way.
class Disposition {
 public:
  Disposition(int number, void (*handler)(int)) : number_(number), before_(signal(number, handler)) {}
  ~Disposition() { signal(number_, before_); }
  Disposition(const Disposition&) = delete;
  Disposition& operator=(const Disposition&) = delete;

 private:
  const int number_;
  void (*const before_)(int);
};

struct SignalSet {
  SignalSet(std::initializer_list<int> numbers) {
    sigemptyset(&set);
    for (const int each : numbers) sigaddset(&set, each);
  }
  sigset_t set{};
};

// --- The terminal ---------------------------------------------------------------------------------

// A terminal of its own, of which a program becomes the owner.
class Terminal {
 public:
  Terminal() { EXPECT_EQ(openpty(&keyboard_, &screen_, nullptr, nullptr, nullptr), 0); }
  ~Terminal() {
    close(keyboard_);
    close(screen_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// In the program. Its children are in the foreground, too.
  void own() {
    setsid();
    ioctl(screen_, TIOCSCTTY, 0);
  }
  void type(char key) const { EXPECT_EQ(write(keyboard_, &key, 1), 1); }

 private:
  int keyboard_ = -1;
  int screen_ = -1;
};

constexpr char interrupt_key = '\x03';

TEST_P(Signals, InterruptEndsTheParentAndEverybodyWithIt) {
  Terminal terminal;
  Bell bell;
  Program program([&] {
    terminal.own();
    ProcessPoolExecutor pool(options(2));
    for (int i = 0; i < 2; ++i) {
      (void)pool.submit(
          [](const std::string& its_bell) {
            ring(its_bell);
            sleep_for_ever();
          },
          bell.path());
    }
    pool.shutdown();
    return 0;
  });
  (void)bell.wait();
  (void)bell.wait();
  terminal.type(interrupt_key);
  EXPECT_EQ(program.wait(), 1000 + SIGINT);
}

TEST_P(Signals, InterruptIsLeftToAParentThatHandlesIt) {
  Terminal terminal;
  Bell bell;
  Gate gate;
  Program program([&] {
    terminal.own();
    const SignalSet interrupt{SIGINT};
    pthread_sigmask(SIG_BLOCK, &interrupt.set, nullptr);
    ProcessPoolExecutor pool(options(1));
    const auto running = pool.submit(ring_and_wait_at, bell.path(), gate.path());
    int number = 0;
    sigwait(&interrupt.set, &number);
    ring(bell.path());
    const int child = running.result();
    return pool.submit(process_id).result() == child ? 0 : 1;
  });
  (void)bell.wait();
  terminal.type(interrupt_key);
  EXPECT_EQ(bell.wait(), program.pid());
  gate.open();
  EXPECT_EQ(program.wait(), 0);
}

bool interrupt_forked_child = false;
const int forked_child_is_interrupted = pthread_atfork(nullptr, nullptr, [] {
  if (interrupt_forked_child) raise(SIGINT);
});

TEST_P(Signals, InterruptDoesNotReachAChildThatIsStarting) {
  setenv("PROCESS_TESTS_MISTAKE", "interrupt", 1);
  interrupt_forked_child = forked_child_is_interrupted == 0;
  ProcessPoolExecutor pool(options(1));
  EXPECT_EQ(error_of([&] { return pool.submit(twice, 21); }), "nothing was thrown");
  interrupt_forked_child = false;
  unsetenv("PROCESS_TESTS_MISTAKE");
}

TEST_P(Signals, EndOfTheTerminalIsIgnoredByWhoWasToldTo) {
  Bell bell;
  Gate gate;
  Program program([&] {
    setsid();
    signal(SIGHUP, SIG_IGN);  // as nohup does
    ProcessPoolExecutor pool(options(1));
    const auto running = pool.submit(ring_and_wait_at, bell.path(), gate.path());
    return error_of(running) == "nothing was thrown" ? 0 : 1;
  });
  (void)bell.wait();
  kill(-program.pid(), SIGHUP);
  gate.open();
  EXPECT_EQ(program.wait(), 0);
}

// --- What children inherit ------------------------------------------------------------------------

std::vector<int> signals_that_are_not_as_usual() {
  std::vector<int> found;
  sigset_t blocked;
  sigprocmask(SIG_SETMASK, nullptr, &blocked);
  for (const int each : {SIGTERM, SIGCHLD, SIGPIPE, SIGUSR1}) {
    struct sigaction action {};
    sigaction(each, nullptr, &action);
    if (action.sa_handler != SIG_DFL || sigismember(&blocked, each) != 0) found.push_back(each);
  }
  return found;
}

std::string output_of(const std::string& command) {
  FILE* const stream = popen(command.c_str(), "r");
  std::array<char, 100> text{};
  const std::size_t size = fread(text.data(), 1, text.size(), stream);
  return {text.data(), pclose(stream) == 0 ? size : 0};
}

TEST_P(Signals, AreInAChildAsAProgramExpectsThem) {
  const Disposition ignore_children(SIGCHLD, SIG_IGN);
  const Disposition ignore_pipe(SIGPIPE, SIG_IGN);
  const Disposition handle(SIGUSR1, [](int) {});
  const SignalSet terminate{SIGTERM};
  pthread_sigmask(SIG_BLOCK, &terminate.set, nullptr);
  {
    ProcessPoolExecutor pool(options(1));
    EXPECT_EQ(pool.submit(signals_that_are_not_as_usual).result(), std::vector<int>());
    EXPECT_EQ(pool.submit(output_of, "echo hello").result(), "hello\n");
    Bell bell;
    const auto running = pool.submit(
        [](const std::string& its_bell) {
          ring(its_bell);
          sleep_for_ever();
        },
        bell.path());
    (void)bell.wait();
    pool.terminate_workers();
    EXPECT_THROW(running.result(), BrokenProcessPool);
    pool.shutdown();
  }
  pthread_sigmask(SIG_UNBLOCK, &terminate.set, nullptr);
}

// --- The parent's own -----------------------------------------------------------------------------

TEST(SignalsOfTheParent, AreNotRaisedByAChildThatIsGone) {
  struct sigaction action {};
  sigaction(SIGPIPE, nullptr, &action);
  ASSERT_EQ(action.sa_handler, SIG_DFL) << "it would end this program";
  auto [one, other] = os::Socket::make_pair();
  { const os::Socket closed(std::move(other)); }
  EXPECT_TRUE(one.send(std::as_bytes(std::span("text")), {}, os::Blocking::no).closed);
}

TEST_P(Signals, AreNotRaisedWhenAChildDiesThatIsFed) {
  for (int i = 0; i < times(5, 200); ++i) {
    ProcessPoolExecutor pool(options(1));
    const int child = pool.submit(process_id).result();
    std::vector<Future<std::size_t>> futures;
    const std::vector<char> bytes(1 << 20);
    for (int call = 0; call < 10; ++call) {
      futures.push_back(pool.submit([](const std::vector<char>& given) { return given.size(); }, bytes));
    }
    const auto last = pool.submit(sleep_for_ever);
    (void)futures[static_cast<std::size_t>(i) % futures.size()].result();
    kill(child, SIGKILL);
    EXPECT_THROW(last.result(), BrokenProcessPool);
  }
}

}  // namespace
}  // namespace concurrent::futures
