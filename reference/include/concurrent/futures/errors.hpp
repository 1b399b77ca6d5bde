// What the library throws (EXC-*). Python's names where Python has one.

#pragma once

#include <concurrent/futures/detail/sync.hpp>
#include <exception>
#include <stdexcept>
#include <string>

CONCURRENT_FUTURES_BEGIN

/// Base of all errors of this library (EXC-005).
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The call was cancelled, so there is neither a result nor an exception (EXC-001).
class CancelledError : public Error {
 public:
  CancelledError() : Error("the call was cancelled") {}
};

/// A wait ended because its time was up. What was waited for goes on (EXC-002).
class TimeoutError : public Error {
 public:
  TimeoutError() : Error("the time is up") {}
  using Error::Error;
};

/// A future was asked to do what its state does not allow, such as to finish twice (EXC-004).
class InvalidStateError : public Error {
 public:
  using Error::Error;
};

/// submit was called after shutdown (SUB-006).
class ShutdownError : public Error {
 public:
  ShutdownError() : Error("cannot schedule new futures after shutdown") {}
};

/// A wait inside a worker that could never end was refused (DLK-*; Python would hang: DIFF-46).
class DeadlockError : public Error {
 public:
  using Error::Error;
};

/// The executor cannot run calls any more (EXC-003).
class BrokenExecutor : public Error {
 public:
  using Error::Error;
};

/// An initializer failed, so the pool has workers that are not as they should be (TPE-014, TPE-028).
class BrokenThreadPool : public BrokenExecutor {
 public:
  using BrokenExecutor::BrokenExecutor;
};

namespace detail {

/// An error for a future, or, where there is no memory for it, what was thrown instead.
template <typename Error>
[[nodiscard]] std::exception_ptr error_of(const char* text) noexcept {
  try {
    return std::make_exception_ptr(Error(text));
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace detail

CONCURRENT_FUTURES_END
