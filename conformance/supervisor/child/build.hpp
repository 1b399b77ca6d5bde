// How this executable was built: what a report must say of it, and what makes it slower than usual.

#pragma once

#include <string>

namespace touchstone::supervisor {

[[nodiscard]] std::string compiler();
[[nodiscard]] std::string compile_flags();  // as CMake tells, or empty
[[nodiscard]] std::string sanitizer();      // "address", "thread", or empty
[[nodiscard]] std::string suite_version();

/// How much more patience than usual this build and its surroundings need.
[[nodiscard]] double natural_time_scale();

}  // namespace touchstone::supervisor
