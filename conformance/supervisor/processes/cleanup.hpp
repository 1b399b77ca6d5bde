// Cleanup: ends everything that a test has started, wherever it has hidden.

#pragma once

#include <chrono>

namespace touchstone::supervisor {

/// Makes this process the one to which orphans among its descendants fall, so that none can get away.
void adopt_orphans();

/// Kills and reaps all descendants of this process until none is left. A process that changed its group or
/// its session, or whose parent has died, is still a descendant. False if some did not die in time.
bool kill_descendants(std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace touchstone::supervisor
