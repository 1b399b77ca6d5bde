#include <gtest/gtest.h>

#include <algorithm>
#include <bench/change_points.hpp>
#include <cmath>
#include <random>

namespace touchstone::tool {
namespace {

/// Figures of levels, one after the other: each has so many, around a mean.
struct Level {
  std::size_t count;
  double mean;
};

std::vector<double> history(const std::vector<Level>& levels, double noise, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> luck;
  std::vector<double> figures;
  for (const Level& level : levels) {
    for (std::size_t i = 0; i < level.count; ++i) figures.push_back(level.mean * (1 + noise * luck(random)));
  }
  return figures;
}

TEST(ChangePoints, AreNoneInNothing) {
  EXPECT_TRUE(change_points({}).empty());
  EXPECT_TRUE(change_points({1}).empty());
  EXPECT_TRUE(change_points({1, 1, 1, 1, 2, 2, 2, 2}).empty()) << "too short for a level";
  EXPECT_TRUE(change_points(std::vector<double>(100, 7.0)).empty());
}

TEST(ChangePoints, AStepWithoutNoiseIsFoundWhereItIs) {
  const auto points = change_points(history({{10, 100}, {10, 110}}, 0, 1));
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].index, 10U);
  EXPECT_DOUBLE_EQ(points[0].before, 100);
  EXPECT_DOUBLE_EQ(points[0].after, 110);
  EXPECT_DOUBLE_EQ(points[0].ratio(), 1.1);
}

TEST(ChangePoints, AStepThatIsTooSmallDoesNotCount) {
  EXPECT_TRUE(change_points(history({{10, 100}, {10, 102}}, 0, 1)).empty());
  EXPECT_EQ(change_points(history({{10, 100}, {10, 102}}, 0, 1), {.change = 0.01}).size(), 1U);
}

TEST(ChangePoints, OneFigureOutOfLineIsNone) {
  std::vector<double> figures = history({{40, 100}}, 0.01, 3);
  figures[20] = 200;
  EXPECT_TRUE(change_points(figures).empty());
}

/// Up and down again: the means of both halves are alike.
TEST(ChangePoints, ABumpHasTwo) {
  const auto points = change_points(history({{30, 100}, {30, 110}, {30, 100}}, 0.01, 4));
  ASSERT_EQ(points.size(), 2U);
  EXPECT_NEAR(static_cast<double>(points[0].index), 30, 1);
  EXPECT_NEAR(static_cast<double>(points[1].index), 60, 1);
  EXPECT_GT(points[0].ratio(), 1.08);
  EXPECT_LT(points[1].ratio(), 0.93);
}

/// How far from the place the change lies that is nearest to it.
std::size_t distance_to(std::size_t place, const std::vector<ChangePoint>& points) {
  std::size_t least = static_cast<std::size_t>(-1);
  for (const ChangePoint& point : points) {
    least = std::min(least, std::max(point.index, place) - std::min(point.index, place));
  }
  return least;
}

/// Three steps of 5 % in 3 % noise, in 500 runs, a hundred times. Where noise hides the place, nothing finds it: least
/// squares, which are best for such noise, are more than five runs beside it as often.
TEST(ChangePoints, FindsSmallStepsInNoise) {
  int within_five = 0, not_found = 0, too_many = 0;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    const auto points = change_points(history({{125, 100}, {125, 105}, {125, 110.25}, {125, 115.7625}}, 0.03, seed));
    for (const std::size_t place : {125U, 250U, 375U}) {
      const std::size_t distance = distance_to(place, points);
      if (distance <= 5) ++within_five;
      if (distance > 20) ++not_found;
    }
    if (points.size() > 4) ++too_many;
  }
  EXPECT_GE(within_five, 290);  // of 300
  EXPECT_EQ(not_found, 0);
  EXPECT_EQ(too_many, 0);
}

/// Of 500 runs without any change.
TEST(ChangePoints, FindsNothingInNoiseAlone) {
  std::size_t found = 0;
  for (unsigned seed = 1; seed <= 100; ++seed) found += change_points(history({{500, 100}}, 0.03, seed)).size();
  EXPECT_LE(found, 2U);
}

/// How many runs after a step it takes until it is told: without that, a history helps late.
TEST(ChangePoints, AStepIsToldSoon) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const std::vector<double> figures = history({{100, 100}, {30, 110}}, 0.03, seed);
    std::size_t runs = 0;
    while (change_points({figures.begin(), figures.begin() + 100 + static_cast<std::ptrdiff_t>(runs)}).empty()) {
      ASSERT_LT(++runs, 30U) << "seed " << seed;
    }
    EXPECT_LE(runs, 8U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace touchstone::tool
