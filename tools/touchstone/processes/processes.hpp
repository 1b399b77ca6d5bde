// Processes: starts child processes, hands out what they print line by line, and leaves none behind.
//
// Everything happens on the thread that calls wait(): one loop over poll and a signalfd, no threads, so that a
// child's parent-death signal means the death of this process. This process becomes a child subreaper:
// whatever a child leaves behind becomes ours, and is killed as soon as the child has ended.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace touchstone::tool {

/// How a child process ended.
struct Ending {
  std::string not_started;  // why it could not be started, or empty
  std::optional<int> exit_code;
  std::optional<int> signal;
  bool silent = false;     // we ended it, because it printed nothing for too long
  bool stopped = false;    // we ended it, because everything was to stop
  std::string error_text;  // the end of what it wrote to stderr
  double seconds = 0;

  /// "exited with code 3", "was killed by signal 11 (Segmentation fault)", ...
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool is_success() const { return not_started.empty() && exit_code == 0; }
};

struct Command {
  std::string program;
  std::vector<std::string> arguments;
  std::string directory;     // where it runs; empty: here
  std::string input;         // what it can read on stdin
  bool runner_pipe = false;  // adds `--runner-pipe FD`; at its end-of-file a subject kills its descendants and ends
  std::optional<int> cpu;    // runs on this core only
  std::chrono::milliseconds silence{0};  // ended if it prints nothing for so long; 0: no limit
  std::function<void(const std::string& line)> on_line;
  std::function<void(const Ending& ending)> on_end;
};

class Processes {
 public:
  Processes();
  ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  /// Starts a program. Its callbacks are called from wait(), also where it could not be started.
  void start(Command command);

  /// Forks a child that runs `body` and never returns. Killed at the end, or by kill_companions().
  void start_companion(const std::function<void()>& body);
  void kill_companions();

  /// Runs what is ready, or waits for it for at most `limit`.
  void wait(std::chrono::milliseconds limit);

  /// How many programs have not ended.
  [[nodiscard]] std::size_t running() const { return children_.size(); }

  /// Whether SIGINT, SIGTERM or SIGHUP came.
  [[nodiscard]] bool interrupted() const { return interrupted_; }

  /// Ends all programs, gently first, and everything that they left. A second interruption ends the gentleness.
  void stop_all();

 private:
  struct Child;

  bool spawn(Child& child);
  void read_signals();
  void feed(Child& child);
  void read_output(Child& child);
  void read_errors(Child& child);
  void reap(Child& child);
  void finish(Child& child);
  void check_clock(Child& child);
  void kill_strays();

  std::list<std::unique_ptr<Child>> children_;
  std::set<pid_t> companions_;
  int signals_ = -1;
  bool interrupted_ = false;
  int interruptions_ = 0;
};

/// The path of a program, looked up in PATH where its name has no slash.
[[nodiscard]] std::string find_program(const std::string& name);

/// Runs one program to its end, and returns how it ended and what it printed.
struct Printed {
  Ending ending;
  std::vector<std::string> lines;
};
[[nodiscard]] Printed run_program(Processes& processes, Command command);

}  // namespace touchstone::tool
