// Counts what the library does, in steps and not in time.

#pragma once

#include <cstdint>
#include <functional>

namespace concurrent::futures::growth {

/// How many basic blocks of the library, and of what it makes of templates, the calling thread runs in `work`.
/// That is the same number each time, on any machine, as long as the thread need not wait for another one.
[[nodiscard]] std::uint64_t steps_of(const std::function<void()>& work);

}  // namespace concurrent::futures::growth
