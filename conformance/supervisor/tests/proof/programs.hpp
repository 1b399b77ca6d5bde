// Small programs that hang, or that only look as if they did: what the proof of hangs is tested with.

#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace touchstone::supervisor {

/// What a program shares with the process that watches it, which is outside of the program's tree.
struct Outside {
  int read_end = -1;                               // of a pipe
  int write_end = -1;                              // the watcher may write here
  std::atomic<std::uint32_t>* word = nullptr;      // in shared memory; the watcher may change it and wake waiters
  std::atomic<std::int64_t>* last_step = nullptr;  // when the last thread was about to block, on the monotonic clock
};

struct Program {
  const char* name;
  bool hangs;
  bool lost_wakeup;  // it hangs because somebody was not woken
  void (*run)(const Outside& outside);
};

/// They never end.
[[nodiscard]] const std::vector<Program>& hanging_programs();

/// They end by themselves after a while, or when the watcher writes and wakes.
[[nodiscard]] const std::vector<Program>& living_programs();

}  // namespace touchstone::supervisor
