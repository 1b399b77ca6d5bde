// Description: what a benchmark says of the executor that it measures.

#pragma once

#include <string>

namespace touchstone::bench {

struct Description {
  std::string name;
  std::string version;
  bool gives_future;
  bool has_map;
};

}  // namespace touchstone::bench
