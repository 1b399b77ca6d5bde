// The double look, and every objection that a proof must overcome.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <supervisor/proof/descriptors.hpp>
#include <supervisor/proof/hang_proof.hpp>
#include <utility>

namespace touchstone::supervisor {

namespace {

constexpr auto pause_after_refutation = std::chrono::milliseconds(50);

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }

/// Whether a thread of the process is awake: then nothing more needs to be looked at.
bool somebody_awake(pid_t process, pid_t left_out) {
  const std::vector<int> threads = numbers_in("/proc/" + std::to_string(process) + "/task");
  return std::any_of(threads.begin(), threads.end(), [=](int thread) {
    if (thread == left_out) return false;
    const char state = read_state(process, thread);
    return state != 'S' && state != 'Z';
  });
}

bool objected(const Finding& finding) {
  return !finding.objections.empty() || std::any_of(finding.threads.begin(), finding.threads.end(),
                                                    [](const ThreadFinding& each) { return !each.objection.empty(); });
}

/// Why something in this process may act without any of its threads, or empty.
std::string objection_to(const ProcessReading& process) {
  const std::string timers = "/proc/" + std::to_string(process.process) + "/timers";
  if (access(timers.c_str(), R_OK) != 0) return "the timers of the process cannot be seen";
  if (!read_file(timers).empty()) return "the process has a timer (timer_create)";
  if (has_ring(process.process)) return "the process uses io_uring";
  for (const ThreadReading& thread : process.threads) {
    if (thread.traced) return "a debugger is attached";
    if (thread.pending_signals != 0) return "a signal is about to be delivered";
    // Interval timers are invisible in /proc; what they do is seen by the handlers for their signals.
    if ((thread.caught_signals & (bit(SIGALRM) | bit(SIGVTALRM) | bit(SIGPROF))) != 0) {
      return "the process handles the signal of an interval timer (alarm, setitimer), which may be running";
    }
    if ((thread.caught_signals & bit(SIGIO)) != 0) return "the process handles SIGIO, which the system may send";
  }
  return {};
}

}  // namespace

HangProver::HangProver(pid_t supervisor, std::set<pid_t> quiet, std::set<int> in_use)
    : supervisor_(supervisor), quiet_(std::move(quiet)), in_use_(std::move(in_use)) {
  quiet_.insert(supervisor);
}

std::set<pid_t> HangProver::inside(const Snapshot& snapshot) const {
  std::set<pid_t> ids = snapshot.ids();
  ids.insert(quiet_.begin(), quiet_.end());
  return ids;
}

Finding HangProver::look(pid_t test) {
  if (somebody_awake(test, left_out_)) return {Proof::running, {}, {}};
  Snapshot first = take_snapshot(supervisor_, left_out_);
  if (!first.any_alive()) return {Proof::gone, {}, {}};
  if (!first.steady || first.any_awake()) return {Proof::running, {}, {}};
  if (Clock::now() < refuted_until_ && same_sleep(first, refuted_)) return refutation_;

  Finding finding;
  judge(first, finding);
  if (!same_sleep(first, take_snapshot(supervisor_, left_out_))) return {Proof::running, {}, {}};
  if (!objected(finding)) {
    finding.proof = Proof::hung;
    return finding;
  }
  finding.proof = Proof::open;
  refuted_ = std::move(first);
  refutation_ = finding;
  refuted_until_ = Clock::now() + pause_after_refutation;
  return finding;
}

Finding HangProver::explain() {
  const Snapshot snapshot = take_snapshot(supervisor_, left_out_);
  Finding finding;
  judge(snapshot, finding);
  finding.proof = snapshot.any_awake() ? Proof::running : Proof::open;
  return finding;
}

void HangProver::judge(const Snapshot& snapshot, Finding& finding) const {
  for (const ProcessReading& process : snapshot.processes) {
    for (const ThreadReading& thread : process.threads) {
      Wait wait = classify_wait(thread);
      std::string objection = wait.objection;
      finding.threads.push_back({thread.process, thread.thread, thread.name, std::move(wait), std::move(objection)});
    }
  }
  const std::set<pid_t> members = inside(snapshot);
  judge_processes(snapshot, finding);
  judge_futexes(finding, members);
  judge_descriptors(finding, snapshot, members);
}

void HangProver::judge_processes(const Snapshot& snapshot, Finding& finding) const {
  for (const ProcessReading& process : snapshot.processes) {
    if (process.ended()) {
      // Its parent may be just about to be told.
      for (ThreadFinding& thread : finding.threads) {
        if (thread.process == process.parent && thread.wait.kind == WaitKind::child) {
          thread.objection = "waits for a child process, and one has ended";
        }
      }
      continue;
    }
    const std::string objection = objection_to(process);
    if (!objection.empty()) {
      finding.objections.push_back("process " + std::to_string(process.process) + ": " + objection);
    }
  }
}

void HangProver::judge_futexes(Finding& finding, const std::set<pid_t>& inside) const {
  for (ThreadFinding& thread : finding.threads) {
    if (thread.wait.kind != WaitKind::futex || !thread.wait.futex.shared || !thread.objection.empty()) continue;
    thread.objection = outside_sharer(thread.process, thread.wait.futex.address, inside, supervisor_);
  }
}

void HangProver::judge_descriptors(Finding& finding, const Snapshot& snapshot, const std::set<pid_t>& inside) const {
  std::set<pid_t> living;
  for (const ProcessReading& process : snapshot.processes) {
    if (!process.ended()) living.insert(process.process);
  }
  std::set<std::string> ends;
  std::vector<std::pair<ThreadFinding*, Descriptor>> watched;
  for (ThreadFinding& thread : finding.threads) {
    if (thread.wait.kind != WaitKind::descriptor || !thread.objection.empty()) continue;
    for (const int number : thread.wait.descriptors) {
      Descriptor descriptor = look_at_descriptor(thread.process, number, living);
      if (descriptor.kind == DescriptorKind::unix_socket && thread.wait.transfers &&
          may_time_out(thread.process, number)) {
        descriptor.objection = "may have a time limit of its own";
      }
      if (!descriptor.objection.empty()) {
        thread.objection = thread.wait.text + "; descriptor " + std::to_string(number) + " (" + descriptor.name + ") " +
                           descriptor.objection;
        break;
      }
      ends.insert(descriptor.ends.begin(), descriptor.ends.end());
      watched.emplace_back(&thread, std::move(descriptor));
    }
  }
  // The search through the machine is by far the dearest step, and futile where the proof has failed.
  if (ends.empty() || objected(finding)) return;
  const std::map<std::string, std::string> holders = outside_holders(ends, inside, supervisor_, in_use_);
  for (const auto& [thread, descriptor] : watched) {
    for (const std::string& end : descriptor.ends) {
      const auto holder = holders.find(end);
      if (holder == holders.end()) continue;
      thread->objection = thread->wait.text + "; " + end + " is held outside of the test by " + holder->second;
    }
  }
}

}  // namespace touchstone::supervisor
