#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <concurrent/futures/process_pool_executor.hpp>
#include <cstdio>
#include <cstdlib>
#include <guard.hpp>
#include <process_testing.hpp>
#include <string>
#include <string_view>
#include <thread>

namespace {

using concurrent::futures::error_of;
using concurrent::futures::has_child;
using concurrent::futures::ProcessPoolExecutor;
using concurrent::futures::StartMethod;

// What a spawned child does before freeze_support(): tests put it into the environment.
std::string_view mistake() {
  const char* const value = std::getenv("PROCESS_TESTS_MISTAKE");
  return value != nullptr ? value : "";
}

int nothing() { return 0; }

void make_pool_too_early() {
  setenv("PROCESS_TESTS_MISTAKE", "leave", 1);  // of children of the child, which there should not be
  (void)ProcessPoolExecutor(1).submit(nothing).result();
}

const bool is_early_static = [] {
  if (mistake() == "make a pool before main") make_pool_too_early();
  return true;
}();

// As many programs have: each process makes its own.
ProcessPoolExecutor static_pool(2);

// What a program does that has forgotten freeze_support(): returns whether it is told so, and no process was started.
bool submit_is_refused(StartMethod method) {
  ProcessPoolExecutor pool({.max_workers = 1, .start_method = method});
  const std::string error = error_of([&pool] { (void)pool.submit(nothing); });
  const bool is_told = error.find("freeze_support") != std::string::npos;
  if (!is_told) std::fprintf(stderr, "a submit before freeze_support(): %s\n", error.c_str());
  if (has_child()) std::fprintf(stderr, "a submit before freeze_support() has started a process\n");
  return is_told && !has_child();
}

// What such a program does instead of calling freeze_support().
void make_mistake() {
  if (mistake() == "submit") {
    _exit(submit_is_refused(StartMethod::spawn) && submit_is_refused(StartMethod::forkserver) ? 0 : 1);
  }
  if (mistake() == "leave") _exit(5);
  if (mistake() == "make a pool") make_pool_too_early();
  while (mistake() == "never come there") pause();
  if (mistake() == "start a thread") std::thread([] { pause(); }).detach();
  if (mistake() == "interrupt") raise(SIGINT);  // as somebody in the terminal does
}

}  // namespace

namespace concurrent::futures {
ProcessPoolExecutor& pool_of_static_storage() { return static_pool; }
}  // namespace concurrent::futures

int main(int argc, char** argv) {
  make_mistake();
  concurrent::futures::freeze_support(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return run_tests_guarded();
}
