// A shared library with a copy of the library of its own.

#include <concurrent/futures/process_pool_executor.hpp>
#include <second_copy.hpp>

int workers_of_second_copy() { return static_cast<int>(concurrent::futures::ProcessPoolExecutor(3).max_workers()); }
