// Latencies: how long single calls took, so that the slow ones can be seen.

#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <touchstone/bench/workload.hpp>

namespace touchstone::bench {

/// Counts times in buckets that are a 32nd of their value wide: what it tells is right to three per cent, over all that
/// 64 bits can count, in a fixed piece of memory.
class Latencies {
 public:
  void add(std::chrono::nanoseconds time) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
    ++counts_[bucket_of(value)];
    ++count_;
    most_ = std::max(most_, value);
  }

  /// The least time that so many of all calls did not exceed; 0 of none.
  [[nodiscard]] double quantile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      seen += counts_[bucket];
      if (seen > wanted) return static_cast<double>(std::min(last_of(bucket), most_));
    }
    return static_cast<double>(most_);
  }

  void report(Counters& counters) const {
    if (count_ == 0) return;
    counters["p50"] = quantile(0.5);
    counters["p90"] = quantile(0.9);
    counters["p99"] = quantile(0.99);
    counters["p99.9"] = quantile(0.999);
    counters["longest"] = static_cast<double>(most_);
  }

 private:
  static constexpr unsigned bits = 5;
  static constexpr std::size_t part = std::size_t{1} << bits;

  // Below 2 * part a bucket has one value; from there on each power of two has `part` buckets.
  static std::size_t bucket_of(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value | part)) - bits - 1;
    return width * part + static_cast<std::size_t>(value >> width);
  }
  static std::uint64_t last_of(std::size_t bucket) {
    if (bucket < 2 * part) return bucket;
    const std::size_t width = bucket / part - 1;
    return ((static_cast<std::uint64_t>(bucket - width * part) + 1) << width) - 1;
  }

  std::array<std::uint64_t, (64 - bits + 1) * part> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace touchstone::bench
