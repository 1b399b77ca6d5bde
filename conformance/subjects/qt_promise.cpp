// QThreadPool::start with a QPromise. Whoever waits for its QFuture blocks.

#include <QtCore/qpromise.h>

#include <array>
#include <exception>
#include <memory>
#include <subjects/qt_future.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

struct QtPromise {
  static constexpr auto name = "QThreadPool with QPromise";
  static constexpr auto home = "https://doc.qt.io/qt-6/qpromise.html";
  static auto version() { return qVersion(); }
  static constexpr std::array capabilities = {"order.fifo", "workers.limit", "workers.threads", "destruction.runs_all",
                                              "callable.mutable"};

  static auto make(const touchstone::Configuration& c) { return make_qt_pool(c); }
  static auto submit(QThreadPool& pool, touchstone::Task task) {
    const auto promise = std::make_shared<QPromise<touchstone::Value>>();
    pool.start([promise, task = std::move(task)] {
      promise->start();
      try {
        promise->addResult(task());
      } catch (...) {
        promise->setException(std::current_exception());
      }
      promise->finish();
    });
    return promise->future();
  }
  static int max_workers(QThreadPool& pool) { return pool.maxThreadCount(); }
};

TOUCHSTONE_SUBJECT(QtPromise);
