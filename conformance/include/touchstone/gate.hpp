// Gate, Mark and Notes: how tests bring tasks into a state, and learn that they are in it.
//
// No test orders two events by sleeping. A task that must not go on stands at a Gate; a test that
// must know that something happened awaits a Mark. Neither ever waits with a timeout: if what they
// wait for never comes, the test hangs, and the supervisor, which is another process, proves or
// reports the hang with the names given here.
//
// Their state lies in memory that the process of the test shares with the workers of its executor, at a place that
// a worker in another process is told. What happened before a gate is opened, a mark hit or a note taken is visible to
// whoever passes, awaits or reads it in the same process.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace touchstone {

/// Where something lies in the shared memory; 0 is nowhere.
using Place = std::uint64_t;

/// A place where tasks wait until the test opens it. Once open, it stays open.
///
/// Thread safety: all members may be called from any thread and any process.
class Gate {
 public:
  explicit Gate(const std::string& name);

  /// The gate that another process has made there.
  explicit Gate(Place place);

  /// Blocks the calling task until the gate is open. Called by tasks.
  void pass();

  /// Lets all tasks through, now and later. Called by tests, and by World when a test ends early.
  void open();

  /// Blocks until `count` tasks in all have arrived, whether or not they have passed since.
  void await_arrivals(int count);

  [[nodiscard]] int arrivals() const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] Place place() const { return place_; }

 private:
  struct State;

  const Place place_;
  State& state_;
};

/// Something that happens and is counted.
///
/// Thread safety: all members may be called from any thread and any process.
class Mark {
 public:
  explicit Mark(const std::string& name);

  /// The mark that another process has made there.
  explicit Mark(Place place);

  /// Counts one more, and returns the count. All that happened before is visible to whoever awaits.
  int hit();

  /// Blocks until it was hit `count` times.
  void await(int count = 1);

  [[nodiscard]] int count() const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] Place place() const { return place_; }

 private:
  struct State;

  const Place place_;
  State& state_;
};

/// Numbers in the order in which tasks noted them: a thousand at most.
///
/// Thread safety: all members may be called from any thread and any process.
class Notes {
 public:
  Notes();

  /// The notes that another process has made there.
  explicit Notes(Place place);

  /// Throws std::length_error where there is no room any more.
  void add(std::int64_t number);

  /// Those that are complete: no task is just adding one that comes before them.
  [[nodiscard]] std::vector<std::int64_t> numbers() const;
  [[nodiscard]] Place place() const { return place_; }

 private:
  struct State;

  const Place place_;
  State& state_;
};

using GatePointer = std::shared_ptr<Gate>;
using MarkPointer = std::shared_ptr<Mark>;
using NotesPointer = std::shared_ptr<Notes>;

}  // namespace touchstone
