// World and TestCase: what a test of the suite is made of.
//
// A test verifies one requirement. It is a function of a World, together with the requirement's id and a
// sentence that says what it shows; the list at the end of its file names it. It asserts with GoogleTest's EXPECT_ and
// ASSERT_ macros, brings tasks into their states with gates and marks, and states a witness: proof
// that the situation it is about really came up. Without a witness it does not pass.

#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <touchstone/gate.hpp>
#include <touchstone/subject.hpp>
#include <touchstone/task.hpp>
#include <vector>

namespace touchstone {

/// The surroundings of one test: makes executors, gates and marks, and cleans up after all of them.
///
/// When the test has ended, however it ended, the World opens every gate and then destroys the
/// executors, last made first: so no test can forget to let a worker go before it joins it.
///
/// Task bodies outlive tests on executors that drop work: let them hold GatePointer, MarkPointer or
/// other shared pointers, never references to locals.
///
/// Thread safety: all members may be called from any thread, unless said otherwise.
class World {
 public:
  World(Subject& subject, std::uint64_t seed);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] Subject& subject() { return subject_; }

  /// Whether the subject has a capability: for tests that use it if it is there, and need not.
  [[nodiscard]] bool has(std::string_view capability) const;

  /// Makes an executor that lives until the test ends, or until destroy().
  Executor& make(const Configuration& configuration = {});

  /// Opens all gates and joins the test's threads. What remains is to destroy the executors, which ~World does.
  void end_body();

  /// Destroys an executor that make() gave out. Opens no gate.
  void destroy(Executor& executor);

  GatePointer gate(const std::string& name);
  MarkPointer mark(const std::string& name);

  /// Starts a thread of the test's own; joined when the test ends, after the gates are open.
  std::jthread& thread(std::function<void()> body);

  /// Blocks until the thread waits inside the kernel, as far as the system tells, and returns true;
  /// returns false if it did not do so for a while. To be used as witness. Not for worker threads.
  bool await_blocked(std::jthread& thread);

  /// Watches for a short while (scaled to the machine) that `happened` stays false; returns whether it did.
  /// It can miss a fault, never invent one.
  [[nodiscard]] bool stays_quiet(const std::function<bool()>& happened);

  /// Gives what an executor does behind the scenes as much time to come to rest. What it still does then may hide a
  /// fault from a test; no test may find one because of it.
  void let_settle();

  /// Waits until the condition holds. For what no gate or mark can tell; polls, without a limit.
  void await(const std::function<bool()>& condition);

  /// States that the situation which the test is about really came up, or that it did not. A test
  /// passes only if it stated at least one, and none was false; else it is inconclusive.
  void witness(bool seen, std::string sentence);

  /// For DOC requirements: the choice that the subject was seen to make.
  void choose(std::string alternative);

  /// Writes a line into the record of events that is shown when the test fails or hangs.
  void note(std::string_view event);

  /// The seed of this run, for tests that make random choices. Printed and replayed.
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

 private:
  struct State;
  Subject& subject_;
  const std::uint64_t seed_;
  std::unique_ptr<State> state_;
};

/// The processes that descend from this one, also those that have ended and that nobody has taken notice of; but for
/// those that were there when the test began.
[[nodiscard]] std::vector<int> descendants();

/// How many workers of this test, which run this program anew, have come to the rest of its main, behind the adapter's
/// before_main. Each of them was ended there.
[[nodiscard]] int workers_in_main();

/// The id of the requirement that a test verifies, and where in the sources the test stands.
struct Verified : std::string_view {
  std::source_location source;
};

/// Marks an id as the requirement that a test verifies. `touchstone check` looks for this word.
constexpr Verified verifies(std::string_view requirement,
                            const std::source_location& source = std::source_location::current()) {
  return {requirement, source};
}

/// One test of a topic.
struct TestCase {
  std::string_view name;                     // "FutureCancel.returns_true_while_pending", unique, no dash
  Verified requirement;                      // verifies("FUT-010")
  std::string_view shows;                    // one sentence
  std::vector<std::string_view> needs = {};  // capabilities beyond those of the requirement
  void (*body)(World&) = nullptr;
  std::string_view hang_means = {};  // DOC requirements: the choice that a proved hang amounts to
};

/// All tests of the suite, in the order of their topics.
[[nodiscard]] const std::vector<TestCase>& all_tests();

/// What the compiled-in table (generated from spec/requirements, checked by `touchstone check`) says.
struct Requirement {
  std::string_view id, title;
  int revision;
  std::string_view chapter, profile, level, applies, since, text;
  std::vector<std::string_view> needs;
};
[[nodiscard]] const std::vector<Requirement>& all_requirements();
[[nodiscard]] const Requirement* find_requirement(std::string_view id);

}  // namespace touchstone
