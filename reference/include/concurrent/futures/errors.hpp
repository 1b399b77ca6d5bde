// What the library throws (EXC-*). Python's names where Python has one.

#pragma once

#include <concurrent/futures/detail/sync.hpp>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

CONCURRENT_FUTURES_BEGIN

// Each overrides what() with the same, so that the class has a function which is defined in one place: there, and not
// in every file that throws it, the compiler puts its virtual table and its identity.

/// Base of all errors of this library (EXC-005).
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  const char* what() const noexcept override;
};

/// The call was cancelled, so there is neither a result nor an exception (EXC-001).
class CancelledError : public Error {
 public:
  CancelledError() : Error("the call was cancelled") {}
  const char* what() const noexcept override;
};

/// A wait ended because its time was up. What was waited for goes on (EXC-002).
class TimeoutError : public Error {
 public:
  TimeoutError() : Error("the time is up") {}
  using Error::Error;
  const char* what() const noexcept override;
};

/// A future was asked to do what its state does not allow, such as to finish twice (EXC-004).
class InvalidStateError : public Error {
 public:
  using Error::Error;
  const char* what() const noexcept override;
};

/// submit was called after shutdown (SUB-006).
class ShutdownError : public Error {
 public:
  ShutdownError() : Error("cannot schedule new futures after shutdown") {}
  const char* what() const noexcept override;
};

/// A wait inside a worker that could never end was refused (DLK-*; Python would hang: DIFF-46), or a forked child asked
/// for what only its parent could do (TPE-033, TPE-034, DIFF-61).
///
/// It leaves the blocks that it is thrown through while calls which were submitted there may be running: what these use
/// of a block must outlive them. A TaskGroup sees to that.
///
/// The text names the workers that wait for one another, and the futures, as to_string does, with the types of their
/// callables, which of lambdas say where they were written. Whether it is this wait that was refused, or one inside the
/// call that was waited for, which threw this, tells the future: in the second case it is done.
class DeadlockError : public Error {
 public:
  using Error::Error;
  const char* what() const noexcept override;
};

/// The executor cannot run calls any more (EXC-003).
class BrokenExecutor : public Error {
 public:
  using Error::Error;
  const char* what() const noexcept override;
};

/// An initializer failed, so the pool has workers that are not as they should be (TPE-014, TPE-028).
class BrokenThreadPool : public BrokenExecutor {
 public:
  using BrokenExecutor::BrokenExecutor;
  const char* what() const noexcept override;
};

/// A process of a pool has died, could not be prepared or could not be had (PPE-011, PPE-022, PPE-043, PPE-048).
class BrokenProcessPool : public BrokenExecutor {
 public:
  using BrokenExecutor::BrokenExecutor;
  const char* what() const noexcept override;
};

/// What a call in another process threw, where it cannot be rebuilt here as what it was: its text, with its type. Where
/// it can be, this is nested in it (std::rethrow_if_nested) and tells in which process it was thrown (PPE-030,
/// PPE-040).
class RemoteError : public Error {
 public:
  RemoteError(std::string type_name, const std::string& text) : Error(text), type_name_(std::move(type_name)) {}

  /// The type of what was thrown, as its author wrote it.
  [[nodiscard]] const std::string& type_name() const noexcept { return type_name_; }
  const char* what() const noexcept override;

 private:
  std::string type_name_;
};

/// A value could not travel to another process or back: it does not fit what the other side expects, or takes more than
/// is allowed (PPE-025 to PPE-030).
class TransportError : public Error {
 public:
  using Error::Error;
  const char* what() const noexcept override;
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
