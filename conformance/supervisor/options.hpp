// Options: the command line of a subject executable.

#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace touchstone::supervisor {

/// What is wrong with the command line, and what to do.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Mode { run, list, describe, help, child };

struct Options {
  Mode mode = Mode::run;
  std::string program;
  std::vector<std::string> tests;  // by exact name; empty: all
  bool selected = false;           // a selection was given, even if it is empty
  bool lines = false;
  bool verbose = false;
  bool strict = false;
  bool here = false;
  bool until_fail = false;
  std::uint64_t seed = 1;
  std::uint64_t repeat = 1;
  bool repeat_given = false;
  std::optional<double> time_scale;
  std::string deviations;
  std::vector<std::string> assumed;  // capabilities that the adapter does not declare
  int runner_pipe = -1;

  // Of a child that this program executes.
  std::string child_test;
  int child_reports = -1;
  int child_ledger = -1;
};

/// Reads a command line. Throws UsageError, also where a file of test names cannot be read.
[[nodiscard]] Options parse_options(int argc, char** argv);

/// The text of --help.
[[nodiscard]] std::string usage(const std::string& program);

}  // namespace touchstone::supervisor
