// Interruptions: what may interrupt a supervisor from outside, in one place to wait for.

#pragma once

#include <chrono>
#include <supervisor/processes/file_descriptor.hpp>
#include <vector>

struct pollfd;

namespace touchstone::supervisor {

/// Watches for signals that ask the process to end, and for the end of those who started it.
///
/// From its construction on these signals are blocked in this process, to its end: one that comes while the
/// process is about to end must not end it differently. Nothing here is for other threads.
class Interruptions {
 public:
  /// `lifelines`: pipes that nobody writes to; end-of-file means that the holder of the other end is gone.
  explicit Interruptions(std::vector<int> lifelines);
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;

  /// Waits until one of `descriptors` is ready, the time is up, or somebody asks for the end.
  void wait(const std::vector<int>& descriptors, std::chrono::nanoseconds at_most);

  /// Whether somebody has asked for the end. Stays true.
  [[nodiscard]] bool any() const { return interrupted_; }

  /// Descriptors that no child should have.
  [[nodiscard]] std::vector<int> descriptors() const;

 private:
  void look_at_lifeline(const pollfd& entry);

  std::vector<int> lifelines_;
  FileDescriptor signals_;
  bool interrupted_ = false;
};

}  // namespace touchstone::supervisor
