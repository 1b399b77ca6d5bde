// RandomNumbers: a small generator whose sequence depends on its seed alone, on every machine.

#pragma once

#include <cstdint>

namespace touchstone::fuzz {

/// Spreads neighbouring numbers over the whole range. Without it, the sequence of seed n + 1 would be that of seed
/// n, shifted by one: neighbouring schedules would be nearly the same.
[[nodiscard]] constexpr std::uint64_t scattered(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9U;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EBU;
  return number ^ (number >> 31);
}

class RandomNumbers {
 public:
  explicit RandomNumbers(std::uint64_t seed = 0) : state_(scattered(seed ^ 0xD1B54A32D192ED03U)) {}

  [[nodiscard]] std::uint64_t next() { return scattered(state_ += 0x9E3779B97F4A7C15U); }

  /// From 0 to `limit` - 1. The bias of the multiplication is at most one in 2^32 for limits below 2^32.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return ((next() >> 32) * limit) >> 32; }

 private:
  std::uint64_t state_;
};

}  // namespace touchstone::fuzz
