// Fixtures for wait and as_completed: several futures, and who waits for them.

#pragma once

#include <fixtures.hpp>

namespace touchstone {

using Futures = std::vector<FuturePointer>;
using IteratorPointer = std::shared_ptr<CompletionIterator>;

WaitResult wait_for(World& world, const Futures& futures, ReturnWhen when, Timeout timeout = {});
Background<WaitResult> waiting(World& world, const Futures& futures, ReturnWhen when, Timeout timeout = {});

IteratorPointer iterate(World& world, const Futures& futures, Timeout timeout = {});
Background<FuturePointer> advancing(World& world, const IteratorPointer& iterator);

/// Which of the futures it is, or -1.
[[nodiscard]] int index_of(World& world, const Futures& futures, const FuturePointer& future);

/// Advances to the end and writes down which futures came.
[[nodiscard]] std::vector<int> rest_of(World& world, const IteratorPointer& iterator, const Futures& futures);

}  // namespace touchstone
