// Runs one test in this process, under GoogleTest.

#pragma once

#include <cstdint>
#include <functional>
#include <supervisor/child/report.hpp>
#include <touchstone/main.hpp>
#include <touchstone/test.hpp>

namespace touchstone::supervisor {

using MakeSubject = std::unique_ptr<Subject> (*)();

enum class Chatter {
  none,  // what GoogleTest prints itself is left out
  full,  // for a human in front of it
};

/// Who wants to know before the test is over, for it may hang or crash; either may be empty.
struct Listeners {
  std::function<void(const Failure&)> on_failure = {};      // called by the thread in which an assertion failed
  std::function<void(const TestReport&)> on_body_end = {};  // what was found before the executors are destroyed
};

/// Runs a test with GoogleTest's own machinery, so that assertions and listeners work as everywhere.
/// Never throws: what goes wrong stands in the report.
[[nodiscard]] TestReport run_test(const TestCase& test, Subject& subject, std::uint64_t seed, Chatter chatter,
                                  const Listeners& listening = {});

/// Makes the subject; gives null and sets `error` if that fails.
[[nodiscard]] std::unique_ptr<Subject> make_subject_safely(MakeSubject make_subject, std::string& error);

[[nodiscard]] Description describe_subject(MakeSubject make_subject);

/// Describes the exception being handled: its type and its text.
[[nodiscard]] std::string current_exception_text();

}  // namespace touchstone::supervisor
