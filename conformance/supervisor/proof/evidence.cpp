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

/// Whether two threads wait at the same address.
bool wait_together(const ThreadFinding& one, const ThreadFinding& other) {
  return one.process == other.process && one.wait.kind == WaitKind::futex && other.wait.kind == WaitKind::futex &&
         one.wait.futex.address == other.wait.futex.address;
}

bool sleeps_in_vain(const Wait& wait) {
  return wait.kind == WaitKind::futex && wait.futex.compares && wait.objection.empty() && wait.futex.word &&
         *wait.futex.word != wait.futex.expected;
}

std::string calls_of(const ThreadFinding& thread, const std::vector<CallInProgress>& calls) {
  std::string text;
  for (const CallInProgress& call : calls) {
    if (call.thread == thread.thread) text += (text.empty() ? " " : ", in it ") + phrase_of(call);
  }
  return text;
}

/// Where a thread is and what it waits for.
std::string describe_wait(const Finding& finding, const ThreadFinding& thread, const std::vector<CallInProgress>& calls,
                          pid_t test) {
  std::string text = thread.process == test ? "" : " of process " + std::to_string(thread.process);
  text += calls_of(thread, calls) + ": " + thread.wait.text;
  if (thread.wait.kind == WaitKind::futex) {
    const std::string whom = awaited_thread(finding, thread);
    if (!whom.empty()) text += ", " + whom;
    if (sleeps_in_vain(thread.wait)) {
      text += ", to change from " + std::to_string(thread.wait.futex.expected) + ", though it is " +
              std::to_string(*thread.wait.futex.word);
    }
  }
  const std::string channel = wait_channel(thread.process, thread.thread);
  if (!channel.empty()) text += " [" + channel + "]";
  if (!thread.objection.empty()) text += "\n    spoils the proof: " + thread.objection;
  return text + "\n";
}

/// "7 (test-thread-2), 8 (pool-0)": the thread that runs the test is called so.
std::string list_of_threads(const std::vector<const ThreadFinding*>& threads, pid_t test) {
  std::string text;
  for (const ThreadFinding* const thread : threads) {
    text += (text.empty() ? "" : ", ") + std::to_string(thread->thread) + " (" +
            (thread->thread == test ? "the test" : thread->name) + ")";
  }
  return text;
}

/// Threads of which the same is to be said; the first is `thread`. Others may wait at the same address, elsewhere.
std::string describe_alike(const Finding& finding, const ThreadFinding& thread,
                           const std::vector<CallInProgress>& calls, pid_t test) {
  const std::string wait = describe_wait(finding, thread, calls, test);
  std::vector<const ThreadFinding*> alike, together;
  for (const ThreadFinding& other : finding.threads) {
    const bool same_place = &other == &thread || wait_together(other, thread);
    if (same_place && describe_wait(finding, other, calls, test) == wait) {
      alike.push_back(&other);
    } else if (same_place) {
      together.push_back(&other);
    }
  }
  if (alike.front() != &thread) return "";
  std::string text = std::string(alike.size() == 1 ? "  thread " : "  threads ") + list_of_threads(alike, test) + wait;
  if (!together.empty()) text += "    at the same place as " + list_of_threads(together, test) + "\n";
  return text;
}

}  // namespace

std::string describe_threads(const Finding& finding, pid_t test, const std::vector<CallInProgress>& calls) {
  std::string text = "threads:\n";
  for (const ThreadFinding& thread : finding.threads) text += describe_alike(finding, thread, calls, test);
  for (const std::string& objection : finding.objections) text += "  spoils the proof: " + objection + "\n";
  return text;
}

std::string phrase_of(const CallInProgress& call) {
  const auto behind = [&](std::string_view lead) { return call.name.substr(lead.size()); };
  if (call.name.starts_with("mark ")) return "waiting until " + behind("mark ");
  if (call.name.starts_with("gate ")) return "held by the test at " + behind("gate ");
  if (call.name.starts_with("arrivals at gate ")) return "waiting until tasks are at " + behind("arrivals at gate ");
  return "inside " + call.name;
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
