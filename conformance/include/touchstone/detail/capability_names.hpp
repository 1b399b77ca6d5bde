// Every name of spec/capabilities.toml and spec/profiles.toml, so that a misspelled one in an
// adapter does not compile. A test compares the lists with those files.

#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <iterator>
#include <string_view>

namespace touchstone::detail {

// clang-format off
// What the suite sees in the adapter, or assumes.
inline constexpr std::array<std::string_view, 32> seen_capability_names = {
    "closures",
    "queue.unbounded",
    "queue.some",
    "submit.beside_threads",
    "workers.streams",
    "future",
    "future.timeout",
    "future.exception",
    "future.done",
    "future.running",
    "future.cancel",
    "future.callbacks",
    "future.shared",
    "future.identity",
    "future.text",
    "future.rvalue",
    "promise",
    "wait",
    "as_completed",
    "map",
    "map.timeout",
    "map.chunksize",
    "map.buffersize",
    "shutdown",
    "shutdown.no_wait",
    "shutdown.cancel_futures",
    "workers.default",
    "workers.termination",
    "log",
    "callable.any",
    "callable.throws",
    "coroutines",
};

// What the adapter lists in `capabilities`.
inline constexpr std::array<std::string_view, 18> declared_capability_names = {
    "destruction.runs_all",
    "order.fifo",
    "workers.limit",
    "workers.threads",
    "workers.validated",
    "workers.lazy",
    "workers.names",
    "workers.initializer",
    "workers.exit",
    "workers.retirement",
    "workers.forked",
    "workers.start_method",
    "interface",
    "deadlock.detection",
    "callable.move_only",
    "callable.mutable",
    "processes",
    "fork",
};

inline constexpr std::array<std::string_view, 5> profile_names = {
    "core",
    "futures",
    "pool",
    "python",
    "processes",
};
// clang-format on

/// Whether each element of the list is one of the names.
template <typename List, typename... Names>
requires requires(const List& list) {
  { *std::begin(list) } -> std::convertible_to<std::string_view>;
}
constexpr bool all_among(const List& list, const Names&... names) {
  for (const std::string_view element : list) {
    bool found = false;
    const auto look = [&](std::string_view name) { found = found || name == element; };
    (..., std::for_each(names.begin(), names.end(), look));
    if (!found) return false;
  }
  return true;
}

}  // namespace touchstone::detail
