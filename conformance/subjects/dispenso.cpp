// dispenso's ThreadPool and Future. Whoever waits for a Future whose task has not started runs the
// task itself.

#include <dispenso/future.h>
#include <dispenso/platform.h>
#include <dispenso/thread_pool.h>

#include <array>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <touchstone/adapter.hpp>
#include <utility>

struct Dispenso {
  static constexpr auto name = "dispenso ThreadPool";
  static auto version() {
    return std::to_string(DISPENSO_MAJOR_VERSION) + "." + std::to_string(DISPENSO_MINOR_VERSION) + "." +
           std::to_string(DISPENSO_PATCH_VERSION);
  }
  static constexpr std::array capabilities = {"destruction.runs_all", "callable.move_only", "callable.mutable"};

  static auto make(const touchstone::Configuration& c) {
    return std::make_unique<dispenso::ThreadPool>(static_cast<std::size_t>(*c.max_workers));
  }
  static auto submit(dispenso::ThreadPool& pool, touchstone::Task task) {
    return dispenso::async(pool, std::launch::async, std::move(task));
  }
};

TOUCHSTONE_SUBJECT(Dispenso);
