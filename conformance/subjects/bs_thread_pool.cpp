// Barak Shoshany's BS::thread_pool.

#include <BS_thread_pool.hpp>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <touchstone/adapter.hpp>
#include <utility>

struct BsThreadPool {
  static constexpr auto name = "BS::thread_pool";
  static constexpr auto home = "https://github.com/bshoshany/thread-pool";
  static auto version() {
    return std::to_string(BS_THREAD_POOL_VERSION_MAJOR) + "." + std::to_string(BS_THREAD_POOL_VERSION_MINOR) + "." +
           std::to_string(BS_THREAD_POOL_VERSION_PATCH);
  }
  static constexpr std::array capabilities = {"order.fifo",          "workers.limit",        "workers.threads",
                                              "workers.initializer", "destruction.runs_all", "callable.move_only",
                                              "callable.mutable"};

  static auto make(const touchstone::Configuration& c) {
    const auto workers = static_cast<std::size_t>(c.max_workers.value_or(0));  // 0: as many as processors
    return std::make_unique<BS::thread_pool<>>(workers, [initializer = std::function<void()>(c.initializer)] {
      if (initializer) initializer();
    });
  }
  static auto submit(BS::thread_pool<>& pool, touchstone::Task task) { return pool.submit_task(std::move(task)); }
  static int max_workers(BS::thread_pool<>& pool) { return static_cast<int>(pool.get_thread_count()); }
};

TOUCHSTONE_SUBJECT(BsThreadPool);
