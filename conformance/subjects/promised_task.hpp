// A task with a promise: for executors that give nothing to wait for.
//
// Not std::packaged_task, whose future keeps the task and what it holds for as long as it lives: then it would be
// the adapter, and not the executor, that fails SUB-018.

#pragma once

#include <exception>
#include <future>
#include <touchstone/adapter.hpp>
#include <utility>

class PromisedTask {
 public:
  explicit PromisedTask(touchstone::Task task) : task_(std::move(task)) {}

  [[nodiscard]] std::future<touchstone::Value> future() { return promise_.get_future(); }

  void operator()() {
    try {
      promise_.set_value(task_());
    } catch (...) {
      promise_.set_exception(std::current_exception());
    }
  }

 private:
  touchstone::Task task_;
  std::promise<touchstone::Value> promise_;
};
