// Activity: what a process tree does over a stretch of time, where nothing can be proved.
//
// When the deadline has passed without proof, the difference between two samples tells in which way the
// test is stuck. These classes are descriptions, not proofs.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <src/ledger.hpp>
#include <string>
#include <supervisor/processes/process_tree.hpp>
#include <vector>

namespace touchstone::supervisor {

struct Activity {
  std::chrono::steady_clock::time_point time;
  std::uint64_t processor_nanoseconds = 0;
  std::uint64_t events = 0;
  TaskCounts tasks;
  Snapshot snapshot;
};

[[nodiscard]] Activity sample_activity(pid_t supervisor, const Ledger& ledger);

struct ActivityClass {
  std::string name;       // "slow", "starvation", "livelock", or "stalled"
  std::string reason;     // in words and figures
  bool progress = false;  // events came, or could not come: more time may help
};

[[nodiscard]] ActivityClass classify_activity(const Activity& before, const Activity& after);

}  // namespace touchstone::supervisor
