// Fingerprints: what stays the same when a test fails again in the same way.

#pragma once

#include <string>
#include <supervisor/child/report.hpp>
#include <vector>

namespace touchstone::supervisor {

/// The file and the asserted expression of each failure, without line and values, so that an edit elsewhere
/// in the file or another run changes nothing. Several failures are joined by "; ".
[[nodiscard]] std::string fingerprint_of(const std::vector<Failure>& failures);

}  // namespace touchstone::supervisor
