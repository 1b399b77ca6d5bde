#include <gtest/gtest.h>

#include <bench/history.hpp>
#include <bench/history_report.hpp>
#include <bench/record.hpp>
#include <nlohmann/json.hpp>
#include <tests/fixture.hpp>

namespace touchstone::tool {
namespace {

BenchReport report_with(double nanoseconds, const std::string& processor = "some processor") {
  BenchReport report;
  report.machine.processor = processor;
  report.start = "2026-05-04T03:02:01Z";
  report.builds["mine"].compiler = "g++ 12";
  for (int round = 1; round <= 3; ++round) {
    Sample sample{round, "mine", {}};
    sample.measurement.workload = "many_calls";
    sample.measurement.figure = nanoseconds + round - 2;
    report.samples.push_back(sample);
  }
  return report;
}

class HistoryTest : public testing::Test {
 protected:
  void record(const BenchReport& report, const Origin& origin = {"0123456789abcdef", true, "nightly"}) {
    EXPECT_EQ(append_record(file_, record_line(report, origin)), "");
  }
  void add(const std::string& text) { folder_.write(file_, folder_.read(file_) + text); }
  [[nodiscard]] History history() const { return read_history(file_); }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "history.jsonl";
};

TEST_F(HistoryTest, HoldsWhatWasRecorded) {
  record(report_with(100));
  record(report_with(110), {});
  const History read = history();
  EXPECT_TRUE(read.problems.empty());
  ASSERT_EQ(read.runs.size(), 2U);
  EXPECT_EQ(read.runs[0].start, "2026-05-04T03:02:01Z");
  EXPECT_EQ(read.runs[0].commit, "0123456789abcdef");
  EXPECT_TRUE(read.runs[0].dirty);
  EXPECT_EQ(read.runs[0].label, "nightly");
  EXPECT_EQ(read.runs[1].commit, "");
  EXPECT_EQ(read.runs[1].figures.at({"many_calls", "mine"}).median, 110);
}

TEST_F(HistoryTest, NamesAndKeepsWhatItCannotRead) {
  record(report_with(100));
  add("{\"touchstone_record\": 2}\n{\"touchstone_record\": 1}\nhello\n{\"other\": 1}\n{\"touchstone_rec");
  const std::string before = folder_.read(file_);
  record(report_with(100));
  EXPECT_EQ(folder_.read(file_).substr(0, before.size() + 1), before + "\n");
  const History read = history();
  EXPECT_EQ(read.runs.size(), 2U);
  ASSERT_EQ(read.problems.size(), 5U);
  const char* const expected[] = {"history.jsonl:2: skipped: it is a record of version 2, and this command knows 1",
                                  "history.jsonl:3: skipped: it is a record with something missing or wrong",
                                  "history.jsonl:4: skipped: it is no JSON",
                                  "history.jsonl:5: skipped: it is no record of `touchstone bench record`",
                                  "history.jsonl:6: skipped: it is no JSON"};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NE(read.problems[i].find(expected[i]), std::string::npos) << read.problems[i];
  }
}

TEST_F(HistoryTest, AFailedBenchmarkHasNoFigure) {
  BenchReport report = report_with(100);
  report.samples[1].measurement.error = "it crashed";
  record(report);
  for (Sample& sample : report.samples) sample.measurement.error = "it crashed";
  record(report);
  EXPECT_EQ(history().runs[0].figures.at({"many_calls", "mine"}).median, 100);
  EXPECT_TRUE(history().runs[1].figures.empty());
}

TEST_F(HistoryTest, FindsAChangeAndTheRunThatBroughtIt) {
  for (int i = 0; i < 20; ++i)
    record(report_with(i < 10 ? 100 : 120 + i % 2), {std::string(40, static_cast<char>('a' + i)), false, ""});
  const History read = history();
  const std::vector<Series> series = series_of(read);
  ASSERT_EQ(series.size(), 1U);
  ASSERT_EQ(series[0].changes.size(), 1U);
  EXPECT_EQ(series[0].changes[0].index, 10U);
  const std::string text = history_text(read, series, Terminal{});
  EXPECT_NE(text.find("+20.5 %"), std::string::npos) << text;
  EXPECT_NE(text.find("2026-05-04T03:02:01Z  kkkkkkkkkkkk\n"), std::string::npos) << text;
  EXPECT_NE(text.find("1 change of 1 figure, 0 on one level"), std::string::npos) << text;
  EXPECT_EQ(history_json(read, series)["series"][0]["changes"][0]["run"], 10);
}

/// What another machine makes of it is no change.
TEST_F(HistoryTest, ComparesNothingAcrossMachines) {
  for (int i = 0; i < 40; ++i) record(report_with(i < 20 ? 100 + i % 2 : 200 + i % 2, i < 20 ? "one" : "another"));
  const std::vector<Series> series = series_of(history());
  ASSERT_EQ(series.size(), 1U);
  EXPECT_TRUE(series[0].changes.empty());
  EXPECT_EQ(series[0].moves, std::vector<std::size_t>{20});
}

}  // namespace
}  // namespace touchstone::tool
