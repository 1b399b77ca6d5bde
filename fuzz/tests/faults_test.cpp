// The explorer finds seeded faults, soon, and each by a token that shows the same interleaving again.

#include <gtest/gtest.h>

#include <explorer.hpp>
#include <faults.hpp>
#include <ostream>
#include <sanitizers.hpp>
#include <string>
#include <tuple>

namespace touchstone::fuzz {

// For the names of the tests.
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.wrong.name; }

namespace {

constexpr std::uint64_t enough_schedules = 10000;
constexpr Limits limits{.operations = 1000};

class SeededFault : public testing::TestWithParam<std::tuple<Fault, std::string>> {
 protected:
  [[nodiscard]] static const Fault& fault() { return std::get<0>(GetParam()); }
  [[nodiscard]] static ExplorationOptions options() {
    return {.strategy = std::get<1>(GetParam()), .schedules = enough_schedules, .limits = limits};
  }
};

TEST_P(SeededFault, IsFound) {
  const Exploration exploration = explore(fault().wrong, options());
  ASSERT_TRUE(exploration.finding.has_value()) << "not within " << exploration.schedules << " schedules";
  RecordProperty("schedules", std::to_string(exploration.schedules));
  EXPECT_NE(exploration.finding->failure.find(fault().failure), std::string::npos) << exploration.finding->failure;
}

TEST_P(SeededFault, IsSeenAgainByItsToken) {
  const Exploration exploration = explore(fault().wrong, options());
  ASSERT_TRUE(exploration.finding.has_value());
  const std::string token = to_string(exploration.finding->token);
  EXPECT_EQ(token.find('\n'), std::string::npos);
  for (int i = 0; i < 2; ++i) {
    const Replay again = replay(fault().wrong, parse_token(token), limits);
    EXPECT_EQ(again.failure, exploration.finding->failure);
    EXPECT_EQ(again.table, exploration.finding->table);
  }
}

TEST_P(SeededFault, IsNotFoundWhereItIsNot) {
  ExplorationOptions few = options();
  few.schedules = sanitized ? 100 : 2000;
  const Exploration exploration = explore(fault().right, few);
  EXPECT_FALSE(exploration.finding.has_value()) << exploration.finding->failure << '\n' << exploration.finding->table;
  EXPECT_GE(exploration.schedules, few.schedules);
}

std::string name_of(const testing::TestParamInfo<SeededFault::ParamType>& info) {
  return std::get<0>(info.param).wrong.name + "_" + std::get<1>(info.param);
}

INSTANTIATE_TEST_SUITE_P(Explorer, SeededFault,
                         testing::Combine(testing::ValuesIn(seeded_faults()),
                                          testing::Values<std::string>("random", "pos", "pct", "mixed")),
                         name_of);

}  // namespace
}  // namespace touchstone::fuzz
