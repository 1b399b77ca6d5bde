// Waits: in what a sleeping thread waits, and whether something unseen could end that.
//
// Only waits whose end must come from a thread that can be seen are closed: a futex without a limit,
// a pipe, a connected socket or an eventfd that nobody else holds, a child process, or the signal of its end. Whatever
// is not known to be closed is open, with the reason in words.

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <supervisor/processes/proc.hpp>
#include <supervisor/processes/process_tree.hpp>
#include <vector>

namespace touchstone::supervisor {

enum class WaitKind {
  awake,       // runs, or is about to
  ended,       // the thread has ended
  futex,       // waits for a word of memory
  descriptor,  // reads, writes, or polls
  child,       // waits for a child process
  other,       // any other call
};

struct FutexWait {
  std::uint64_t address = 0;
  std::uint32_t expected = 0;
  bool shared = false;                // other processes may wake it, if they share the memory
  bool compares = true;               // it is a plain wait for the word to change
  std::optional<std::uint32_t> word;  // what the memory says now
};

struct Wait {
  WaitKind kind = WaitKind::other;
  std::string text;              // "waits for a futex at 0x7f.., without limit"
  std::string objection;         // why it proves nothing; empty if it is closed as far as its shape tells
  FutexWait futex;               // kind futex
  std::vector<int> descriptors;  // kind descriptor: all that can end it, to be looked at
  bool transfers = false;        // it reads or writes: a limit may be set on the socket itself
};

/// Tells in what a thread waits. Looks into the memory of its process where the call's arguments point.
[[nodiscard]] Wait classify_wait(const ThreadReading& thread);

/// Whether somebody outside of `inside` shares the memory of a futex, and can wake it.
/// Gives the reason in words, or empty if all who could are inside.
[[nodiscard]] std::string outside_sharer(pid_t process, std::uint64_t address, const std::set<pid_t>& inside,
                                         pid_t supervisor);

}  // namespace touchstone::supervisor
