// Supervise: watches one child until it has ended, or is known to hang.

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <supervisor/child/child.hpp>
#include <supervisor/child/report.hpp>
#include <supervisor/watch/interruptions.hpp>

namespace touchstone::supervisor {

enum class Ending {
  reported,     // the child sent its report and ended as it should
  crashed,      // it ended otherwise, before or after its report
  hung,         // it had to be ended
  interrupted,  // somebody asked the supervisor to end
};

struct Hang {
  std::string name;  // "deadlock", "lost-wake-up", "unmet", "starvation", "livelock", "slow", "stalled"
  bool proved = false;
  std::string reason;
  std::string breaks;  // the requirement that such a hang is against, whatever was tested, or empty
  std::optional<double> proof_milliseconds;  // at most this long after the last thread went to sleep
};

/// What was seen of a child.
struct Observation {
  Ending ending = Ending::crashed;
  SentReports reports;
  int status = 0;  // as from waitpid, where it ended by itself
  Hang hang;
  std::string evidence;            // threads, events, output
  std::vector<Witness> witnesses;  // those that the ledger shows, for a child that could not report
  bool task_threw = false;         // an exception has left a task just before the end
  bool in_destructor = false;      // of an executor, at the end; of one that hangs, only while no task was running
  double seconds = 0;
  bool left_processes = false;  // some descendant could not be killed
};

struct Patience {
  std::chrono::nanoseconds deadline = std::chrono::seconds(20);
};

/// Starts a child for the job, watches it, and leaves nothing of it behind.
[[nodiscard]] Observation observe(const Job& job, const ChildSetting& setting, Start start, const Patience& patience,
                                  Interruptions& interruptions);

}  // namespace touchstone::supervisor
