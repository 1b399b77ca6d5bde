#include <concurrent/futures/errors.hpp>

CONCURRENT_FUTURES_BEGIN

const char* Error::what() const noexcept { return std::runtime_error::what(); }
const char* CancelledError::what() const noexcept { return Error::what(); }
const char* TimeoutError::what() const noexcept { return Error::what(); }
const char* InvalidStateError::what() const noexcept { return Error::what(); }
const char* ShutdownError::what() const noexcept { return Error::what(); }
const char* DeadlockError::what() const noexcept { return Error::what(); }
const char* BrokenExecutor::what() const noexcept { return Error::what(); }
const char* BrokenThreadPool::what() const noexcept { return BrokenExecutor::what(); }
const char* BrokenProcessPool::what() const noexcept { return BrokenExecutor::what(); }
const char* RemoteError::what() const noexcept { return Error::what(); }
const char* TransportError::what() const noexcept { return Error::what(); }

CONCURRENT_FUTURES_END
