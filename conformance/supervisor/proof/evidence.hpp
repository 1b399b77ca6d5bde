// Evidence: what is known of a test that hung, died or failed, as text for people.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <src/ledger.hpp>
#include <string>
#include <supervisor/proof/hang_proof.hpp>
#include <vector>

namespace touchstone::supervisor {

/// Who waits for what, inside which call, for whom, and what spoils the proof.
[[nodiscard]] std::string describe_threads(const Finding& finding, pid_t test,
                                           const std::vector<CallInProgress>& calls = {});

/// A call as part of a sentence: "inside result()", and for those of the suite's own what is waited for in them.
[[nodiscard]] std::string phrase_of(const CallInProgress& call);

/// Whether a thread sleeps although the word that it waits for has changed: it was not woken.
[[nodiscard]] bool wakeup_was_lost(const Finding& finding);

/// Whether a thread waits for a mutex that is held.
[[nodiscard]] bool somebody_holds_a_mutex(const Finding& finding);

/// The last events, with times counted from `start` (monotonic nanoseconds), and the counts of tasks.
[[nodiscard]] std::string describe_events(const Ledger& ledger, std::int64_t start);

/// What the test's processes printed: the end, but of a sanitizer's report the head, which has both accesses.
[[nodiscard]] std::string describe_output(const std::string& output);

/// Where in their code the threads of a process are that hangs for good, by asking them; with TOUCHSTONE_STACKS=1 in
/// the environment all that gdb says. Tells how to see more.
[[nodiscard]] std::string describe_stacks(pid_t process, const Ledger& ledger);

}  // namespace touchstone::supervisor
