// Nursery: runs one of the programs as the supervisor would, with the watcher outside of its tree.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <set>
#include <string>
#include <supervisor/processes/file_descriptor.hpp>
#include <supervisor/proof/hang_proof.hpp>
#include <supervisor/tests/proof/programs.hpp>

namespace touchstone::supervisor {

/// A process that stands in for the supervisor, with the program as its child. All die with this object.
class Nursery {
 public:
  explicit Nursery(const Program& program);
  ~Nursery();
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;

  [[nodiscard]] pid_t keeper() const { return keeper_; }
  [[nodiscard]] pid_t program() const { return program_; }

  /// Writes to the program's pipe and wakes its word, as the world outside might.
  void interfere();

  /// When the program said that it was about to block, for the last time.
  [[nodiscard]] std::int64_t last_step() const { return *outside_.last_step; }

 private:
  Outside outside_;
  Pipe pipe_;
  void* memory_ = nullptr;
  pid_t keeper_ = -1;
  pid_t program_ = -1;
};

struct Polls {
  long all = 0;
  long running = 0;
  long open = 0;
  long hung = 0;
  std::set<std::string> objections;  // all that ever spoilt a proof
  Finding proof;                     // the false one, if there was one
};

/// Looks for a proof again and again, without pause, until the program has ended or a proof is found.
/// After a while it interferes, so that programs which wait for the outside end.
[[nodiscard]] Polls poll_until_end(const Program& program);

/// Looks for a proof every millisecond. Gives the finding, and the milliseconds from the last block to the proof;
/// negative if there was no proof in the time.
struct Proving {
  Finding finding;
  double milliseconds = -1;
  double cost_milliseconds = 0;  // of the look that proved it
};
[[nodiscard]] Proving prove(const Program& program, std::chrono::milliseconds patience);

}  // namespace touchstone::supervisor
