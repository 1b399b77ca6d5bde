// ProgressLine: how far a command is. On a terminal, a line of stderr that is written again and again; elsewhere, a
// line now and then, so that a log shows that something happens and is not flooded.

#pragma once

#include <chrono>
#include <command_line/terminal.hpp>
#include <cstddef>
#include <string>

namespace touchstone::tool {

class ProgressLine {
 public:
  static constexpr std::chrono::milliseconds usual_pause{10000};

  /// `pause`: between two lines, where they are not written again.
  explicit ProgressLine(Terminal terminal, bool quiet = false, std::chrono::milliseconds pause = usual_pause)
      : terminal_(terminal), quiet_(quiet), pause_(pause) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  [[nodiscard]] const Terminal& terminal() const { return terminal_; }

  /// Whether show() would write now: for who must take trouble to make the line.
  [[nodiscard]] bool is_due() const;

  /// The line that changes. Call it often: most calls do nothing.
  void show(const std::string& line);

  /// A line that stays.
  void say(const std::string& line);

  /// Takes the line that changes away, before something else is printed.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  Terminal terminal_;
  bool quiet_;
  std::chrono::milliseconds pause_;
  bool is_drawn_ = false;
  Clock::time_point last_ = Clock::now();
};

/// "", "1 min left", "2.5 h left": how long the rest takes if it goes on as it went.
[[nodiscard]] std::string time_left(std::chrono::duration<double> elapsed, std::size_t done, std::size_t all);

}  // namespace touchstone::tool
