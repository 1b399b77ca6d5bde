// Small programs over the seam with one fault each, of the kinds that thread pools have had in public, and what
// is right in its place. The explorer must find each fault, and nothing in the right ones.

#pragma once

#include <scenario.hpp>
#include <string>
#include <vector>

namespace touchstone::fuzz {

struct Fault {
  Scenario wrong;
  Scenario right;
  std::string failure;  // what the explorer must say, in part
};

[[nodiscard]] std::vector<Fault> seeded_faults();

}  // namespace touchstone::fuzz
