// Value, as benchmarks have it: a number and nothing else.
//
// This file and its neighbour task.hpp stand in for the suite's headers of the same names: bench/include
// comes before conformance/include on the path of a benchmark. Adapters are compiled unchanged. The
// suite's own Value (a variant with a text in it) and Task (counted, kept in a ledger, two blocks of
// memory) would cost as much as a fast executor does, and the benchmark would measure the suite.
//
// The inline namespace keeps a program that links both from being silently wrong: it does not link.

#pragma once

#include <cstdint>

namespace touchstone {
inline namespace bare {

class Value {
 public:
  Value() = default;
  Value(std::int64_t number) : number_(number) {}

  [[nodiscard]] std::int64_t number() const { return number_; }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  std::int64_t number_ = 0;
};

}  // namespace bare
}  // namespace touchstone
