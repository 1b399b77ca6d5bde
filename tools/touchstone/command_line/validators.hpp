// What may be given to options: checks whose messages say what is expected.

#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

namespace touchstone::tool {

/// A whole number within these bounds.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t least = 0, std::uint64_t most = UINT64_MAX);

/// How often something is to be done: a whole number from 1 on.
[[nodiscard]] CLI::Validator number_of_times();

/// What std::regex takes.
[[nodiscard]] CLI::Validator regular_expression();

/// A finite number greater than 0.
[[nodiscard]] CLI::Validator positive_number();

}  // namespace touchstone::tool
