// Session: one run of a subject executable, from its options to its exit code.

#pragma once

#include <supervisor/child/child.hpp>
#include <supervisor/child/test_run.hpp>
#include <supervisor/options.hpp>

namespace touchstone::supervisor {

/// Runs, lists or describes, supervised. `lifeline` becomes readable when the guard is gone; negative: none.
/// `start` is how tests are started: afresh where a fork would leave threads behind.
[[nodiscard]] int run_session(const Options& options, MakeSubject make_subject, int lifeline, Start start);

/// Runs the selected tests in this process, for a debugger.
[[nodiscard]] int run_here(const Options& options, MakeSubject make_subject);

constexpr int exit_harness_error = 3;
constexpr int exit_usage = 64;
constexpr int exit_interrupted = 130;

}  // namespace touchstone::supervisor
