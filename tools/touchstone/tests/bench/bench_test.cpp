#include <gtest/gtest.h>

#include <algorithm>
#include <bench/amounts.hpp>
#include <bench/figures.hpp>
#include <bench/goals.hpp>
#include <bench/goals_report.hpp>
#include <bench/measurement.hpp>
#include <bench/plan.hpp>
#include <bench/report.hpp>
#include <nlohmann/json.hpp>
#include <set>

namespace touchstone::tool {
namespace {

Sample sample(int round, const std::string& subject, double nanoseconds, const std::string& workload = "w") {
  Measurement measurement;
  measurement.workload = workload;
  measurement.figure = nanoseconds;
  measurement.processor_nanoseconds = 2 * nanoseconds;
  return {round, subject, measurement};
}

Sample failure(int round, const std::string& subject, const std::string& error) {
  Sample failed = sample(round, subject, 0);
  failed.measurement.error = error;
  return failed;
}

/// What a benchmark executable prints, with one benchmark.
nlohmann::json good_output() {
  return {{"context",
           {{"library_build_type", "debug"},
            {"touchstone_subject", "my pool"},
            {"touchstone_version", "1.2"},
            {"touchstone_compiler", "g++ 12"},
            {"touchstone_flags", "-O2"},
            {"touchstone_optimized", "yes"},
            {"touchstone_future", "no"},
            {"touchstone_map", "no"}}},
          {"benchmarks",
           {{{"name", "many_calls/workers:1/process_time/real_time"},
             {"run_type", "iteration"},
             {"real_time", 1.5},
             {"cpu_time", 3.0},
             {"time_unit", "us"},
             {"on_caller", 0.25},
             {"detection", 1.75},
             {"calls", 1e5}}}}};
}

std::string error_of(const std::string& text) {
  try {
    static_cast<void>(read_bench_output(text));
  } catch (const BenchOutputError& error) {
    return error.what();
  }
  return "";
}

TEST(BenchOutput, IsReadInNanosecondsWhateverItsUnit) {
  const BenchOutput output = read_bench_output(good_output().dump());
  EXPECT_EQ(output.build.subject, "my pool");
  EXPECT_TRUE(output.build.optimized) << "how Google Benchmark itself was built does not matter";
  EXPECT_FALSE(output.build.gives_future);
  ASSERT_EQ(output.measurements.size(), 1U);
  const Measurement& measurement = output.measurements.front();
  EXPECT_EQ(measurement.workload, "many_calls/workers:1");
  EXPECT_DOUBLE_EQ(measurement.figure, 1500);
  EXPECT_DOUBLE_EQ(measurement.processor_nanoseconds, 3000);
  EXPECT_DOUBLE_EQ(measurement.on_caller, 0.25);
  EXPECT_EQ(measurement.quantities, (Quantities{{"detection", 1.75}}));
  EXPECT_EQ(measurement.calls, 100'000);
  EXPECT_EQ(measurement.error, "");
}

TEST(BenchOutput, HasAMedianOrAnAmountOfMemoryInsteadOfTheMeanTime) {
  nlohmann::json json = good_output();
  json["benchmarks"][0].update({{"median", 700.0}, {"longest", 9000.0}});
  const Measurement act = read_bench_output(json.dump()).measurements.front();
  EXPECT_DOUBLE_EQ(act.figure, 700) << "counters are in nanoseconds, whatever the unit of the times";
  EXPECT_EQ(act.quantities.at("longest"), 9000);
  EXPECT_EQ(act.unit, Unit::nanoseconds);
  json["benchmarks"][0]["bytes"] = 4096;
  const Measurement memory = read_bench_output(json.dump()).measurements.front();
  EXPECT_DOUBLE_EQ(memory.figure, 4096);
  EXPECT_EQ(memory.unit, Unit::bytes);
}

TEST(BenchOutput, HasAnErrorInsteadOfFigures) {
  nlohmann::json json = good_output();
  json["benchmarks"][0] = {{"name", "w/real_time"}, {"error_occurred", true}, {"error_message", "a task was lost"}};
  const BenchOutput output = read_bench_output(json.dump());
  ASSERT_EQ(output.measurements.size(), 1U);
  EXPECT_EQ(output.measurements.front().error, "a task was lost");
}

TEST(BenchOutput, LeavesOutWhatGoogleBenchmarkSumsUpItself) {
  nlohmann::json json = good_output();
  json["benchmarks"][0]["run_type"] = "aggregate";
  EXPECT_TRUE(read_bench_output(json.dump()).measurements.empty());
}

TEST(BenchOutput, NamesThePlaceOfWhatCannotBeRead) {
  EXPECT_NE(error_of("hello").find("byte 1"), std::string::npos) << error_of("hello");
  nlohmann::json json = good_output();
  json["benchmarks"][0].erase("real_time");
  EXPECT_NE(error_of(json.dump()).find("many_calls/workers:1/process_time/real_time: there is no \"real_time\""),
            std::string::npos)
      << error_of(json.dump());
  json["benchmarks"][0]["real_time"] = "soon";
  EXPECT_NE(error_of(json.dump()).find("\"real_time\" is \"soon\""), std::string::npos) << error_of(json.dump());
  json["benchmarks"][0]["real_time"] = 0;
  EXPECT_NE(error_of(json.dump()).find("more than 0"), std::string::npos) << error_of(json.dump());
  json["benchmarks"][0]["time_unit"] = "fortnight";
  EXPECT_NE(error_of(json.dump()).find("fortnight"), std::string::npos) << error_of(json.dump());
  json["context"].erase("touchstone_subject");
  EXPECT_NE(error_of(json.dump()).find("context: there is no \"touchstone_subject\""), std::string::npos);
}

TEST(BenchFigures, MedianIsInTheMiddle) {
  EXPECT_FALSE(spread_of({}));
  EXPECT_DOUBLE_EQ(spread_of({7})->median, 7);
  EXPECT_DOUBLE_EQ(spread_of({9, 1, 2})->median, 2);
  const Spread even = *spread_of({4, 1, 100, 2});
  EXPECT_DOUBLE_EQ(even.median, 3);
  EXPECT_DOUBLE_EQ(even.least, 1);
  EXPECT_DOUBLE_EQ(even.most, 100);
  EXPECT_EQ(even.count, 4U);
}

TEST(BenchFigures, RatiosArePairedByRound) {
  // A load that slows down a round by ten hits both subjects: the medians of their times are 100 and 30, their
  // ratio is 3 in each round.
  const std::vector<Sample> samples = {sample(1, "reference", 10),  sample(1, "pool", 30),
                                       sample(2, "pool", 300),      sample(2, "reference", 100),
                                       sample(3, "reference", 100), sample(3, "pool", 300)};
  const std::vector<BenchRow> rows = rows_of(samples, {"w"}, {"reference", "pool"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_DOUBLE_EQ(rows[0].figure->median, 100);
  EXPECT_DOUBLE_EQ(rows[0].ratio->median, 1);
  EXPECT_DOUBLE_EQ(rows[1].figure->median, 300);
  EXPECT_DOUBLE_EQ(rows[1].figure->least, 30);
  EXPECT_DOUBLE_EQ(rows[1].ratio->median, 3);
  EXPECT_DOUBLE_EQ(rows[1].ratio->least, 3);
  EXPECT_DOUBLE_EQ(rows[1].ratio->most, 3);
  EXPECT_DOUBLE_EQ(rows[1].processor_nanoseconds->median, 600);
}

TEST(BenchFigures, RoundsWithoutTheBaselineGiveNoRatio) {
  const std::vector<Sample> samples = {failure(1, "reference", "crashed"), sample(1, "pool", 50),
                                       sample(2, "reference", 10), sample(2, "pool", 20)};
  const std::vector<BenchRow> rows = rows_of(samples, {"w"}, {"reference", "pool", "absent"});
  ASSERT_EQ(rows.size(), 2U) << "of a subject without samples there is no row";
  EXPECT_EQ(rows[0].error, "crashed");
  EXPECT_EQ(rows[0].figure->count, 1U);
  EXPECT_EQ(rows[1].figure->count, 2U);
  EXPECT_EQ(rows[1].ratio->count, 1U);
  EXPECT_DOUBLE_EQ(rows[1].ratio->median, 2);
  EXPECT_TRUE(rows[0].is_baseline);
  EXPECT_FALSE(rows[1].is_baseline);
  EXPECT_TRUE(rows_of(samples, {"w"}, {"absent", "pool"}).front().is_baseline) << "the first that has the workload";
}

TEST(BenchPlan, HasEveryStepOnceAndReversesEverySecondRound) {
  const std::vector<BenchWorkload> workloads = {{"v", {"a", "b", "c"}}, {"w", {"a", "c"}}};
  const std::vector<BenchStep> plan = make_plan(workloads, 4, 7);
  ASSERT_EQ(plan.size(), 20U);
  const auto order = [&](int round, const std::string& workload) {
    std::vector<std::string> subjects;
    for (const BenchStep& step : plan) {
      if (step.round == round && step.workload == workload) subjects.push_back(step.subject);
    }
    return subjects;
  };
  for (const BenchWorkload& workload : workloads) {
    for (const int round : {1, 3}) {
      std::vector<std::string> first = order(round, workload.name);
      std::vector<std::string> second = order(round + 1, workload.name);
      std::reverse(second.begin(), second.end());
      EXPECT_EQ(first, second);
      std::sort(first.begin(), first.end());
      EXPECT_EQ(first, workload.subjects);
    }
  }
}

TEST(BenchPlan, DependsOnTheSeedAlone) {
  const std::vector<BenchWorkload> workloads = {{"w", {"a", "b", "c", "d"}}};
  EXPECT_EQ(make_plan(workloads, 6, 1), make_plan(workloads, 6, 1));
  std::set<std::string> firsts;
  for (std::uint64_t seed = 0; seed < 100; ++seed) firsts.insert(make_plan(workloads, 1, seed).front().subject);
  EXPECT_EQ(firsts.size(), 4U) << "every subject comes first now and then";
}

TEST(BenchReport, SaysWhatLimitsAComparison) {
  BenchReport report;
  report.machine.cores = 2;
  report.load_before = 5;
  report.rounds = 1;
  report.workloads = {"w", "map/workers:2"};
  report.subjects = {"reference", "pool"};
  report.builds["reference"].optimized = true;
  report.builds["reference"].has_map = true;
  report.builds["pool"].gives_future = false;
  report.samples = {sample(1, "reference", 10), sample(1, "pool", 12345), sample(1, "pool", 10, "map/workers:2"),
                    failure(1, "other", "crashed")};
  report.samples[0].measurement.calls = 1000;
  report.samples[1].measurement.on_caller = 0.123;
  report.samples[0].measurement.quantities["detection"] = 1.25;
  report.rows = rows_of(report.samples, report.workloads, {"reference", "pool", "other"});
  const std::string table = bench_table(report, Terminal());
  for (const char* expected :
       {"12,345 ns", "1,234 ", "13 % run by the caller", "no future", "1.00 calls at once, not 1,000", "by submit",
        "crashed", "was busy", "1.25 times as long as without, [1.25, 1.25]",
        "Built without optimization, or with assertions: pool."}) {
    EXPECT_NE(table.find(expected), std::string::npos) << expected << " in\n" << table;
  }
  const nlohmann::json json = bench_json(report);
  EXPECT_EQ(json["samples"].size(), 4U);
  EXPECT_EQ(json["rows"].size(), 4U);
  EXPECT_EQ(json["rows"][1]["ratio"]["median"], 1234.5);
}

TEST(BenchReport, CountsTheProcessesThatWereMeasured) {
  BenchReport report;
  report.rounds = 6;
  report.complete = false;
  report.workloads = {"w"};
  report.subjects = {"reference", "pool"};
  report.samples = {sample(1, "reference", 10), sample(1, "pool", 10), sample(2, "reference", 10)};
  report.rows = rows_of(report.samples, report.workloads, report.subjects);
  EXPECT_NE(bench_table(report, Terminal()).find("Medians of 1 to 2 processes"), std::string::npos);
  EXPECT_NE(bench_table(report, Terminal()).find("interrupted, 6 rounds were meant"), std::string::npos);
  report.samples.push_back(sample(2, "pool", 10));
  EXPECT_NE(bench_table(report, Terminal()).find("Medians of 2 processes"), std::string::npos);
}

Goal goal_of(Goal::Kind kind, std::optional<double> ratio, std::optional<double> figure) {
  return {"q", "an act", kind, {"pool", "w"}, {"python", "w"}, ratio, figure, {}};
}

TEST(BenchGoals, AreRatiosOfTheSameRoundsOrElseFigures) {
  const std::vector<Sample> samples = {sample(1, "python", 100), sample(1, "pool", 10),    sample(2, "pool", 200),
                                       sample(2, "python", 800), sample(3, "python", 900), sample(3, "pool", 100)};
  using Kind = Goal::Kind;
  const std::vector<GoalResult> results = hold_against({goal_of(Kind::time, 9, 1), goal_of(Kind::time, 9.5, 1000),
                                                        goal_of(Kind::time, {}, 100), goal_of(Kind::time, {}, 99)},
                                                       samples);
  ASSERT_EQ(results.size(), 4U);
  EXPECT_DOUBLE_EQ(results[0].ratio->median, 9);
  EXPECT_DOUBLE_EQ(results[0].ratio->least, 4);
  EXPECT_EQ(results[0].is_met, true) << "the ratio decides, not the figure";
  EXPECT_EQ(results[0].rounds_met, 2U);
  EXPECT_EQ(results[0].rounds, 3U);
  EXPECT_EQ(results[1].is_met, false) << "the ratio decides, not the figure";
  EXPECT_EQ(results[2].is_met, true);
  EXPECT_EQ(results[3].is_met, false);
}

TEST(BenchGoals, WhatHoldsAlwaysHoldsInEveryRound) {
  std::vector<Sample> samples = {sample(1, "pool", 1), sample(2, "pool", 1), sample(3, "pool", 1)};
  for (Sample& one : samples) one.measurement.quantities["longest"] = one.round == 3 ? 300 : 200;
  const auto result_of = [&samples](double figure) {
    return hold_against({goal_of(Goal::Kind::longest_time, {}, figure)}, samples).front();
  };
  EXPECT_EQ(result_of(300).is_met, true);
  EXPECT_EQ(result_of(250).is_met, false);
  EXPECT_EQ(result_of(250).rounds_met, 2U);
}

TEST(BenchGoals, WithoutAFigureSayNothing) {
  const std::vector<Goal> goals = {goal_of(Goal::Kind::time, 2, {})};
  EXPECT_TRUE(hold_against(goals, {sample(1, "python", 10)}).empty());
  const std::vector<GoalResult> results = hold_against(goals, {sample(1, "pool", 10), sample(2, "python", 10)});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_FALSE(results.front().is_met) << "there is nothing to compare with";
}

TEST(BenchReport, NamesEveryGoal) {
  std::vector<Sample> samples = {sample(1, "pool", 5000), sample(1, "python", 45'000)};
  const std::vector<GoalResult> results =
      hold_against({goal_of(Goal::Kind::rate, 10, 1000), goal_of(Goal::Kind::time, {}, 20'000)}, samples);
  const std::string table = goals_table(results, Terminal());
  for (const char* expected : {"q      an act", "200 k/s", "1.00 M/s", "9.00  [9.00, 9.00]  10.0  missed", "5,000 ns",
                               "20.0 us", "met\n", "1 of 2 goals met"}) {
    EXPECT_NE(table.find(expected), std::string::npos) << expected << " in\n" << table;
  }
  EXPECT_EQ(goals_table({}, Terminal()), "");
  const nlohmann::json json = goals_json(results);
  EXPECT_EQ(json[0]["ratio"]["median"], 9);
  EXPECT_EQ(json[0]["met"], false);
  EXPECT_EQ(json[1]["met"], true);
  EXPECT_EQ(json[1]["ratio_goal"], nullptr);
}

TEST(BenchReport, NumbersAreShortAndReadable) {
  EXPECT_EQ(short_number(0.0134), "0.013");
  EXPECT_EQ(short_number(0.713), "0.71");
  EXPECT_EQ(short_number(9.999), "10.0");
  EXPECT_EQ(short_number(99.96), "100");
  EXPECT_EQ(short_number(1234.4), "1,234");
  EXPECT_EQ(short_number(1234567), "1,234,567");
  EXPECT_EQ(scale_for(9'999, Unit::nanoseconds, Terminal()).amount(9'999), "9,999 ns");
  EXPECT_EQ(scale_for(10'000, Unit::nanoseconds, Terminal()).amount(10'000), "10.0 us");
  EXPECT_EQ(scale_for(1e6, Unit::nanoseconds, Terminal()).amount(1e6), "1.00 ms");
  EXPECT_EQ(scale_for(614'400, Unit::bytes, Terminal()).amount(614'400), "600 KiB");
  EXPECT_EQ(rate_text(400), "2.50 M/s");
}

}  // namespace
}  // namespace touchstone::tool
