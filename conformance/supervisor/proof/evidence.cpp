// Puts into words what was seen of threads, events and output.

#include <algorithm>
#include <cstdio>
#include <supervisor/processes/proc.hpp>
#include <supervisor/proof/evidence.hpp>

namespace touchstone::supervisor {

namespace {

constexpr std::size_t events_shown = 40;
constexpr std::size_t output_shown = 4000;

std::string label(const ThreadFinding& thread) { return std::to_string(thread.thread) + " (" + thread.name + ")"; }

const ThreadFinding* find_thread(const Finding& finding, pid_t process, std::uint64_t id) {
  const auto found = std::find_if(finding.threads.begin(), finding.threads.end(), [&](const ThreadFinding& each) {
    return each.process == process && each.thread == static_cast<pid_t>(id);
  });
  return found == finding.threads.end() ? nullptr : &*found;
}

/// Whom a futex waiter waits for, as far as the C library's data tell: the holder of a mutex, or a thread
/// that is being joined. In words, or empty.
std::string awaited_thread(const Finding& finding, const ThreadFinding& waiter) {
  const FutexWait& futex = waiter.wait.futex;
  if (futex.compares && futex.expected != 0 && futex.expected == static_cast<std::uint32_t>(futex.word.value_or(0))) {
    // pthread_join waits for the word in which the kernel keeps the id of a living thread.
    if (const ThreadFinding* const joined = find_thread(finding, waiter.process, futex.expected)) {
      return "for the end of thread " + label(*joined);
    }
  }
  // glibc's mutex: the lock word, a count, and the owner's id. The lock word is 2 while somebody waits.
  struct {
    std::uint32_t lock, count, owner;
  } mutex{};
  constexpr std::uint32_t locked_with_waiters = 2;
  if (futex.expected == locked_with_waiters && read_memory(waiter.process, futex.address, &mutex, sizeof mutex) &&
      mutex.owner != 0) {
    const ThreadFinding* const owner = find_thread(finding, waiter.process, mutex.owner);
    if (owner != nullptr && owner->thread != waiter.thread)
      return "for a mutex that thread " + label(*owner) + " holds";
    if (owner != nullptr) return "for a mutex that it holds itself";
  }
  return {};
}

/// Threads that wait at the same address.
std::string companions(const Finding& finding, const ThreadFinding& waiter) {
  std::string text;
  for (const ThreadFinding& other : finding.threads) {
    if (&other == &waiter || other.process != waiter.process || other.wait.kind != WaitKind::futex) continue;
    if (other.wait.futex.address == waiter.wait.futex.address)
      text += std::string(text.empty() ? "" : ",") + " thread " + std::to_string(other.thread);
  }
  return text.empty() ? text : "; so does" + text;
}

bool sleeps_in_vain(const Wait& wait) {
  return wait.kind == WaitKind::futex && wait.futex.compares && wait.objection.empty() && wait.futex.word &&
         *wait.futex.word != wait.futex.expected;
}

std::string calls_of(const ThreadFinding& thread, const std::vector<CallInProgress>& calls) {
  std::string text;
  for (const CallInProgress& call : calls) {
    if (call.thread == thread.thread) text += (text.empty() ? " in " : ", in it ") + call.name;
  }
  return text;
}

std::string describe_thread(const Finding& finding, const ThreadFinding& thread,
                            const std::vector<CallInProgress>& calls, pid_t test) {
  std::string text = "  thread " + label(thread);
  if (thread.process != test) text += " of process " + std::to_string(thread.process);
  text += calls_of(thread, calls) + ": " + thread.wait.text;
  if (thread.wait.kind == WaitKind::futex) {
    const std::string whom = awaited_thread(finding, thread);
    if (!whom.empty()) text += ", " + whom;
    if (sleeps_in_vain(thread.wait)) {
      text += ", to change from " + std::to_string(thread.wait.futex.expected) + ", though it is " +
              std::to_string(*thread.wait.futex.word);
    }
    text += companions(finding, thread);
  }
  const std::string channel = wait_channel(thread.process, thread.thread);
  if (!channel.empty()) text += " [" + channel + "]";
  if (!thread.objection.empty()) text += "\n    spoils the proof: " + thread.objection;
  return text + "\n";
}

}  // namespace

std::string describe_threads(const Finding& finding, pid_t test, const std::vector<CallInProgress>& calls) {
  std::string text = "threads:\n";
  for (const ThreadFinding& thread : finding.threads) text += describe_thread(finding, thread, calls, test);
  for (const std::string& objection : finding.objections) text += "  spoils the proof: " + objection + "\n";
  return text;
}

bool wakeup_was_lost(const Finding& finding) {
  return std::any_of(finding.threads.begin(), finding.threads.end(),
                     [](const ThreadFinding& thread) { return sleeps_in_vain(thread.wait); });
}

bool somebody_holds_a_mutex(const Finding& finding) {
  return std::any_of(finding.threads.begin(), finding.threads.end(), [&](const ThreadFinding& thread) {
    return thread.wait.kind == WaitKind::futex && awaited_thread(finding, thread).find("mutex") != std::string::npos;
  });
}

std::string describe_events(const Ledger& ledger, std::int64_t start) {
  std::string text;
  const TaskCounts tasks = ledger.tasks();
  if (tasks.made != 0) {
    text += "tasks: " + std::to_string(tasks.made) + " made, " + std::to_string(tasks.started) + " started, " +
            std::to_string(tasks.ended) + " ended\n";
  }
  const std::vector<LedgerEvent> events = ledger.last(events_shown);
  if (events.empty()) return text;
  text += "last events:\n";
  for (const LedgerEvent& event : events) {
    char prefix[64];
    // What happens in the child's first moments may come before its parent has looked at the clock.
    const double seconds = std::max(0.0, static_cast<double>(event.time - start) * 1e-9);
    std::snprintf(prefix, sizeof prefix, "  +%.6f s  thread %d  ", seconds, static_cast<int>(event.thread));
    text += prefix + event.text + "\n";
  }
  return text;
}

std::string describe_output(const std::string& output) {
  if (output.empty()) return {};
  std::size_t begin = output.find("WARNING: ThreadSanitizer");
  if (begin == std::string::npos) begin = output.find("ERROR: AddressSanitizer");
  if (begin == std::string::npos) begin = output.size() - std::min(output.size(), output_shown);
  std::string shown = (begin == 0 ? "" : "... ") + output.substr(begin, output_shown);
  if (begin + output_shown < output.size()) shown += " ...";
  return "printed:\n" + shown + (shown.ends_with('\n') ? "" : "\n");
}

}  // namespace touchstone::supervisor
