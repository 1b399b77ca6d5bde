// Timeout: how long a call may block.

#pragma once

#include <chrono>
#include <cmath>
#include <concurrent/futures/detail/sync.hpp>
#include <limits>
#include <optional>
#include <stdexcept>
#include <type_traits>

CONCURRENT_FUTURES_BEGIN

/// How long a call may block: nothing means for ever, zero or less means not at all.
///
/// Made from any duration, fractional ones too: rounded up to whole nanoseconds, and saturating, so
/// that hours::max() is simply very long. Not-a-number throws std::invalid_argument (FUT-037).
/// Counted from the call that takes it, on the steady clock (FUT-039).
class Timeout {
 public:
  Timeout() = default;
  Timeout(std::nullopt_t) {}

  template <typename Rep, typename Period>
  Timeout(std::chrono::duration<Rep, Period> duration) : limit_(to_nanoseconds(duration)) {}

  [[nodiscard]] std::optional<std::chrono::nanoseconds> limit() const { return limit_; }

  /// The moment when a call that starts now must give up, or nothing.
  [[nodiscard]] std::optional<sync::Clock::time_point> deadline() const {
    if (!limit_) return std::nullopt;
    const auto now = sync::Clock::now();
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(sync::Clock::time_point::max() - now);
    return *limit_ > left ? sync::Clock::time_point::max() : now + *limit_;
  }

 private:
  template <typename Rep, typename Period>
  static std::chrono::nanoseconds to_nanoseconds(std::chrono::duration<Rep, Period> duration) {
    using std::chrono::nanoseconds;
    using Fractional = std::chrono::duration<long double, std::nano>;
    if constexpr (std::is_floating_point_v<Rep>) {
      if (std::isnan(duration.count())) throw std::invalid_argument("a timeout must be a number");
    }
    // long double has the 64 bits of nanoseconds' count at least on x86-64; elsewhere the rounding
    // is up all the same, and a timeout of decades need not be exact.
    const Fractional exact = std::chrono::duration_cast<Fractional>(duration);
    if (exact >= Fractional(nanoseconds::max())) return nanoseconds::max();
    if (exact <= Fractional(nanoseconds::min())) return nanoseconds::min();
    return nanoseconds(static_cast<nanoseconds::rep>(std::ceil(exact.count())));
  }

  std::optional<std::chrono::nanoseconds> limit_;
};

CONCURRENT_FUTURES_END
