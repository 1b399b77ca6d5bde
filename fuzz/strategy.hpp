// Strategy: decides whatever a schedule leaves open. Whoever makes the same decisions gets the same schedule.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::fuzz {

/// How many threads a schedule may have.
inline constexpr std::size_t max_threads = 64;

/// A thread that could go on, and what it would do next.
struct Candidate {
  unsigned thread;     // threads are numbered as they were created
  const void* object;  // which its next operation works on
  bool writes;
  bool current;  // it ran last
};

/// What may or may not happen at any moment, however seldom it does in reality.
enum class Chance : std::uint8_t {
  spurious_wake_up,  // a condition's waiter wakes although nobody notified it
  early_timeout,     // time passes until the first timer, although some thread could go on
  weak_failure,      // compare_exchange_weak fails although the value is the expected one
};

/// One object decides for one schedule after the other.
class Strategy {
 public:
  virtual ~Strategy() = default;

  /// As a replay token names it: parsed again by make_strategy().
  [[nodiscard]] virtual std::string name() const = 0;

  virtual void begin(std::uint64_t seed) = 0;

  /// Which of them goes on: an index. At least two, in the order of their numbers.
  [[nodiscard]] virtual std::size_t choose_thread(std::span<const Candidate> candidates) = 0;

  /// From 0 to `options` - 1, at least two: which waiter is notified; what a scenario leaves open.
  [[nodiscard]] virtual std::size_t choose(std::size_t options) = 0;

  [[nodiscard]] virtual bool happens(Chance chance) = 0;
};

/// `name` is one of: random; pct:DEPTH:DECISIONS; pos; choices:BASE32. Throws std::invalid_argument for all else.
///
/// random takes any thread with equal probability. pct (Burckhardt and others, 2010) gives threads priorities, and
/// changes them DEPTH - 1 times within DECISIONS: it finds each fault of that depth with a probability that can be
/// stated. pos (Yuan and others, 2018) gives each operation a priority, and a new one to those that compete with what
/// was done.
[[nodiscard]] std::unique_ptr<Strategy> make_strategy(std::string_view name);

/// Every decision of a schedule, in order, for `choices:`.
[[nodiscard]] std::string to_base32(std::span<const std::uint8_t> choices);
[[nodiscard]] std::vector<std::uint8_t> from_base32(std::string_view text);

}  // namespace touchstone::fuzz
