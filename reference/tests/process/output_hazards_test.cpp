// Hazards of output, exit handlers and maps: process_hazards.md has the numbers.

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <concurrent/futures/process_pool_executor.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <process_testing.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace concurrent::futures {
namespace {

class Output : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(Output);

// What a program and all that it starts write to their standard output.
std::string output_of(const std::function<int()>& main) {
  std::array<int, 2> output{};
  EXPECT_EQ(pipe(output.data()), 0);
  Program program([&] {
    dup2(output[1], STDOUT_FILENO);
    close(output[0]);
    close(output[1]);
    return main();
  });
  close(output[1]);
  std::string text;
  std::array<char, 1000> piece{};
  for (ssize_t size = 0; (size = read(output[0], piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
  close(output[0]);
  EXPECT_EQ(program.wait(), 0);
  return text;
}

struct SaysWhenItIsDestroyed {
  ~SaysWhenItIsDestroyed() { std::fputs("destroyed.", stdout); }
};

std::optional<SaysWhenItIsDestroyed> static_object;

void destroy_at_exit() {
  static_object.emplace();
  std::atexit([] { std::fputs("at exit.", stdout); });
}

void say(const std::string& text) { std::fputs(text.c_str(), stdout); }
void say_in_cpp(const std::string& text) { std::cout << text; }

// Streams that have buffers of their own then.
void say_widely(const std::wstring& text) {
  std::ios::sync_with_stdio(false);
  std::wcout << text;
}

TEST_P(Output, IsWrittenOnce) {
  const std::string text = output_of([&] {
    std::fputs("once.", stdout);
    std::cout << "in C++ too.";
    destroy_at_exit();
    ProcessPoolExecutor pool(options(2));
    pool.submit(say, "child.").result();
    pool.submit(say_in_cpp, "child in C++.").result();
    pool.submit(say_widely, std::wstring(L"child, widely.")).result();
    pool.shutdown();
    return 0;
  });
  for (const std::string part :
       {"once.", "in C++ too.", "child.", "child in C++.", "child, widely.", "at exit.", "destroyed."}) {
    const std::size_t first = text.find(part);
    EXPECT_NE(first, std::string::npos) << part << " in " << text;
    EXPECT_EQ(text.find(part, first + 1), std::string::npos) << part << " in " << text;
  }
}

// What it has registered itself is not run either: it is ended, it does not exit.
TEST_P(Output, OfExitHandlersOfACallIsNone) {
  const std::string text = output_of([&] {
    ProcessPoolExecutor pool(options(1));
    pool.submit(destroy_at_exit).result();
    return 0;
  });
  EXPECT_EQ(text, "");
}

void hold_for_ever(bool is_input) {
  static std::atomic<bool> is_held = false;
  std::thread([is_input] {
    flockfile(is_input ? stdin : stdout);
    is_held = true;
    is_held.notify_one();
    for (;;) pause();
  }).detach();
  is_held.wait(false);
}

// As one does that waits for input. Its thread ends with the process.
TEST_P(Output, HeldByAThreadThatACallHasLeftIsNotWaitedFor) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer writes out all streams itself, before a process ends";
#endif
  for (const bool is_input : {true, false}) {
    const std::string text = output_of([&] {
      ProcessPoolExecutor pool(options(1));
      pool.submit(say, "said before.").result();
      pool.submit(hold_for_ever, is_input).result();
      return 0;
    });
    EXPECT_EQ(text, is_input ? "said before." : "");
  }
}

// --- Map ------------------------------------------------------------------------------------------

class Map : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(Map);

int fail_at_two(int number) {
  if (number == 2) throw std::out_of_range("two");
  return number;
}

TEST_P(Map, GoesOnAfterWhatWasThrown) {
  ProcessPoolExecutor pool(options(2));
  auto results = pool.map(fail_at_two, {0, 1, 2, 3});
  EXPECT_EQ(results.next(), 0);
  EXPECT_EQ(results.next(), 1);
  EXPECT_THROW((void)results.next(), std::out_of_range);
  EXPECT_EQ(results.next(), std::nullopt);
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
}

TEST_P(Map, CancelsWhatNobodyWantsAnyMore) {
  Bell bell;
  ProcessPoolExecutor pool(options(1));
  {
    Gate open;
    Gate closed;
    open.open();
    const std::vector<std::string> bells(10, bell.path());
    std::vector<std::string> gates(10, closed.path());
    gates.front() = open.path();
    auto results = pool.map(ring_and_wait_at, bells, gates);
    EXPECT_EQ(results.next(), bell.wait());
    (void)bell.wait();
    { const auto dropped = std::move(results); }
  }
  const int child = pool.submit(
                            [](const std::string& its_bell) {
                              ring(its_bell);
                              return getpid();
                            },
                            bell.path())
                        .result();
  EXPECT_EQ(bell.wait(), child);
  EXPECT_FALSE(bell.is_rung()) << "a call that was cancelled has run";
}

}  // namespace
}  // namespace concurrent::futures
