// What the program and its plug-in know of each other.

#pragma once

#include <concurrent/futures.hpp>
#include <functional>

/// All of these are run in the plug-in.
struct Plugin {
  virtual ~Plugin() = default;

  /// A pool with one worker.
  virtual concurrent::futures::Executor& pool() = 0;

  /// In a worker of the plug-in's pool: waits for a call in the other one.
  virtual int wait_for_call_in(concurrent::futures::Executor& other) = 0;

  /// In the calling thread.
  virtual void shut_down(concurrent::futures::Executor& executor) = 0;

  /// Throws the error of that number.
  virtual void throw_error(int number) = 0;

  /// Which error the function throws, or -1.
  virtual int error_of(const std::function<void()>& throws) = 0;

  /// Logs a record.
  virtual void log() = 0;

  /// Whether a worker of the plug-in's pool that waits for another call of that pool gets DeadlockError.
  virtual bool detects_deadlocks() = 0;
};

/// The plug-in's only symbol: Plugin* make_plugin().
using MakePlugin = Plugin*();

// Both sides do this, so both must be able to.

inline constexpr const char* error_names[] = {"CancelledError", "TimeoutError",  "InvalidStateError",
                                              "ShutdownError",  "DeadlockError", "BrokenThreadPool",
                                              "BrokenExecutor"};
inline constexpr int deadlock_error = 4;

inline void throw_error_number(int number) {
  using namespace concurrent::futures;
  switch (number) {
    case 0:
      throw CancelledError();
    case 1:
      throw TimeoutError();
    case 2:
      throw InvalidStateError("invalid state");
    case 3:
      throw ShutdownError();
    case deadlock_error:
      throw DeadlockError("deadlock");
    case 5:
      throw BrokenThreadPool("broken thread pool");
    default:
      throw BrokenExecutor("broken executor");
  }
}

/// The number of the error that the function throws, or -1.
inline int number_of_error(const std::function<void()>& throws) {
  using namespace concurrent::futures;
  try {
    try {
      throws();
    } catch (const Error&) {
      throw;
    } catch (...) {
      return -1;  // it is none of the library's, so far as this module can see
    }
  } catch (const CancelledError&) {
    return 0;
  } catch (const TimeoutError&) {
    return 1;
  } catch (const InvalidStateError&) {
    return 2;
  } catch (const ShutdownError&) {
    return 3;
  } catch (const DeadlockError&) {
    return deadlock_error;
  } catch (const BrokenThreadPool&) {
    return 5;
  } catch (const BrokenExecutor&) {
    return 6;
  } catch (...) {
  }
  return -1;
}
