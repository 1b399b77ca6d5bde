// Trace: what happened in a schedule, operation by operation, and how it is shown to people.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace touchstone::fuzz {

enum class Action : std::uint8_t {
  load,
  store,
  exchange,
  compare_exchange,
  failed_compare_exchange,
  modify,
  lock,
  unlock,
  wait,
  wait_until,
  wake_up,
  spurious_wake_up,
  time_out,
  notify_one,
  notify_all,
  look,
  start_thread,
  join,
  detach,
  finish,
  send,
  receive,
  end_sending,
  close,
  poll,
  wake_poller,
  start_process,
  signal,
  reap,
  end_process,
  die,
  lack,
  note,
};

/// A line of a source file. Taken as a default argument it is the line of the call.
struct Place {
  const char* file = nullptr;
  int line = 0;

  [[nodiscard]] static constexpr Place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

[[nodiscard]] const char* action_name(Action action);
[[nodiscard]] std::string to_string(const Place& place);  // file:line

struct Event {
  const void* object;  // of a note: its text
  Place place;
  std::uint64_t value;  // what was read or written, or the number of the thread that was meant
  Action action;
  std::uint8_t thread;
  bool has_value;
};

/// The events of one schedule. Its memory is had beforehand: it grows within schedules.
class Trace {
 public:
  static constexpr std::size_t capacity = 1 << 16;

  Trace() { events_.reserve(capacity); }

  void clear() { events_.clear(); }
  [[nodiscard]] bool full() const { return events_.size() == capacity; }
  void add(const Event& event) { events_.push_back(event); }
  [[nodiscard]] Event& last() { return events_.back(); }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }

  /// Equal for equal schedules.
  [[nodiscard]] std::uint64_t fingerprint() const;

  /// A column a thread, a row an operation; at the right the line of the source.
  [[nodiscard]] std::string table(const std::vector<std::string>& thread_names) const;

 private:
  std::vector<Event> events_;
};

}  // namespace touchstone::fuzz
