// Snapshot: one look at every thread of every process that descends from the supervisor.

#pragma once

#include <sys/types.h>

#include <set>
#include <supervisor/processes/proc.hpp>
#include <vector>

namespace touchstone::supervisor {

struct ProcessReading {
  pid_t process = 0;
  pid_t parent = 0;
  std::vector<ThreadReading> threads;

  /// Whether the process has ended and waits for its parent to take notice.
  [[nodiscard]] bool ended() const;
};

struct Snapshot {
  std::vector<ProcessReading> processes;
  bool steady = false;  // the same processes and threads were there before and after the reading

  [[nodiscard]] std::set<pid_t> ids() const;
  [[nodiscard]] std::size_t thread_count() const;
  [[nodiscard]] const ThreadReading* find_thread(pid_t thread) const;
  /// Whether some thread is neither asleep nor ended.
  [[nodiscard]] bool any_awake() const;
  /// Whether some process has not ended.
  [[nodiscard]] bool any_alive() const;
};

/// The descendants of a process, parents before children.
[[nodiscard]] std::vector<pid_t> descendants_of(pid_t ancestor);

/// Looks at all descendants of the process `ancestor`, but not at itself.
///
/// That is everything a test can have started, provided that the ancestor is a child subreaper: then a
/// process whose parent has died is still among them.
/// The thread `left_out` is treated as if it were not there.
[[nodiscard]] Snapshot take_snapshot(pid_t ancestor, pid_t left_out = 0);

/// Whether both looks saw the same threads, and none of them can have run in between.
[[nodiscard]] bool same_sleep(const Snapshot& one, const Snapshot& other);

}  // namespace touchstone::supervisor
