// Each executor with one fault is blamed for what it breaks, and for nothing that only follows from it.

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <supervisor/tests/program_run.hpp>

namespace touchstone::supervisor {
namespace {

using Texts = std::set<std::string>;

/// The text behind a key in a line of JSON without nested objects.
std::string value_of(const std::string& line, const std::string& key) {
  const std::string lead = "\"" + key + "\":\"";
  const std::size_t begin = line.find(lead);
  if (begin == std::string::npos) return {};
  const std::size_t start = begin + lead.size();
  return line.substr(start, line.find('"', start) - start);
}

struct Result {
  Texts accusations;  // "SUB-018 hung unmet": each requirement that is said not to be kept
  Texts open;         // those of which nothing could be said
};

Result result_of(const ProgramResult& program) {
  Result result;
  std::istringstream lines(program.out);
  for (std::string line; std::getline(lines, line);) {
    const std::string verdict = value_of(line, "verdict");
    if (verdict == "pass" || verdict == "not-applicable") continue;
    const std::string requirement = value_of(line, "requirement"), hang_class = value_of(line, "class");
    if (verdict == "inconclusive") {
      result.open.insert(requirement);
    } else {
      result.accusations.insert(requirement + " " + verdict + (hang_class.empty() ? "" : " " + hang_class));
    }
  }
  return result;
}

struct Faulty {
  const char* executor;
  Texts accusations;
  Texts open = {};  // what its fault may leave undecided
};

class Blames : public testing::TestWithParam<Faulty> {};

TEST_P(Blames, WhatIsBroken) {
  RunningProgram program({std::string(FAULTY_EXECUTORS) + GetParam().executor, "--lines"});
  const ProgramResult printed = program.wait();
  EXPECT_EQ(printed.errors, "");
  const Result result = result_of(printed);
  EXPECT_EQ(result.accusations, GetParam().accusations);
  for (const std::string& open : result.open) EXPECT_TRUE(GetParam().open.contains(open)) << open << " is undecided";
}

INSTANTIATE_TEST_SUITE_P(Executors, Blames,
                         testing::Values(Faulty{"none", {}}, Faulty{"declares_that_tasks_may_not_throw", {}},
                                         Faulty{"keeps_its_last_task", {"SUB-018 hung unmet"}},
                                         Faulty{"wakes_one_waiter", {"FUT-031 hung lost-wake-up"}},
                                         Faulty{"lets_exceptions_out", {"SUB-013 crashed"}},
                                         Faulty{"does_not_wait_in_shutdown",
                                                {"SHD-001 fail", "SHD-002 fail", "SHD-023 fail", "SHD-026 fail"},
                                                {"SHD-008", "SHD-018", "SHD-026", "SHD-027", "VIS-014"}},
                                         Faulty{"forgets_to_stop_in_destructor", {"SHD-032 hung deadlock"}},
                                         // The last is a program of its own, of which nobody sees where it crashes.
                                         Faulty{"aborts_in_destructor", {"SHD-032 crashed", "TPE-021 fail"}}),
                         [](const auto& one) { return std::string(one.param.executor); });

}  // namespace
}  // namespace touchstone::supervisor
