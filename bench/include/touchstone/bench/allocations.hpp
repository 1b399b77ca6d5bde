// Allocations: how many blocks of memory this process asks the system's allocator for.

#pragma once

#include <cstdint>

namespace touchstone::bench {

/// Counts those of all threads while it lives. One at a time. Nothing is counted, and count() is 0, where a sanitizer
/// has an allocator of its own.
class CountedAllocations {
 public:
  CountedAllocations();
  ~CountedAllocations();
  CountedAllocations(const CountedAllocations&) = delete;
  CountedAllocations& operator=(const CountedAllocations&) = delete;
  [[nodiscard]] std::int64_t count() const;
};

}  // namespace touchstone::bench
