// Samples of a process tree, and the names for what lies between two of them.

#include <cstdio>
#include <supervisor/proof/activity.hpp>
#include <supervisor/proof/waits.hpp>

namespace touchstone::supervisor {

namespace {

// Threads that only look at something every millisecond stay well below.
constexpr double share_of_busy_threads = 0.1;

struct ThreadCounts {
  std::size_t motionless = 0;  // in the same untimed futex wait all the time
  std::size_t sleepless = 0;   // never asleep, though maybe without a processor on a busy machine
};

ThreadCounts count_threads(const Snapshot& before, const Snapshot& after) {
  ThreadCounts counts;
  for (const ProcessReading& process : after.processes) {
    for (const ThreadReading& thread : process.threads) {
      const ThreadReading* const earlier = before.find_thread(thread.thread);
      if (earlier == nullptr) continue;
      if (earlier->same_sleep(thread)) {
        const Wait wait = classify_wait(thread);
        if (wait.kind == WaitKind::futex && wait.objection.empty()) ++counts.motionless;
      }
      if (earlier->state == 'R' && thread.state == 'R' && earlier->voluntary_switches == thread.voluntary_switches) {
        ++counts.sleepless;
      }
    }
  }
  return counts;
}

std::string text_of(const char* format, double first, double second) {
  char text[160];
  std::snprintf(text, sizeof text, format, first, second);
  return text;
}

}  // namespace

Activity sample_activity(pid_t supervisor, const Ledger& ledger) {
  Activity activity;
  activity.time = std::chrono::steady_clock::now();
  activity.snapshot = take_snapshot(supervisor);
  for (const ProcessReading& process : activity.snapshot.processes) {
    activity.processor_nanoseconds += processor_time(process.process);
  }
  activity.events = ledger.size();
  activity.tasks = ledger.tasks();
  return activity;
}

ActivityClass classify_activity(const Activity& before, const Activity& after) {
  const double seconds = std::chrono::duration<double>(after.time - before.time).count();
  const double used = after.processor_nanoseconds > before.processor_nanoseconds
                          ? static_cast<double>(after.processor_nanoseconds - before.processor_nanoseconds) * 1e-9
                          : 0;
  const std::uint64_t events = after.events - before.events;
  const std::uint64_t ends = after.tasks.ended - before.tasks.ended;
  const auto [motionless, sleepless] = count_threads(before.snapshot, after.snapshot);
  const std::string figures = text_of("in the last %.2f s it used %.2f s of processor time", seconds, used) +
                              ", left " + std::to_string(events) + " events and ended " + std::to_string(ends) +
                              " tasks; " + std::to_string(motionless) +
                              " threads without a limit to their waits did not move";
  if (events + ends > 0) {
    const bool some_wait = before.tasks.made > before.tasks.started && after.tasks.made > after.tasks.started;
    if (some_wait && motionless > 0) {
      return {"starvation", "others go on while accepted work is not started: " + figures, true};
    }
    return {"slow", "it still goes on: " + figures, true};
  }
  if (used > share_of_busy_threads * seconds) {
    return {"livelock", "it runs without getting anywhere: " + figures, false};
  }
  if (sleepless > 0) return {"slow", "it would run, and the machine has hardly any time for it: " + figures, true};
  return {"stalled", "it does not move, and no proof is possible: " + figures, false};
}

}  // namespace touchstone::supervisor
