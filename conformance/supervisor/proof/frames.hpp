// Frames: where in their code the threads of a hanging process are, by file and line.

#pragma once

#include <sys/types.h>

#include <src/ledger.hpp>
#include <string>
#include <vector>

namespace touchstone::supervisor {

/// A function that a thread is in.
struct Frame {
  std::string function;
  std::string place;  // file and line
};

struct LocatedStack {
  pid_t thread = 0;
  std::vector<Frame> frames;  // innermost first; without those of the C and C++ libraries and of the suite
};

/// Asks each thread of the process where it is; some may not answer. What they wait for may end by that: to be called
/// when nothing more is to be learned from the process. Needs the process's debug information, and addr2line.
[[nodiscard]] std::vector<LocatedStack> locate_threads(pid_t process, const Ledger& ledger);

}  // namespace touchstone::supervisor
