// The one line in which a fault is told, and what is told once although it was seen often.

#include <gtest/gtest.h>

#include <string>
#include <supervisor/child/child.hpp>
#include <supervisor/verdicts/cause.hpp>
#include <supervisor/verdicts/digest.hpp>

namespace touchstone::supervisor {
namespace {

TEST(Cause, IsWhatTheTestSaysBeforeWhatGoogleTestSays) {
  EXPECT_EQ(cause_of({{"a.cpp", 3, "Expected: (taken) <= (2), actual: 3 vs 2\nelements taken from the input"}}),
            "a.cpp:3: elements taken from the input (Expected: (taken) <= (2), actual: 3 vs 2)");
  EXPECT_EQ(cause_of({{"a.cpp", 3, "Value of: future->done()\n  Actual: false\nExpected: true"}}),
            "a.cpp:3: Value of: future->done() Actual: false Expected: true");
  EXPECT_EQ(cause_of({{"", 0, "Failed\nthe test threw 7"}}), "the test threw 7");
  EXPECT_EQ(cause_of({{"a.cpp", 3, "Failed\nx"}, {"a.cpp", 4, "Failed\ny"}}), "a.cpp:3: x; and 1 more");
  EXPECT_EQ(cause_of({}), "");
}

TEST(Cause, IsNotLonger) { EXPECT_LT(cause_of({{"a.cpp", 3, std::string(5000, 'x')}}).size(), 300U); }

TEST(Failures, OfOneLoopAreToldOnce) {
  std::vector<Failure> failures(200, {"a.cpp", 7, "Failed\nin a round"});
  failures.push_back({"a.cpp", 9, "Failed\nat last"});
  EXPECT_EQ(describe_failures(failures),
            "a.cpp:7: Failed\nin a round\na.cpp:7: Failed\nin a round\na.cpp:9: Failed\nat last\n"
            "a.cpp:7: 198 more failures here\n");
}

TEST(LastWords, AreThoseThatTell) {
  EXPECT_EQ(last_words("noise\nterminate called after throwing an instance of 'int'\nmore"),
            "terminate called after throwing an instance of 'int'");
  EXPECT_EQ(
      last_words("==1==ERROR: AddressSanitizer: x\n...\nSUMMARY: AddressSanitizer: heap-use-after-free a.cpp:1\n"),
      "SUMMARY: AddressSanitizer: heap-use-after-free a.cpp:1");
  EXPECT_EQ(last_words("nothing"), "");
}

Verdict fault(const char* test, VerdictKind kind, const std::string& reason) {
  Verdict verdict;
  verdict.test = find_test(test);
  verdict.requirement = find_requirement(verdict.test->requirement);
  verdict.kind = kind;
  verdict.reason = reason;
  return verdict;
}

TEST(Digest, TellsEachCauseOnceAndTheWorstFirst) {
  Digest digest(false);
  digest.add(fault("Good.passes", VerdictKind::pass, ""));
  EXPECT_TRUE(digest.empty());
  digest.add(fault("Bad.fails", VerdictKind::fail, "a.cpp:1: it is wrong"));
  digest.add(fault("Good.passes", VerdictKind::crashed, "signal 6"));
  digest.add(fault("Bad.throws", VerdictKind::crashed, "signal 6"));
  digest.add(fault("Bad.throws", VerdictKind::crashed, "signal 6"));
  digest.add(fault("Bad.exits", VerdictKind::deviation, "known"));
  EXPECT_EQ(digest.text(),
            "crashed          signal 6\n"
            "                 FAK-001  A value comes back  (Good.passes)\n"
            "                 FAK-002  Nothing goes wrong  (Bad.throws)\n"
            "fail             FAK-002  Nothing goes wrong  (Bad.fails)\n"
            "                 a.cpp:1: it is wrong\n");
}

TEST(Digest, CountsDeviationsWhereTheyAreFaults) {
  Digest digest(true);
  digest.add(fault("Bad.exits", VerdictKind::deviation, "known"));
  EXPECT_FALSE(digest.empty());
}

}  // namespace
}  // namespace touchstone::supervisor
