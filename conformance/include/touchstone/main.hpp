// The main function of a subject executable.

#pragma once

#include <memory>
#include <touchstone/subject.hpp>

#ifndef TOUCHSTONE_DEVIATIONS
#define TOUCHSTONE_DEVIATIONS nullptr
#endif

namespace touchstone {

/// Runs the suite on a subject as the command line asks, supervised: each test in a process of its
/// own, with a deadline and a proof where it hangs. Returns the exit code (ARCHITECTURE.md).
///
/// `make_subject` is called in the processes that run a test, once in each, and in one that only asks
/// what the subject is and can do; never in the supervising process.
/// `deviations` is the file that is read where the command line names none, or null.
int run_subject(int argc, char** argv, std::unique_ptr<Subject> (*make_subject)(),
                const char* deviations = TOUCHSTONE_DEVIATIONS);

}  // namespace touchstone
