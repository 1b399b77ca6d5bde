// QtConcurrent::run and QtConcurrent::mapped on a QThreadPool. Whoever waits for a QFuture whose task
// has not started runs the task itself.

#include <QtConcurrent/qtconcurrentmap.h>
#include <QtConcurrent/qtconcurrentrun.h>
#include <QtCore/qlist.h>

#include <array>
#include <exception>
#include <optional>
#include <subjects/qt_future.hpp>
#include <touchstone/adapter.hpp>
#include <utility>
#include <vector>

/// The results of QtConcurrent::mapped, one after the other.
struct QtResults {
  QFuture<touchstone::Value> future;
  int size = 0;
  int position = 0;

  std::optional<touchstone::Value> next() {
    if (position == size) return std::nullopt;
    try {
      return future.resultAt(position++);
    } catch (const QUnhandledException& wrapped) {
      std::rethrow_exception(wrapped.exception());
    }
  }
};

struct QtRun {
  static constexpr auto name = "QtConcurrent::run";
  static constexpr auto home = "https://doc.qt.io/qt-6/qthreadpool.html";
  static auto version() { return qVersion(); }
  static constexpr std::array capabilities = {"order.fifo", "destruction.runs_all", "callable.move_only",
                                              "callable.mutable"};

  static auto make(const touchstone::Configuration& c) { return make_qt_pool(c); }
  static auto submit(QThreadPool& pool, touchstone::Task task) { return QtConcurrent::run(&pool, std::move(task)); }
  static QtResults map(QThreadPool& pool, touchstone::Function function, std::vector<touchstone::Source> inputs) {
    QList<std::vector<touchstone::Value>> rows;
    for (auto row = take_row(inputs); !row.empty(); row = take_row(inputs)) rows.append(std::move(row));
    const auto size = static_cast<int>(rows.size());
    return {.future = QtConcurrent::mapped(&pool, std::move(rows), std::move(function)), .size = size};
  }
  static int max_workers(QThreadPool& pool) { return pool.maxThreadCount(); }

 private:
  /// An element of each input, or nothing where one has ended.
  static std::vector<touchstone::Value> take_row(std::vector<touchstone::Source>& inputs) {
    std::vector<touchstone::Value> row;
    for (touchstone::Source& input : inputs) {
      std::optional<touchstone::Value> element = input();
      if (!element) return {};
      row.push_back(*std::move(element));
    }
    return row;
  }
};

TOUCHSTONE_SUBJECT(QtRun);
