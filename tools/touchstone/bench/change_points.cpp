#include <algorithm>
#include <bench/change_points.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <span>

namespace touchstone::tool {

namespace {

using Figures = std::span<const double>;

double mean_of(Figures figures) {
  return std::accumulate(figures.begin(), figures.end(), 0.0) / static_cast<double>(figures.size());
}

double squares_of(Figures figures, double mean) {
  double sum = 0;
  for (const double figure : figures) sum += (figure - mean) * (figure - mean);
  return sum;
}

/// How probable it is that figures of one level look as different as these, by Welch's test.
double probability_of_chance(Figures before, Figures after) {
  const double mean_before = mean_of(before), mean_after = mean_of(after);
  const auto m = static_cast<double>(before.size()), n = static_cast<double>(after.size());
  const double part_before = squares_of(before, mean_before) / (m - 1) / m;
  const double part_after = squares_of(after, mean_after) / (n - 1) / n;
  const double variance = part_before + part_after;
  if (!(variance > 0)) return mean_before == mean_after ? 1 : 0;
  const double freedom =
      variance * variance / (part_before * part_before / (m - 1) + part_after * part_after / (n - 1));
  const double t = std::abs(mean_before - mean_after) / std::sqrt(variance);
  return 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(freedom), t));
}

/// The place that parts the figures best: where those on different sides are farther from each other than those on the
/// same side, weighted by how many they are. Sums over pairs are kept up to date from place to place.
std::size_t best_place(Figures figures, std::size_t least_length) {
  const std::size_t count = figures.size();
  double within_left = 0, within_right = 0, between = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = i + 1; j < count; ++j) within_right += std::abs(figures[i] - figures[j]);
  }
  std::size_t best = 0;
  double most = -1;
  for (std::size_t place = 1; place < count; ++place) {
    // The figure before the place goes from the right to the left.
    const double moved = figures[place - 1];
    double to_left = 0, to_right = 0;
    for (std::size_t i = 0; i + 1 < place; ++i) to_left += std::abs(figures[i] - moved);
    for (std::size_t i = place; i < count; ++i) to_right += std::abs(figures[i] - moved);
    within_left += to_left;
    within_right -= to_right;
    between += to_right - to_left;
    if (place < least_length || count - place < least_length) continue;
    const auto m = static_cast<double>(place), n = static_cast<double>(count - place);
    const double difference =
        2 * between / (m * n) - 2 * within_left / (m * (m - 1)) - 2 * within_right / (n * (n - 1));
    const double weighted = m * n / (m + n) * difference;
    if (weighted > most) {
      most = weighted;
      best = place;
    }
  }
  return best;
}

class Search {
 public:
  Search(Figures figures, const ChangeCriteria& criteria) : figures_(figures), criteria_(criteria) {
    part(0, figures.size());
    std::sort(borders_.begin(), borders_.end());
    take_back();
  }

  [[nodiscard]] std::vector<ChangePoint> found() const {
    std::vector<ChangePoint> points;
    for (std::size_t i = 0; i < borders_.size(); ++i) points.push_back(point(i));
    return points;
  }

 private:
  void part(std::size_t begin, std::size_t end) {
    if (end - begin < 2 * criteria_.least_length) return;
    const std::size_t place = begin + best_place(figures_.subspan(begin, end - begin), criteria_.least_length);
    if (place == begin) return;
    const Figures before = figures_.subspan(begin, place - begin), after = figures_.subspan(place, end - place);
    if (probability_of_chance(before, after) > criteria_.probability) return;
    borders_.push_back(place);
    part(begin, place);
    part(place, end);
  }

  [[nodiscard]] std::size_t begin_of(std::size_t i) const { return i == 0 ? 0 : borders_[i - 1]; }
  [[nodiscard]] std::size_t end_of(std::size_t i) const {
    return i + 1 == borders_.size() ? figures_.size() : borders_[i + 1];
  }

  /// A change and the levels beside it, as they are with all the other changes.
  [[nodiscard]] ChangePoint point(std::size_t i) const {
    const Figures before = figures_.subspan(begin_of(i), borders_[i] - begin_of(i));
    const Figures after = figures_.subspan(borders_[i], end_of(i) - borders_[i]);
    return {borders_[i], mean_of(before), mean_of(after), probability_of_chance(before, after)};
  }

  [[nodiscard]] bool counts(const ChangePoint& point) const {
    return point.probability <= criteria_.probability && std::abs(point.ratio() - 1) >= criteria_.change;
  }

  /// The least probable first, since each makes the levels beside it longer.
  void take_back() {
    for (;;) {
      const std::vector<ChangePoint> points = found();
      auto worst = points.end();
      for (auto point = points.begin(); point != points.end(); ++point) {
        if (!counts(*point) && (worst == points.end() || point->probability > worst->probability)) worst = point;
      }
      if (worst == points.end()) return;
      borders_.erase(borders_.begin() + (worst - points.begin()));
    }
  }

  Figures figures_;
  const ChangeCriteria& criteria_;
  std::vector<std::size_t> borders_;
};

}  // namespace

std::vector<ChangePoint> change_points(const std::vector<double>& figures, const ChangeCriteria& criteria) {
  return Search(figures, criteria).found();
}

}  // namespace touchstone::tool
