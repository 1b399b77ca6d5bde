// What the tests of process pools share: the start methods, what children run, and what both processes can see.

#pragma once

#include <gtest/gtest.h>

#include <concurrent/futures/errors.hpp>
#include <concurrent/futures/future.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace concurrent::futures {

// --- Start methods --------------------------------------------------------------------------------

// ThreadSanitizer has a thread of its own in every process, beside which a pool does not fork.
#if defined(__SANITIZE_THREAD__)
inline const std::vector start_methods{StartMethod::spawn, StartMethod::forkserver};
#else
inline const std::vector start_methods{StartMethod::spawn, StartMethod::forkserver, StartMethod::fork};
#endif

// By which a child can be replaced.
inline const std::vector replacing_methods{StartMethod::spawn, StartMethod::forkserver};

[[nodiscard]] std::string_view name_of(StartMethod method);

/// Tests with each start method. A suite of its own for each file: derive from it, and name that in
/// CONCURRENT_FUTURES_FOR_EACH_START_METHOD.
class ForEachStartMethod : public testing::TestWithParam<StartMethod> {
 protected:
  /// The thread of a pool that was destroyed by a callback may still be ending; beside it nobody can fork.
  void SetUp() override;

  static ProcessPoolOptions options(std::ptrdiff_t max_workers) {
    return {.max_workers = max_workers, .start_method = GetParam()};
  }
};

#define CONCURRENT_FUTURES_FOR_EACH_START_METHOD(Suite)                   \
  INSTANTIATE_TEST_SUITE_P(Each, Suite, testing::ValuesIn(start_methods), \
                           [](const auto& method) { return std::string(name_of(method.param)); })
#define CONCURRENT_FUTURES_FOR_EACH_REPLACING_METHOD(Suite)                   \
  INSTANTIATE_TEST_SUITE_P(Each, Suite, testing::ValuesIn(replacing_methods), \
                           [](const auto& method) { return std::string(name_of(method.param)); })

/// How often to do what only luck can show: many times where PROCESS_TESTS_LONG is set, and a fifth of what is usual
/// where another program checks this one.
[[nodiscard]] int times(int usually, int if_long);

// --- What children run ----------------------------------------------------------------------------

int twice(int number);
int process_id();
void kill_itself();
void leave(int status);
[[noreturn]] void sleep_for_ever();

/// One that each process makes before main; nobody submits to that of the tests' own process.
ProcessPoolExecutor& pool_of_static_storage();

/// In a child: the number of its end of the channel to its parent.
int socket_of_child();

// --- What parent and child can see ----------------------------------------------------------------

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Holds whoever comes to it in any process, by wait_at(), until it is opened. To be declared after the pool whose
/// children it holds: else that would wait for them.
class Gate {
 public:
  Gate();
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  void open();
  [[nodiscard]] std::string path() const { return folder_.file("gate"); }

 private:
  TemporaryFolder folder_;
  int descriptor_ = -1;
};

/// Waits until the gate is open. Returns the number of the process.
int wait_at(const std::string& gate);

/// Rung in any process, by ring(), and heard by who has it.
class Bell {
 public:
  Bell();
  ~Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  /// Waits until it is rung, once for each time. Returns the number of the process that did it.
  int wait();
  /// Whether it was, and wait() has not told so.
  [[nodiscard]] bool is_rung() const;
  [[nodiscard]] std::string path() const { return folder_.file("bell"); }

 private:
  TemporaryFolder folder_;
  int descriptor_ = -1;
};

void ring(const std::string& bell);

/// Rings, and runs on, also when the process is asked to terminate.
void refuse_to_end(const std::string& bell);

/// Rings, and waits at the gate.
int ring_and_wait_at(const std::string& bell, const std::string& gate);

[[nodiscard]] std::size_t count_descriptors();

/// Whether that process has a child, or a zombie, started by its first thread.
[[nodiscard]] bool has_children(int pid);

/// Whether this process has one, or its fork server, which is ended.
[[nodiscard]] bool has_child();

/// Wait until somebody has stopped that process, or it has ended. It may be no child of this one.
void wait_until_stopped(int pid);
void wait_until_ended(int pid);

// --- A program that is ended ----------------------------------------------------------------------

/// Runs the function in a process that is forked off, as a program of its own; what that leaves behind is ours. Where
/// it returns, the program ends like any other one, with its status.
class Program {
 public:
  explicit Program(const std::function<int()>& main);
  /// Kills it, and what it has left.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] int pid() const { return pid_; }
  void kill(int signal) const;

  /// Waits for its end, and for that of all that it has left. Returns its status, or 1000 and the number of the signal.
  [[nodiscard]] int wait();

 private:
  int pid_ = 0;
};

// --- What is thrown -------------------------------------------------------------------------------

template <typename T>
std::string error_of(const Future<T>& future);

/// What that throws, as text, after the name of its type if that is BrokenProcessPool. If it returns a future, also
/// what that gives: it is looked at while a handle keeps it, for how the standard library counts who uses an exception,
/// no sanitizer sees.
template <typename F>
std::string error_of(F f) {
  try {
    if constexpr (std::is_base_of_v<AnyFuture, std::decay_t<std::invoke_result_t<F>>>) {
      return error_of(f());
    } else {
      f();
      return "nothing was thrown";
    }
  } catch (const BrokenProcessPool& error) {
    return std::string("BrokenProcessPool: ") + error.what();
  } catch (const std::exception& error) {
    return error.what();
  }
}

template <typename T>
std::string error_of(const Future<T>& future) {
  return error_of([&future] { (void)future.result(); });
}

}  // namespace concurrent::futures
