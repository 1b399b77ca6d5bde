// Every name of spec/capabilities.toml and spec/profiles.toml, so that a misspelled one in an
// adapter does not compile. A test compares the lists with those files.

#pragma once

#include <array>
#include <concepts>
#include <iterator>
#include <string_view>

namespace touchstone::detail {

// clang-format off
inline constexpr std::array<std::string_view, 40> capability_names = {
    "closures",
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
    "destruction.runs_all",
    "order.fifo",
    "workers.limit",
    "workers.threads",
    "workers.default",
    "workers.validated",
    "workers.lazy",
    "workers.names",
    "workers.initializer",
    "interface",
    "log",
    "deadlock.detection",
    "callable.any",
    "callable.move_only",
    "callable.mutable",
    "coroutines",
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
template <typename List, typename Names>
requires requires(const List& list) {
  { *std::begin(list) } -> std::convertible_to<std::string_view>;
}
constexpr bool all_among(const List& list, const Names& names) {
  for (const std::string_view element : list) {
    bool found = false;
    for (const std::string_view name : names) found = found || name == element;
    if (!found) return false;
  }
  return true;
}

}  // namespace touchstone::detail
