// Count: a whole number that an option may give, or not.

#pragma once

#include <concepts>
#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

CONCURRENT_FUTURES_BEGIN

/// What is counted with: any integer, but no bool.
template <typename T>
concept WholeNumber = std::integral<T> && !std::same_as<T, bool>;

/// A whole number, or nothing. A fractional number does not compile (TPE-004, MAP-028).
class Count {
 public:
  Count() = default;
  Count(std::nullopt_t) {}

  template <WholeNumber Integer>
  Count(Integer number) : number_(saturated(number)) {}

  template <WholeNumber Integer>
  Count(std::optional<Integer> number) {
    if (number) number_ = saturated(*number);
  }

  [[nodiscard]] std::optional<std::ptrdiff_t> number() const { return number_; }

 private:
  template <WholeNumber Integer>
  static std::ptrdiff_t saturated(Integer number) {
    if (std::in_range<std::ptrdiff_t>(number)) return static_cast<std::ptrdiff_t>(number);
    return PTRDIFF_MAX;  // only an unsigned one can be out of range
  }

  std::optional<std::ptrdiff_t> number_;
};

CONCURRENT_FUTURES_END
