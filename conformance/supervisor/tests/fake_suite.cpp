// A small suite for testing the supervisor: each test ends in a way of its own.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <thread>
#include <touchstone/test.hpp>

namespace touchstone {

namespace {

void passes(World& world) {
  const FuturePointer future = world.make().submit(Script{Return{42}});
  EXPECT_EQ(future->result().value, Value(42));
  world.witness(true, "the value came back");
}

void fails(World& world) {
  world.note("about to fail");
  EXPECT_EQ(world.make().submit(Script{Return{42}})->result().value, Value(43)) << "in run 7";
  world.witness(true, "the value came back");
}

void fails_first_time(World& world) {
  const char* const path = std::getenv("TOUCHSTONE_FAKE_FILE");
  const bool first = path != nullptr && !std::ifstream(path).good();
  if (first) std::ofstream{path} << "been there";
  EXPECT_FALSE(first);
  world.witness(true, "it was run");
}

/// The file holds a sign for each run.
void fails_from_its_third_run_on(World& world) {
  const char* const path = std::getenv("TOUCHSTONE_FAKE_FILE");
  std::ofstream(path, std::ios::app) << 'I';
  EXPECT_LT(std::ifstream(path, std::ios::ate).tellg(), 3);
  world.witness(true, "it was run");
}

void throws(World&) { throw std::runtime_error("out of ideas"); }

void states_no_witness(World& world) { world.make(); }

void sees_no_witness(World& world) { world.witness(false, "two tasks overlapped"); }

void skips(World&) { GTEST_SKIP(); }

void crashes(World& world) {
  world.note("jumping");
  std::abort();
}

void exits(World&) { std::exit(0); }

// Neither the thread nor what the process would do at an ordinary exit may keep the test from passing.
void leaves_a_thread(World& world) {
  world.witness(true, "it was run");
  static const struct AtExit {
    ~AtExit() { std::abort(); }
  } at_exit;
  std::thread([] {
    for (;;) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }).detach();
}

[[gnu::noinline]] void lose_memory() {
  for (int block = 0; block < 100; ++block) {
    int* volatile lost = new int[100];
    *lost = block;
  }
}

void leaks(World& world) {
  lose_memory();
  world.witness(true, "it was run");
}

void deadlocks(World& world) {
  auto gate = world.gate("never opened");
  world.witness(true, "it came to the gate");
  auto& executor = world.make();
  executor.submit(Script{Pass{gate}, Return{1}})->result();
}

void deadlocks_in_its_mutexes(World& world) {
  static std::mutex one, other;
  std::atomic<int> holders = 0;
  const auto lock_both = [&holders](std::mutex& first, std::mutex& second) {
    const std::lock_guard outer(first);
    ++holders;
    while (holders < 2) std::this_thread::yield();
    const std::lock_guard inner(second);
  };
  world.thread([&] { lock_both(one, other); });
  lock_both(other, one);
}

void livelocks(World&) {
  const std::atomic<bool> never = false;
  while (!never) std::this_thread::yield();
}

void idles(World& world) {
  world.await([] { return false; });
}

void goes_on_for_ever(World& world) {
  const auto executor = &world.make();
  for (;;) {
    executor->submit(Script{Return{1}})->result();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void prints_garbage(World& world) {
  for (int line = 0; line < 20000; ++line) std::puts("{\"touchstone\":1,\"verdict\":\"pass\"} \xFF garbage");
  world.witness(true, "it printed");
}

void leaves_a_process(World& world) {
  if (fork() == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    if (const char* const path = std::getenv("TOUCHSTONE_FAKE_FILE")) std::ofstream{path} << getpid() << std::endl;
    for (;;) pause();
  }
  world.witness(true, "it left a process");
}

void waits_with_a_process(World& world) {
  leaves_a_process(world);
  for (;;) pause();
}

void heeds_signals(World& world) {
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    EXPECT_NE(action.sa_handler, SIG_IGN) << "the test ignores signal " << number << ", as who started it does";
  }
  world.witness(true, "it was run");
}

void deadlocks_after_a_failure(World& world) {
  EXPECT_TRUE(false) << "this comes first";
  deadlocks(world);
}

void never_called(World&) { ADD_FAILURE() << "a test that does not apply was run"; }

const char* const nothing = "a way for a test to end";

}  // namespace

const std::vector<TestCase>& all_tests() {
  static const std::vector<TestCase> tests = {
      {"Good.passes", verifies("FAK-001"), nothing, {}, passes},
      {"Good.heeds_signals", verifies("FAK-001"), nothing, {}, heeds_signals},
      {"Good.prints_garbage", verifies("FAK-001"), nothing, {}, prints_garbage},
      {"Good.leaves_a_process", verifies("FAK-003"), nothing, {}, leaves_a_process},
      {"Good.waits_with_a_process", verifies("FAK-003"), nothing, {}, waits_with_a_process},
      {"Bad.fails", verifies("FAK-002"), nothing, {}, fails},
      {"Bad.fails_first_time", verifies("FAK-002"), nothing, {}, fails_first_time},
      {"Bad.fails_from_its_third_run_on", verifies("FAK-002"), nothing, {}, fails_from_its_third_run_on},
      {"Bad.throws", verifies("FAK-002"), nothing, {}, throws},
      {"Bad.states_no_witness", verifies("FAK-002"), nothing, {}, states_no_witness},
      {"Bad.sees_no_witness", verifies("FAK-002"), nothing, {}, sees_no_witness},
      {"Bad.skips", verifies("FAK-002"), nothing, {}, skips},
      {"Bad.crashes", verifies("FAK-002"), nothing, {}, crashes},
      {"Bad.exits", verifies("FAK-002"), nothing, {}, exits},
      {"Bad.leaks", verifies("FAK-002"), nothing, {}, leaks},
      {"Bad.leaves_a_thread", verifies("FAK-001"), nothing, {}, leaves_a_thread},
      {"Hung.deadlocks", verifies("FAK-004"), nothing, {}, deadlocks},
      {"Hung.deadlocks_after_a_failure", verifies("FAK-004"), nothing, {}, deadlocks_after_a_failure},
      {"Hung.deadlocks_as_documented", verifies("FAK-004"), nothing, {}, deadlocks, "deadlocks"},
      {"Hung.deadlocks_in_its_mutexes", verifies("FAK-004"), nothing, {}, deadlocks_in_its_mutexes},
      {"Hung.livelocks", verifies("FAK-004"), nothing, {}, livelocks},
      {"Hung.idles", verifies("FAK-004"), nothing, {}, idles},
      {"Hung.goes_on_for_ever", verifies("FAK-004"), nothing, {}, goes_on_for_ever},
      {"Other.needs_cancel", verifies("FAK-001"), nothing, {"future.cancel"}, never_called},
      {"Other.is_of_another_profile", verifies("FAK-005"), nothing, {}, never_called},
      {"Other.needs_what_nobody_knows", verifies("FAK-001"), nothing, {"future.cancle"}, never_called},
      {"Other.has_no_requirement", verifies("FAK-999"), nothing, {}, never_called},
  };
  return tests;
}

const std::vector<Requirement>& all_requirements() {
  static const std::vector<Requirement> requirements = {
      {"FAK-001", "A value comes back", 1, "fake", "core", "MUST", "both", "", "A value MUST come back.", {"future"}},
      {"FAK-002", "Nothing goes wrong", 1, "fake", "core", "MUST", "both", "", "Nothing MUST go wrong.", {}},
      {"FAK-003", "Processes end", 1, "fake", "core", "SHOULD", "both", "", "Processes SHOULD end.", {}},
      {"FAK-004",
       "How it hangs is documented",
       2,
       "fake",
       "core",
       "DOC",
       "both",
       "",
       "The implementation MUST document how it hangs.",
       {}},
      {"SUB-013",
       "A throwing task does not stop the executor",
       1,
       "fake",
       "core",
       "MUST",
       "both",
       "",
       "It MUST go on.",
       {}},
      {"SHD-032", "Destruction comes to a good end", 1, "fake", "core", "MUST", "both", "", "It MUST end.", {}},
      {"FAK-005", "Names are Python's", 1, "fake", "python", "MUST", "both", "", "Names MUST be Python's.", {}},
  };
  return requirements;
}

const Requirement* find_requirement(std::string_view id) {
  for (const Requirement& requirement : all_requirements()) {
    if (requirement.id == id) return &requirement;
  }
  return nullptr;
}

}  // namespace touchstone
