// The reference: concurrent::futures::ThreadPoolExecutor. It can do all that threads can.

#include <array>
#include <concurrent/futures/thread_pool_executor.hpp>
#include <memory>
#include <subjects/reference.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

struct Reference : ReferenceAdapter<cf::ThreadPoolExecutor> {
  static constexpr auto name = "concurrent::futures ThreadPoolExecutor";
  static constexpr std::array capabilities = {
      "destruction.runs_all", "order.fifo",   "workers.limit",      "workers.threads",
      "workers.validated",    "workers.lazy", "workers.names",      "workers.initializer",
      "workers.exit",         "interface",    "deadlock.detection", "callable.move_only",
      "callable.mutable",     "fork"};

  static auto make(const touchstone::Configuration& c) {
    return std::make_unique<Pool>(
        cf::ThreadPoolOptions{.max_workers = c.max_workers,
                              .thread_name_prefix = c.thread_name_prefix,
                              .initializer = c.initializer,
                              .on_deadlock = c.detect_deadlocks ? cf::OnDeadlock::raise : cf::OnDeadlock::wait});
  }

  template <typename F, typename... Arguments>
  static auto submit(Pool& pool, F&& callable, Arguments&&... arguments) {
    return pool.submit(std::forward<F>(callable), std::forward<Arguments>(arguments)...);
  }
};

TOUCHSTONE_SUBJECT(Reference);
