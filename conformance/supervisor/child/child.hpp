// Child: the process in which one test runs.
//
// It is forked from the supervisor, which has a single thread, and is thereby cheap; or it executes this
// program afresh, where a failure is to be confirmed, or where the supervisor has more threads than its own.
// Either way it dies with the supervisor, hands its report back through a pipe, and prints into another.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <src/ledger.hpp>
#include <string>
#include <supervisor/child/test_run.hpp>
#include <supervisor/processes/file_descriptor.hpp>
#include <vector>

namespace touchstone::supervisor {

/// What a child is to do.
struct Job {
  const TestCase* test = nullptr;  // null: describe the subject
  std::uint64_t seed = 1;
  double time_scale = 1;
};

enum class Start {
  fork,     // a copy of this process
  execute,  // this program, executed afresh
};

/// What is needed to start children, whichever they are.
struct ChildSetting {
  MakeSubject make_subject = nullptr;
  Ledger* ledger = nullptr;
  std::string program;                // how the program was called: its first argument
  std::vector<int> not_for_children;  // descriptors that are the supervisor's own business
};

/// A running child, as its parent sees it.
struct ChildProcess {
  pid_t process = -1;
  FileDescriptor reports;  // the report comes here
  FileDescriptor output;   // and what the child and its children print
  FileDescriptor handle;   // becomes readable when the child ends; invalid where the system has no such thing
};

/// Starts a child. Throws std::system_error where the system refuses.
[[nodiscard]] ChildProcess start_child(const Job& job, const ChildSetting& setting, Start start);

/// What an executed child was told on its command line.
struct ExecutedChild {
  std::string test;  // empty: describe the subject
  int reports = -1;
  int ledger = -1;
  std::uint64_t seed = 1;
  double time_scale = 1;
};

/// The main function of a child that was executed.
[[noreturn]] void run_executed_child(const ExecutedChild& child, const std::string& program, MakeSubject make_subject);

/// Ends the process without destroying anything: what the subject left running may be using it.
[[noreturn]] void end_process(int code);

/// Whether a fork of this process would leave threads behind that hold locks.
[[nodiscard]] bool has_other_threads();

/// Only what the child needs to know when a test of the suite is looked up by its name; null if there is none.
[[nodiscard]] const TestCase* find_test(std::string_view name);

}  // namespace touchstone::supervisor
