// Replay tokens and written choices survive being written and read.

#include <gtest/gtest.h>

#include <random.hpp>
#include <stdexcept>
#include <strategy.hpp>
#include <token.hpp>
#include <vector>

namespace touchstone::fuzz {
namespace {

TEST(Token, IsReadAsItWasWritten) {
  for (const Token& token : {Token{"name", "random", 1}, Token{"name", "pct:3:64", ~std::uint64_t{0}},
                             Token{"name_2", "choices:mfrgg", 0}}) {
    EXPECT_EQ(parse_token(to_string(token)), token) << to_string(token);
  }
  EXPECT_EQ(to_string(Token{"name", "pos", 0x4d2}), "name/pos/00000000000004d2");
}

TEST(Token, IsRefusedIfItIsNone) {
  for (const char* text : {"", "name", "name/random", "name/random/", "name/random/xyz", "name/random/1 "}) {
    EXPECT_THROW((void)parse_token(text), std::invalid_argument) << text;
  }
}

TEST(Strategy, IsRefusedIfItsNameIsUnknown) {
  for (const char* name : {"", "fastest", "pct", "pct:3", "pct:3:", "pct:0:5", "pct:x:5", "choices:A", "choices:1"}) {
    EXPECT_THROW((void)make_strategy(name), std::invalid_argument) << name;
  }
}

TEST(Choices, AreReadAsTheyWereWritten) {
  RandomNumbers numbers(1);
  for (std::size_t size = 0; size < 40; ++size) {
    std::vector<std::uint8_t> choices;
    while (choices.size() < size) choices.push_back(static_cast<std::uint8_t>(numbers.below(256)));
    EXPECT_EQ(from_base32(to_base32(choices)), choices);
  }
}

TEST(RandomNumbers, DifferForNeighbouringSeeds) {
  // The sequence of one seed must not be the shifted sequence of the next.
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomNumbers one(seed);
    RandomNumbers next(seed + 1);
    (void)one.next();
    int equal = 0;
    for (int i = 0; i < 100; ++i) equal += one.below(4) == next.below(4) ? 1 : 0;
    EXPECT_LT(equal, 60);
  }
}

}  // namespace
}  // namespace touchstone::fuzz
