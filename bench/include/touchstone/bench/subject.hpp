// Subject: the executor that a benchmark measures. The file of its adapter defines these functions, by
// TOUCHSTONE_SUBJECT; what measures (main.cpp, module.cpp) calls them.

#pragma once

#include <string>
#include <touchstone/bench/workload.hpp>
#include <vector>

namespace touchstone::bench {

struct Description {
  std::string name;
  std::string version;
  bool gives_future;
  bool has_map;
};

[[nodiscard]] Description describe_subject();
[[nodiscard]] std::vector<Entry> workloads_of_subject(const Sizes& sizes);

}  // namespace touchstone::bench
