#include <gtest/gtest.h>

#include <bench/measurement.hpp>
#include <bench/pairs.hpp>
#include <bench/time_comparison.hpp>
#include <cmath>
#include <numeric>
#include <ostream>
#include <random>

namespace touchstone::tool {

static void PrintTo(TimeChange change, std::ostream* out) { *out << name_of(change); }

namespace {

std::vector<double> from_one_to(int last) {
  std::vector<double> values(static_cast<std::size_t>(last));
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

/// A process in which B, and A once more, took so much longer than A in each round.
PairedRun process(double b, double again = 1) {
  return {.rounds = std::vector<PairedRound>(5, {.a = 100, .b = 100 * b, .again = 100 * again})};
}

std::vector<PairedRun> processes(const std::vector<double>& quotients, const std::vector<double>& noise = {}) {
  std::vector<PairedRun> all;
  for (std::size_t i = 0; i < quotients.size(); ++i) all.push_back(process(quotients[i], noise.empty() ? 1 : noise[i]));
  return all;
}

TimeChange change_of(const std::vector<double>& quotients, const std::vector<double>& noise = {}) {
  return compare_times(processes(quotients, noise), 0.05).change;
}

std::string error_of(const std::vector<std::string>& lines) {
  try {
    static_cast<void>(read_pairs(lines));
  } catch (const BenchOutputError& error) {
    return error.what();
  }
  return "";
}

/// The bounds are those of the tables of the sign test, for 95 %, both sides.
TEST(Effect, LeavesOutAsManyProcessesAsItMay) {
  struct {
    int count;
    double least, most;
  } const expected[] = {{1, 1, 1},   {2, 1, 2},   {5, 1, 5},   {6, 1, 6},   {8, 1, 8},  {9, 2, 8},
                        {11, 2, 10}, {12, 3, 10}, {15, 4, 12}, {20, 6, 15}, {24, 7, 18}};
  for (const auto& [count, least, most] : expected) {
    const Effect effect = effect_of(from_one_to(count));
    EXPECT_EQ(effect.least, least) << count;
    EXPECT_EQ(effect.most, most) << count;
    EXPECT_EQ(effect.median, (count + 1) / 2.0) << count;
  }
}

TEST(TimeComparison, KnowsARegressionByTheLowerEnd) {
  EXPECT_EQ(change_of({1.06, 1.06, 1.07, 1.07, 1.08, 1.20}), TimeChange::regression);
  EXPECT_EQ(change_of({1.04, 1.06, 1.07, 1.07, 1.08, 1.20}), TimeChange::inconclusive);
}

TEST(TimeComparison, KnowsAnImprovementByTheUpperEnd) {
  EXPECT_EQ(change_of({0.80, 0.90, 0.91, 0.92, 0.93, 0.94}), TimeChange::improvement);
  EXPECT_EQ(change_of({0.80, 0.90, 0.91, 0.92, 0.93, 0.97}), TimeChange::pass);
}

TEST(TimeComparison, PassesWhereNoChangeThatCountsIsPossible) {
  EXPECT_EQ(change_of({0.99, 1.00, 1.00, 1.01, 1.01, 1.04}), TimeChange::pass);
  EXPECT_EQ(change_of({0.99, 1.00, 1.00, 1.01, 1.01, 1.06}), TimeChange::inconclusive);
}

/// Of an executor that is compared with itself, and seems to have changed by as much.
TEST(TimeComparison, BelievesNothingThatNoiseDoesToo) {
  const std::vector<double> noise{0.99, 1.00, 1.00, 1.01, 1.01, 1.09};
  EXPECT_EQ(change_of({1.06, 1.06, 1.07, 1.07, 1.08, 1.08}, noise), TimeChange::inconclusive);
  EXPECT_EQ(change_of({1.10, 1.11, 1.12, 1.12, 1.13, 1.14}, noise), TimeChange::regression);
  EXPECT_EQ(change_of({1.00, 1.00, 1.00, 1.00, 1.00, 1.00}, noise), TimeChange::inconclusive);
}

TEST(TimeComparison, TellsWhatItCouldHaveSeen) {
  const TimeComparison comparison = compare_times(processes({0.96, 0.98, 1.00, 1.00, 1.03, 1.08}), 0.05);
  EXPECT_EQ(comparison.change, TimeChange::inconclusive);
  EXPECT_NEAR(comparison.visible, 0.05 + 0.08, 1e-9);
}

/// A round that was interrupted takes ten times as long: half of them may.
TEST(TimeComparison, DoesNotMindSingleRounds) {
  std::vector<PairedRun> all = processes({1, 1, 1, 1, 1, 1});
  for (PairedRun& one : all) one.rounds[0].b = one.rounds[1].b = 1000;
  EXPECT_EQ(compare_times(all, 0.05).change, TimeChange::pass);
}

/// What it promises, over 2000 comparisons of what is the same, and as many of what is 10 % slower: processes that
/// differ by 2 %. The interval misses the truth at each side in 1.6 % of the cases, with six processes.
TEST(TimeComparison, ErrsAsSeldomAsItSays) {
  std::mt19937 random(1);
  std::normal_distribution<double> luck(1, 0.02);
  const auto six = [&](double truth) {
    std::vector<PairedRun> all;
    for (int i = 0; i < 6; ++i) all.push_back(process(truth * luck(random), luck(random)));
    return compare_times(all, 0.05);
  };
  int false_alarms = 0, missed_truths = 0, overlooked = 0;
  for (int i = 0; i < 2000; ++i) {
    const TimeComparison same = six(1);
    if (same.change == TimeChange::regression || same.change == TimeChange::improvement) ++false_alarms;
    if (same.effect.least > 1 || same.effect.most < 1) ++missed_truths;
    if (six(1.10).change == TimeChange::pass) ++overlooked;
  }
  EXPECT_EQ(false_alarms, 0);
  EXPECT_NEAR(missed_truths / 2000.0, 2.0 / 64, 0.015);
  EXPECT_EQ(overlooked, 0);
}

TEST(Pairs, AreRead) {
  const PairedRun run =
      read_pairs({"round 100 110.5 99", "round 1e2 1 2", "processor 1.5 wall 2 waited 3 displaced 4"});
  ASSERT_EQ(run.rounds.size(), 2U);
  EXPECT_EQ(run.rounds[0].b, 110.5);
  EXPECT_EQ(run.rounds[1].again, 2);
  EXPECT_EQ(run.processor, 1.5);
  EXPECT_EQ(run.wall, 2);
}

TEST(Pairs, AreNotReadByHalves) {
  EXPECT_NE(error_of({"round 100 110"}).find("\"round 100 110\" has no three times"), std::string::npos);
  EXPECT_NE(error_of({"round 100 0 100"}), "");
  EXPECT_NE(error_of({"round 100 nan 100"}), "");
  EXPECT_NE(error_of({"round 100 100 100"}).find("not complete"), std::string::npos);
  EXPECT_NE(error_of({"processor 1 wall 1 waited 1 displaced 1"}), "");
}

TEST(Pairs, AModuleIsRead) {
  const BenchModule module = read_module(
      {"name my pool", "version ", "compiler g++ 12", "flags -O2 -g", "optimized yes", "workload a", "workload b"});
  EXPECT_EQ(module.name, "my pool");
  EXPECT_EQ(module.version, "");
  EXPECT_EQ(module.flags, "-O2 -g");
  EXPECT_TRUE(module.optimized);
  EXPECT_EQ(module.workloads, (std::vector<std::string>{"a", "b"}));
  EXPECT_THROW(static_cast<void>(read_module({"something else"})), BenchOutputError);
}

}  // namespace
}  // namespace touchstone::tool
