// Five calls in other processes, each of which prints the id of its process and returns it. One process may have done
// all of them before the other one has started.

#include <unistd.h>

#include <concurrent/futures/process_pool_executor.hpp>
#include <iostream>
#include <vector>

using namespace concurrent::futures;

int tell_process_id() {
  std::cout << "in process " << getpid() << std::endl;
  return getpid();
}

int main(int argc, char** argv) {
  freeze_support(argc, argv);

  ProcessPoolExecutor pool({.max_workers = 2});
  std::vector<Future<int>> calls;
  for (int i = 0; i < 5; ++i) calls.push_back(pool.submit(tell_process_id));
  for (const Future<int>& call : calls) std::cout << "a call ran in process " << call.result() << '\n';
}

// Prints, with other numbers and in another order:
// in process 4712
// in process 4713
// in process 4712
// in process 4713
// in process 4712
// a call ran in process 4712
// a call ran in process 4713
// a call ran in process 4712
// a call ran in process 4713
// a call ran in process 4712
