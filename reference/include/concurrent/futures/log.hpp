// Where the library reports what it cannot throw: a callback's exception, an initializer's failure.

#pragma once

#include <concurrent/futures/detail/sync.hpp>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

CONCURRENT_FUTURES_BEGIN

enum class Severity { warning, error, critical };

struct LogRecord {
  Severity severity;
  std::string message;
  std::exception_ptr exception;  // what was thrown, or null
};

using LogHandler = std::function<void(const LogRecord&)>;

/// Replaces the handler that gets every record, and returns the one before. An empty function
/// restores the default, which writes a line to standard error.
///
/// The handler is called on whichever thread had something to report, possibly on several at once,
/// with no lock of the library held. What it throws is dropped (CBK-010).
/// Thread safety: may be called at any time. A call of the old handler may still be under way.
LogHandler set_log_handler(LogHandler handler);

/// The text of an exception: what() of a std::exception, if it has one, else the name of its type. Behind it, in
/// parentheses, that of an exception which is nested in it: where a call in another process threw it, for one.
[[nodiscard]] std::string describe(const std::exception_ptr& exception);

namespace detail {
/// Gives the record to the handler.
void log(Severity severity, std::string_view message, std::exception_ptr exception);
}  // namespace detail

CONCURRENT_FUTURES_END
