// QtConcurrent::run on a QThreadPool. Whoever waits for a QFuture whose task has not started runs
// the task itself.

#include <QtConcurrent/qtconcurrentrun.h>

#include <array>
#include <subjects/qt_future.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

struct QtRun {
  static constexpr auto name = "QtConcurrent::run";
  static auto version() { return qVersion(); }
  static constexpr std::array capabilities = {"order.fifo", "destruction.runs_all", "callable.move_only",
                                              "callable.mutable"};

  static auto make(const touchstone::Configuration& c) { return make_qt_pool(c); }
  static auto submit(QThreadPool& pool, touchstone::Task task) { return QtConcurrent::run(&pool, std::move(task)); }
  static int max_workers(QThreadPool& pool) { return pool.maxThreadCount(); }
};

TOUCHSTONE_SUBJECT(QtRun);
