// The lists are those of spec/capabilities.toml and spec/profiles.toml; a test compares them.

#include <algorithm>
#include <supervisor/verdicts/known_names.hpp>

namespace touchstone::supervisor {

const std::vector<std::string_view>& known_capabilities() {
  static const std::vector<std::string_view> names = {
      "closures",
      "queue.unbounded",
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
  return names;
}

const std::vector<std::string_view>& known_profiles() {
  static const std::vector<std::string_view> names = {
      "core", "futures", "pool", "python", "processes",
  };
  return names;
}

bool is_known_capability(std::string_view name) {
  return std::find(known_capabilities().begin(), known_capabilities().end(), name) != known_capabilities().end();
}

bool is_known_profile(std::string_view name) {
  return std::find(known_profiles().begin(), known_profiles().end(), name) != known_profiles().end();
}

}  // namespace touchstone::supervisor
