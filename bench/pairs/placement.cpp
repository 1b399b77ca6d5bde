#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <pairs/placement.hpp>
#include <stdexcept>
#include <string>

namespace touchstone::bench {

namespace {

/// A thread that has ended meanwhile needs no place.
void place(int thread, int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(core), &cores);
  (void)sched_setaffinity(thread, sizeof cores, &cores);
}

std::vector<int> allowed_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    throw std::runtime_error("the kernel does not tell which cores there are");
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(static_cast<std::size_t>(core), &set)) cores.push_back(core);
  }
  return cores;
}

}  // namespace

std::optional<Placement> placement_named(std::string_view name) {
  if (name == "one_core") return Placement::one_core;
  if (name == "own_cores") return Placement::own_cores;
  if (name == "free") return Placement::free;
  return std::nullopt;
}

Cores::Cores(Placement placement, unsigned first)
    : placement_(placement), cores_(allowed_cores()), first_(first % cores_.size()) {}

void Cores::place_caller() const {
  if (placement_ != Placement::free) place(0, core(0));
}

void Cores::place_workers(const std::vector<std::vector<int>>& threads_of_arms) const {
  if (placement_ != Placement::own_cores) return;
  for (const std::vector<int>& threads : threads_of_arms) {
    for (std::size_t i = 0; i < threads.size(); ++i) place(threads[i], core(i + 1));
  }
}

std::vector<int> threads_of_this_process() {
  std::vector<int> threads;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    threads.push_back(std::stoi(entry.path().filename()));
  }
  std::sort(threads.begin(), threads.end());
  return threads;
}

}  // namespace touchstone::bench
