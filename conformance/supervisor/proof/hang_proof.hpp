// HangProver: proves, from outside, that a process tree will never move again.
//
// The argument. The prover looks at every thread of every descendant twice. If both looks show the same
// threads, all of them asleep in the same calls, and none of them with a higher count of context
// switches, then none of them ran in between: all were asleep at one and the same moment. If moreover each
// waits for something that only a thread of the set could do, and no signal, timer or outside holder of
// a descriptor is there to step in, then nothing can ever happen to them again.
//
// What counts as outside help and is not considered: a debugger or an operator (signals from elsewhere,
// opening a process's files through /proc), and a descriptor that is under way inside a socket's queue
// to a process that does not hold it yet.
//
// Where the proof fails, the looks say for each thread why. No verdict is ever drawn from the passing of time.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <set>
#include <string>
#include <supervisor/processes/process_tree.hpp>
#include <supervisor/proof/waits.hpp>
#include <vector>

namespace touchstone::supervisor {

enum class Proof {
  gone,     // there is no living process to look at
  running,  // somebody runs, or has run between the looks
  open,     // all sleep, and somebody from outside or a timer may still wake one of them
  hung,     // proved: nobody can ever move again
};

/// A thread in the result of a look: in what it waits, and why that proves nothing, or an empty objection.
struct ThreadFinding {
  pid_t process = 0;
  pid_t thread = 0;
  std::string name;
  Wait wait;
  std::string objection;
};

struct Finding {
  Proof proof = Proof::gone;
  std::vector<ThreadFinding> threads;   // filled where proof is open or hung, and by explain()
  std::vector<std::string> objections;  // against whole processes: a timer, a pending signal, ...
};

class HangProver {
 public:
  /// Looks at the descendants of `supervisor`. The processes in `quiet` (the supervisor always is one) may
  /// hold ends of pipes and shared memory: they never use them, except for the descriptors `in_use` of the
  /// supervisor's.
  explicit HangProver(pid_t supervisor, std::set<pid_t> quiet = {}, std::set<int> in_use = {});

  /// Leaves a thread out of all looks, since it can wake nobody: a sanitizer's helper. 0: none.
  void leave_out(pid_t thread) { left_out_ = thread; }

  /// One attempt. `test` is the process that is looked at first: while a thread of it is awake, the attempt
  /// ends there, which is cheap.
  [[nodiscard]] Finding look(pid_t test);

  /// The same for a report: gives what can be said of every thread, also of those that run.
  [[nodiscard]] Finding explain();

 private:
  using Clock = std::chrono::steady_clock;

  void judge(const Snapshot& snapshot, Finding& finding) const;
  void judge_processes(const Snapshot& snapshot, Finding& finding) const;
  void judge_futexes(Finding& finding, const std::set<pid_t>& inside) const;
  void judge_descriptors(Finding& finding, const Snapshot& snapshot, const std::set<pid_t>& inside) const;
  [[nodiscard]] std::set<pid_t> inside(const Snapshot& snapshot) const;

  const pid_t supervisor_;
  std::set<pid_t> quiet_;
  const std::set<int> in_use_;
  pid_t left_out_ = 0;

  // The last set that was found to sleep without being provable: looking through the whole machine again
  // makes no sense before a while.
  Snapshot refuted_;
  Finding refutation_;
  Clock::time_point refuted_until_;
};

}  // namespace touchstone::supervisor
