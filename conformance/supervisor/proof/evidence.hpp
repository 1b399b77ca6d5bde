// Evidence: what is known of a test that hung, died or failed, as text for people.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <src/ledger.hpp>
#include <string>
#include <supervisor/proof/hang_proof.hpp>

namespace touchstone::supervisor {

/// Who waits for what, for whom, and what spoils the proof.
[[nodiscard]] std::string describe_threads(const Finding& finding, pid_t test);

/// Whether a thread sleeps although the word that it waits for has changed: it was not woken.
[[nodiscard]] bool wakeup_was_lost(const Finding& finding);

/// The last events, with times counted from `start` (monotonic nanoseconds), and the counts of tasks.
[[nodiscard]] std::string describe_events(const Ledger& ledger, std::int64_t start);

/// The end of what the test's processes printed.
[[nodiscard]] std::string describe_output(const std::string& output);

/// The stacks of all threads of a process, as gdb shows them. Empty unless the environment asks for them by
/// TOUCHSTONE_STACKS=1 and there is a gdb.
[[nodiscard]] std::string describe_stacks(pid_t process);

}  // namespace touchstone::supervisor
