// Target: a part of the library that is given bytes which nobody of ours has written, and must cope with them.
//
// Each target is one file, which defines what is declared here. It becomes two programs: one in which libFuzzer makes
// up the bytes, where the compiler has it, and one that any compiler builds (replay.cpp), with the seeds and what
// becomes of them when they are damaged.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace touchstone::fuzz {

using Data = std::vector<std::byte>;

/// Gives the bytes to the library. What must not happen ends the program, with a line that says what.
void try_input(std::span<const std::byte> input);

/// What honest processes write, for the search to begin with.
[[nodiscard]] std::vector<Data> seeds();

/// Ends the program if this does not hold.
void require(bool holds, const char* what);

/// How many bytes operator new has handed out on this thread.
[[nodiscard]] std::size_t allocated_bytes();

/// What an input decides, taken from its front. At its end all is zero.
class Choices {
 public:
  explicit Choices(std::span<const std::byte> input) : left_(input) {}

  template <typename Number = std::uint8_t>
  [[nodiscard]] Number next() {
    static_assert(std::is_integral_v<Number>);
    Number number = 0;
    const auto bytes = take(sizeof number);
    if (!bytes.empty()) std::memcpy(&number, bytes.data(), bytes.size());
    return number;
  }
  [[nodiscard]] std::size_t below(std::size_t limit) { return next<std::uint8_t>() % limit; }

  /// As many bytes as there are, at most so many.
  [[nodiscard]] std::span<const std::byte> take(std::size_t size) {
    const auto taken = left_.first(size < left_.size() ? size : left_.size());
    left_ = left_.subspan(taken.size());
    return taken;
  }
  [[nodiscard]] std::span<const std::byte> rest() { return std::exchange(left_, {}); }
  [[nodiscard]] bool is_over() const { return left_.empty(); }

 private:
  std::span<const std::byte> left_;
};

/// Puts seeds together.
inline void add(Data& data, std::span<const std::byte> bytes) { data.insert(data.end(), bytes.begin(), bytes.end()); }
template <typename Number>
requires std::is_arithmetic_v<Number>
void add(Data& data, Number number) { add(data, std::as_bytes(std::span(&number, 1))); }

}  // namespace touchstone::fuzz
