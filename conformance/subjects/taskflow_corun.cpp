// Taskflow's Executor::async, waiting with corun_until: a worker that waits runs other tasks
// meanwhile, as the documentation tells nested tasks to wait.

#include <array>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <taskflow/taskflow.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

struct TaskflowHandle {
  tf::Executor* executor;
  std::future<touchstone::Value> future;

  bool done() const { return future.wait_for(std::chrono::seconds::zero()) == std::future_status::ready; }

  touchstone::Value get() {
    if (executor->this_worker_id() >= 0) {  // -1 on threads that are none of its workers
      executor->corun_until([this] { return done(); });
    }
    return future.get();
  }
};

struct TaskflowCorun {
  static constexpr auto name = "Taskflow corun_until";
  static constexpr auto home = "https://taskflow.github.io";
  static constexpr auto version = tf::version();
  static constexpr std::array capabilities = {"workers.limit", "workers.threads", "destruction.runs_all",
                                              "callable.move_only", "callable.mutable"};

  static auto make(const touchstone::Configuration& c) {
    return c.max_workers ? std::make_unique<tf::Executor>(static_cast<std::size_t>(*c.max_workers))
                         : std::make_unique<tf::Executor>();
  }
  static auto submit(tf::Executor& executor, touchstone::Task task) {
    return TaskflowHandle{&executor, executor.async(std::move(task))};
  }
  static int max_workers(tf::Executor& executor) { return static_cast<int>(executor.num_workers()); }
};

TOUCHSTONE_SUBJECT(TaskflowCorun);
