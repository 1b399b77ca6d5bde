// What may be given to options: checks whose messages say what is expected.

#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

namespace touchstone::tool {

/// A whole number that is not smaller, and fits into 64 bits.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t least = 0);

/// A finite number greater than 0.
[[nodiscard]] CLI::Validator positive_number();

}  // namespace touchstone::tool
