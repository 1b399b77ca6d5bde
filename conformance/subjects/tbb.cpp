// oneTBB's task_arena with enqueue, which gives nothing to wait for: so with a promise.

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/version.h>

#include <array>
#include <future>
#include <memory>
#include <string>
#include <subjects/promised_task.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

/// On a small machine the library would make fewer threads than the arena has slots.
struct TbbPool {
  explicit TbbPool(int workers)
      : threads(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(workers) + 1),
        arena(workers, 0) {}

  tbb::global_control threads;
  tbb::task_arena arena;
};

struct Tbb {
  static constexpr auto name = "oneTBB task_arena::enqueue";
  static constexpr auto home = "https://github.com/uxlfoundation/oneTBB";
  static auto version() { return TBB_runtime_version(); }
  static constexpr std::array capabilities = {"workers.limit", "workers.threads", "callable.move_only"};

  static auto make(const touchstone::Configuration& c) { return std::make_unique<TbbPool>(*c.max_workers); }
  static auto submit(TbbPool& pool, touchstone::Task task) {
    auto work = std::make_shared<PromisedTask>(std::move(task));
    std::future<touchstone::Value> future = work->future();
    pool.arena.enqueue([work] { (*work)(); });
    return future;
  }
};

TOUCHSTONE_SUBJECT(Tbb);
