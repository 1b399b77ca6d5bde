// Who runs a call: a worker, or whoever waits for it.

#pragma once

#include <cstdint>

namespace touchstone::bench {

/// Set in a thread that submits and waits. A task that finds it set was run by whoever waits for it.
inline constinit thread_local bool is_caller = false;

/// How many tasks this thread has run, where it is a caller.
inline constinit thread_local std::int64_t run_on_caller = 0;

/// What every task does besides its work. It costs less than a nanosecond.
inline void count_caller() {
  if (is_caller) ++run_on_caller;
}

}  // namespace touchstone::bench
