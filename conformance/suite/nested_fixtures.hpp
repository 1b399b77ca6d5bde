// What the tests of nested use share: what a wait inside a task came to, and handles that tasks hand on.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <touchstone/subject.hpp>

namespace touchstone {

/// What a wait inside a task came to, as the value that the task returns.
inline constexpr const char* got_value = "a value";
inline constexpr const char* got_refused = "refused: it would deadlock";
inline constexpr const char* got_timeout = "the time was up";
inline constexpr const char* got_cancelled = "it was cancelled";

[[nodiscard]] inline Value said(const Answer& answer) {
  if (answer.has_value()) return got_value;
  if (answer.fault == Fault::deadlock) return got_refused;
  if (answer.fault == Fault::timeout) return got_timeout;
  if (answer.fault == Fault::cancelled) return got_cancelled;
  return "another fault: " + answer.to_string();
}

/// What a call that may be refused came to.
[[nodiscard]] inline Value said(const std::optional<Refusal>& refusal) {
  if (!refusal) return got_value;
  return refusal->fault == Fault::deadlock ? got_refused : refusal->what();
}

/// Handles by name, for tasks that wait for tasks which are submitted before or after them.
///
/// Thread safety: all members may be called from any thread. A task holds these handles and they hold
/// the task: the test clears them when it has its answers.
class Handles {
 public:
  void put(const std::string& name, FuturePointer handle) {
    const std::lock_guard lock(mutex_);
    handles_[name] = std::move(handle);
  }

  /// The handle of that name, which must be there.
  [[nodiscard]] FuturePointer of(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return handles_.at(name);
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    handles_.clear();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, FuturePointer> handles_;
};

}  // namespace touchstone
