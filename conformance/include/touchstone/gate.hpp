// Gate and Mark: how tests bring tasks into a state, and learn that they are in it.
//
// No test orders two events by sleeping. A task that must not go on stands at a Gate; a test that
// must know that something happened awaits a Mark. Neither ever waits with a timeout: if what they
// wait for never comes, the test hangs, and the supervisor, which is another process, proves or
// reports the hang with the names given here.

#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

namespace touchstone {

/// A place where tasks wait until the test opens it. Once open, it stays open.
///
/// Thread safety: all members may be called from any thread.
class Gate {
 public:
  explicit Gate(std::string name) : name_(std::move(name)) {}

  /// Blocks the calling task until the gate is open. Called by tasks.
  void pass();

  /// Lets all tasks through, now and later. Called by tests, and by World when a test ends early.
  void open();

  /// Blocks until `count` tasks in all have arrived, whether or not they have passed since.
  void await_arrivals(int count);

  [[nodiscard]] int arrivals() const;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  const std::string name_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int arrivals_ = 0;
  bool open_ = false;
};

/// Something that happens and is counted.
///
/// Thread safety: all members may be called from any thread.
class Mark {
 public:
  explicit Mark(std::string name) : name_(std::move(name)) {}

  /// Counts one more, and returns the count. All that happened before is visible to whoever awaits.
  int hit();

  /// Blocks until it was hit `count` times.
  void await(int count = 1);

  [[nodiscard]] int count() const;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  const std::string name_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

using GatePointer = std::shared_ptr<Gate>;
using MarkPointer = std::shared_ptr<Mark>;

}  // namespace touchstone
