// Runs a program, and keeps what it said.

#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <supervisor/processes/file_descriptor.hpp>
#include <vector>

namespace touchstone::supervisor {

struct ProgramResult {
  int code = -1;  // exit code, or 128 + signal
  std::string out;
  std::string errors;

  [[nodiscard]] bool says(const std::string& text) const { return out.find(text) != std::string::npos; }
};

using Environment = std::map<std::string, std::string>;

/// A running program; killed with this object.
class RunningProgram {
 public:
  RunningProgram(const std::vector<std::string>& words, const Environment& environment = {});
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  [[nodiscard]] pid_t process() const { return process_; }

  /// Waits until it has ended and its output is closed.
  ProgramResult wait();

 private:
  pid_t process_ = -1;
  Pipe out_;
  Pipe errors_;
};

/// Runs the subject of the fake suite with these options.
[[nodiscard]] ProgramResult run_fake_subject(std::vector<std::string> options, const Environment& environment = {});

}  // namespace touchstone::supervisor
