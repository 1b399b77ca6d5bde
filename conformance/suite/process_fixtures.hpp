// What the tests of process pools share: which processes there are, tasks of a kind that only processes can bear, and
// pools that break.

#pragma once

#include <sys/types.h>

#include <pool_fixtures.hpp>
#include <set>
#include <string>
#include <vector>

namespace touchstone {

/// How many descriptors, and how many threads, this process has.
[[nodiscard]] std::size_t open_descriptors();
[[nodiscard]] std::size_t thread_count();

/// What this process has at one moment, for another to be compared with.
struct Belongings {
  std::size_t descriptors = open_descriptors();
  std::size_t threads = thread_count();
  std::size_t children = descendants().size();
  friend bool operator==(const Belongings&, const Belongings&) = default;
};
void PrintTo(const Belongings& belongings, std::ostream* out);

/// Whether a process runs no more; it may still be there for its parent to take notice.
[[nodiscard]] bool has_ended(pid_t process);

/// Gives what must come some time or other much time to come; returns whether it came.
[[nodiscard]] bool comes_about(World& world, const std::function<bool()>& condition);

/// Returns the id of the process that runs it.
[[nodiscard]] Task tells_process();
[[nodiscard]] pid_t process_of(const FuturePointer& future);

/// A pool with each of its children at a gate, inside a task that returns the id of its process.
struct HeldChildren {
  HeldChildren(World& world, int count, Configuration configuration = {});

  /// Opens the gate, and gives the ids.
  [[nodiscard]] std::set<pid_t> release() const;

  Executor& executor;
  const GatePointer gate;
  std::vector<FuturePointer> running;
};

/// Whether the pool still runs what is submitted.
[[nodiscard]] testing::AssertionResult is_usable(Executor& executor);

/// Whether the pool refuses what is submitted because it is broken.
[[nodiscard]] testing::AssertionResult is_broken(Executor& executor);

/// Submits what kills its child to a pool of its own, and expects that to break the pool.
void expect_to_break(World& world, const Task& deadly);

/// Whether the pool comes to refuse what is submitted.
[[nodiscard]] bool comes_to_refuse(World& world, Executor& executor);

/// Whether the future failed alone: with an error that does not say that the pool is broken.
[[nodiscard]] testing::AssertionResult fails_alone(const Answer& answer);

/// The text of an exception, and of all that are nested in it.
[[nodiscard]] std::string full_text(const std::exception_ptr& error);

/// What is written to standard error from now on, by this process and by those that it starts.
class CapturedErrors {
 public:
  CapturedErrors();
  ~CapturedErrors();
  CapturedErrors(const CapturedErrors&) = delete;
  CapturedErrors& operator=(const CapturedErrors&) = delete;

  [[nodiscard]] std::string text() const;

 private:
  int memory_;
  int original_;
};

}  // namespace touchstone
