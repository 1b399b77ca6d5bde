// Arm: one of the builds that are measured by turns, loaded from a copy of its module that is its own.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <touchstone/bench/module.hpp>

namespace touchstone::bench {

/// Loads a module, which stays until the process ends; throws std::runtime_error with the reason. The file is copied
/// into memory first: so it is loaded once more each time, as if it were another, and all arms lie in the same kind of
/// memory.
[[nodiscard]] const TouchstoneBenchModule1& load_module(const std::string& path);

/// A workload of a module, made, and ready to be run. Errors are std::runtime_error.
class Arm {
 public:
  Arm(const TouchstoneBenchModule1& module, const std::string& workload);
  ~Arm() { module_.destroy(workload_); }
  Arm(const Arm&) = delete;
  Arm& operator=(const Arm&) = delete;

  std::chrono::nanoseconds run();

  /// Nanoseconds a unit, of so many runs.
  double sample(int runs);

 private:
  const TouchstoneBenchModule1& module_;
  void* workload_;
};

}  // namespace touchstone::bench
