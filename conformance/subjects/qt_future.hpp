// What the suite must know about QFuture, and how both Qt subjects make their pool.

#pragma once

#include <QtCore/qexception.h>
#include <QtCore/qfuture.h>
#include <QtCore/qthreadpool.h>

#include <exception>
#include <memory>
#include <touchstone/adapter.hpp>

template <>
struct touchstone::future_traits<QFuture<touchstone::Value>> {
  using F = QFuture<touchstone::Value>;

  static touchstone::Value result(F& future) {
    try {
      future.waitForFinished();  // result() alone does not wait for what has not started
      return future.result();
    } catch (const QUnhandledException& wrapped) {
      std::rethrow_exception(wrapped.exception());
    }
  }
  static bool done(F& future) { return future.isFinished(); }
  static bool running(F& future) { return future.isRunning(); }
  static constexpr bool shared = true;
};

/// Idle threads end after half a minute otherwise, and a wait with a limit keeps hangs from being proved.
inline std::unique_ptr<QThreadPool> make_qt_pool(const touchstone::Configuration& configuration) {
  auto pool = std::make_unique<QThreadPool>();
  if (configuration.max_workers) pool->setMaxThreadCount(*configuration.max_workers);
  pool->setExpiryTimeout(-1);
  return pool;
}
