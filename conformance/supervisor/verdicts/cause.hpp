// Cause: in one line, what went wrong in a test.

#pragma once

#include <string>
#include <supervisor/child/report.hpp>
#include <vector>

namespace touchstone::supervisor {

/// Place and message of the first failure: what the test says of it in its own words, or what GoogleTest says.
[[nodiscard]] std::string cause_of(const std::vector<Failure>& failures);

/// All failures; of many at one place the first ones.
[[nodiscard]] std::string describe_failures(const std::vector<Failure>& failures);

/// What a process that crashed said at last: what it threw that nobody caught, or a sanitizer's summary. Or empty.
[[nodiscard]] std::string last_words(const std::string& output);

}  // namespace touchstone::supervisor
