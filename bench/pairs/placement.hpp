// Placement: on which cores the threads of this process run. Where they come to lie decides more about the time of a
// call than most changes do, and the kernel decides it anew in each process: to compare two builds, it is fixed.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace touchstone::bench {

enum class Placement {
  one_core,   // all on one: what a call costs in work, and in switches of threads
  own_cores,  // each on one of its own, as far as there are enough: what cores cost each other comes in
  free,       // as the kernel likes
};

[[nodiscard]] std::optional<Placement> placement_named(std::string_view name);

class Cores {
 public:
  /// `first` says with which of the cores that this process may use it begins.
  Cores(Placement placement, unsigned first);

  /// Before any other thread is there: those that come later stay where the one is that makes them.
  void place_caller() const;

  /// The threads that are there by now, but the caller's: those of each arm on the cores after the caller's.
  void place_workers(const std::vector<std::vector<int>>& threads_of_arms) const;

 private:
  [[nodiscard]] int core(std::size_t number) const { return cores_[(first_ + number) % cores_.size()]; }

  Placement placement_;
  std::vector<int> cores_;
  std::size_t first_;
};

/// The kernel's numbers of the threads of this process.
[[nodiscard]] std::vector<int> threads_of_this_process();

}  // namespace touchstone::bench
