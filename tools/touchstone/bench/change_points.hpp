// Change points: where the figures of a history go to another level and stay there.
//
// E-divisive means (Matteson and James, 2014), with Student's t-test in place of permutations, so that the same history
// has the same changes each time (as Fleming et al., "Hunter", 2023). The place that parts a stretch best, by the
// distances between its figures, is a change if the means on both sides differ too much for chance; then both sides are
// parted in the same way. What is no change any more beside the others is taken back.

#pragma once

#include <cstddef>
#include <vector>

namespace touchstone::tool {

struct ChangePoint {
  std::size_t index = 0;         // of the first figure of the new level
  double before = 0, after = 0;  // means, between the change before and the one behind
  double probability = 1;        // that chance alone makes them differ so much

  [[nodiscard]] double ratio() const { return after / before; }
};

struct ChangeCriteria {
  std::size_t least_length = 5;  // of a level
  double probability = 0.001;    // at most
  double change = 0.03;          // at least: of the mean before
};

/// In the order of the figures, which are greater than 0.
[[nodiscard]] std::vector<ChangePoint> change_points(const std::vector<double>& figures,
                                                     const ChangeCriteria& criteria = {});

}  // namespace touchstone::tool
