// Taskflow's Executor::async with std::future.

#include <array>
#include <cstddef>
#include <memory>
#include <taskflow/taskflow.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

struct Taskflow {
  static constexpr auto name = "Taskflow Executor::async";
  static constexpr auto home = "https://taskflow.github.io";
  static constexpr auto version = tf::version();
  static constexpr std::array capabilities = {"workers.limit", "workers.threads", "destruction.runs_all",
                                              "callable.move_only", "callable.mutable"};

  static auto make(const touchstone::Configuration& c) {
    return c.max_workers ? std::make_unique<tf::Executor>(static_cast<std::size_t>(*c.max_workers))
                         : std::make_unique<tf::Executor>();
  }
  static auto submit(tf::Executor& executor, touchstone::Task task) { return executor.async(std::move(task)); }
  static int max_workers(tf::Executor& executor) { return static_cast<int>(executor.num_workers()); }
};

TOUCHSTONE_SUBJECT(Taskflow);
