// Children that a test forks off.

#pragma once

#include <functional>

/// Ends a child that has done what it should: as another program, so that nobody looks for leaks in a process whose
/// threads were left behind.
[[noreturn]] void end_well();

/// Waits for the end of a child; gives its exit status, or 1000 and the number of the signal that ended it.
[[nodiscard]] int status_of(int child);

/// Calls the function in a child process; returns whether that ended well.
[[nodiscard]] bool ends_well_in_child(const std::function<void()>& work);
