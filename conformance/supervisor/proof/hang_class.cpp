// The class follows from where the threads wait, and from what had happened before they went to sleep.

#include <algorithm>
#include <string_view>
#include <supervisor/proof/evidence.hpp>
#include <supervisor/proof/hang_class.hpp>
#include <touchstone/detail/in_call.hpp>
#include <vector>

namespace touchstone::supervisor {

namespace {

bool is_of_the_suite(const CallInProgress& call) {
  const std::string_view name = call.name;
  return name.starts_with("mark ") || name.starts_with("gate ") || name.starts_with("arrivals ");
}

/// A wait for the outcome of a task, as opposed to that of a promise, which no task need have anything to do with.
bool waits_for_a_task(const CallInProgress& call) { return call.name == "result()" || call.name == "exception()"; }

std::string threads_in(const std::vector<CallInProgress>& calls) {
  return std::to_string(calls.size()) + (calls.size() == 1 ? " thread sleeps in " : " threads sleep in ") +
         calls.front().name;
}

std::vector<CallInProgress> those(const std::vector<CallInProgress>& calls, bool (*which)(const CallInProgress&)) {
  std::vector<CallInProgress> chosen;
  std::copy_if(calls.begin(), calls.end(), std::back_inserter(chosen), which);
  return chosen;
}

/// Where the thread that runs the test is, in words; empty if in no call that is known.
std::string place_of_test(const std::vector<CallInProgress>& calls, pid_t test) {
  // The innermost of several stands last.
  const auto found =
      std::find_if(calls.rbegin(), calls.rend(), [test](const CallInProgress& call) { return call.thread == test; });
  if (found == calls.rend() || found->name == detail::executors_destructor) return "";
  return "the test is " + phrase_of(*found) + ": ";
}

}  // namespace

HangClass classify_hang(const Finding& finding, const Ledger& ledger, pid_t test) {
  const std::vector<CallInProgress> calls = ledger.calls();
  const TaskCounts tasks = ledger.tasks();
  if (wakeup_was_lost(finding)) {
    return {"lost-wake-up", place_of_test(calls, test) + "a thread sleeps although what it waits for has changed", ""};
  }
  const auto late = those(calls, [](const CallInProgress& call) { return call.settled; });
  if (!late.empty()) {
    return {"lost-wake-up",
            threads_in(late) + ", although another thread has come back from " + late.front().name +
                " of the same future: not all were woken",
            "FUT-031"};
  }
  const bool somebody_blocks = somebody_holds_a_mutex(finding) || tasks.started > tasks.ended;
  const auto due = those(calls, waits_for_a_task);
  if (!due.empty() && !somebody_blocks && tasks.made > 0 && tasks.ended == tasks.made && due.size() == calls.size()) {
    return {
        "lost-wake-up",
        threads_in(due) + ", and each of the " + std::to_string(tasks.made) + " tasks has ended: nobody woke who waits",
        ""};
  }
  if (!due.empty() && !somebody_blocks && tasks.made > tasks.started) {
    return {"starvation",
            place_of_test(calls, test) + std::to_string(tasks.made - tasks.started) + " of " +
                std::to_string(tasks.made) +
                " tasks were never started, although no worker runs one: they were lost, or no worker was woken, or "
                "they were cancelled and their futures do not know it",
            ""};
  }
  const auto at_marks = those(calls, is_of_the_suite);
  if (!at_marks.empty() && !somebody_blocks && at_marks.size() == calls.size()) {
    return {"unmet",
            place_of_test(calls, test) + "that did not come about, and no thread is left that could bring it about",
            ""};
  }
  if (finding.threads.size() == 1) {
    return {"deadlock",
            place_of_test(calls, test) + "the only thread waits without a limit, and nobody is left who could wake it",
            ""};
  }
  return {
      "deadlock",
      place_of_test(calls, test) + "all threads wait without a limit, and nobody is left who could wake any of them",
      ""};
}

}  // namespace touchstone::supervisor
