// FailingMemory: operator new that finds no memory.

#pragma once

#include <cstddef>

/// While it lives, the calling thread gets memory so many times, and then no more.
class FailingMemory {
 public:
  explicit FailingMemory(std::size_t allocations);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  /// Whether an allocation has failed.
  [[nodiscard]] static bool failed();
};
