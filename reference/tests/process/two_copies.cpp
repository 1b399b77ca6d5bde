// A program that contains the library twice: its children run main, unless the copies know of one another.

#include <concurrent/futures/process_pool_executor.hpp>
#include <cstdio>
#include <cstdlib>
#include <second_copy.hpp>
#include <string>

using namespace concurrent::futures;

int main(int argc, char** argv) {
  freeze_support(argc, argv);
  if (std::getenv("TWO_COPIES_IN_A_CHILD") != nullptr) {
    std::puts("main runs in a child");
    return 1;
  }
  setenv("TWO_COPIES_IN_A_CHILD", "1", 1);
  for (const StartMethod method : {StartMethod::spawn, StartMethod::forkserver}) {
    ProcessPoolExecutor pool({.max_workers = workers_of_second_copy(), .start_method = method});
    try {
      if (pool.submit([] { return 42; }).result() == 42) continue;
    } catch (const BrokenProcessPool& error) {
      if (std::string(error.what()).find("status 70") != std::string::npos) continue;
      std::puts(error.what());
    }
    return 1;
  }
}
