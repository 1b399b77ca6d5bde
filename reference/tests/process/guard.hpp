// guarded: runs the tests in a process of their own, so that nothing is left behind, whatever becomes of them.

#pragma once

/// Runs the tests of GoogleTest in a child, each with a limit of time. When that has ended, in whatever way, ends what
/// lives on of all that descended from it, and removes what lies in its folder for temporary files. If something lived
/// on although all tests passed, that is a failure. Returns the exit code for main.
///
/// Where PROCESS_TESTS_HERE is set, as for a debugger, or tests are only listed, it does without the child.
[[nodiscard]] int run_tests_guarded();
