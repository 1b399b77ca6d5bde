// oneTBB as its documentation wants nested work done: what a task submits goes into a task_group, and
// the worker that waits for it runs tasks meanwhile. What others submit is enqueued, as in tbb.cpp.

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <tbb/version.h>

#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
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

/// The pool whose task this thread is running, if any.
thread_local const TbbPool* current_pool = nullptr;

/// The future of a task, and the group of one task with which a worker can wait for it.
class TbbHandle {
 public:
  explicit TbbHandle(std::future<touchstone::Value> future) : future_(std::move(future)) {}
  TbbHandle(TbbHandle&&) = default;
  TbbHandle& operator=(TbbHandle&&) = delete;
  ~TbbHandle() { finish_group(); }  // the library demands it

  void run_in_group(const std::function<void()>& work) {
    group_ = std::make_unique<tbb::task_group>();
    group_->run(work);
  }

  touchstone::Value get() {
    finish_group();
    return future_.get();
  }
  [[nodiscard]] std::future_status wait_for(std::chrono::nanoseconds limit) const { return future_.wait_for(limit); }

 private:
  void finish_group() {
    if (group_) group_->wait();
  }

  std::future<touchstone::Value> future_;
  std::unique_ptr<tbb::task_group> group_;
};

struct TbbTaskGroup {
  static constexpr auto name = "oneTBB task_group::wait";
  static constexpr auto home = "https://github.com/uxlfoundation/oneTBB";
  static auto version() { return TBB_runtime_version(); }
  static constexpr std::array capabilities = {"workers.limit", "workers.threads", "callable.move_only"};

  static auto make(const touchstone::Configuration& c) { return std::make_unique<TbbPool>(*c.max_workers); }
  static auto submit(TbbPool& pool, touchstone::Task task) {
    const auto call = std::make_shared<PromisedTask>(std::move(task));
    TbbHandle handle(call->future());
    const auto work = [&pool, call] {
      const TbbPool* const outer = std::exchange(current_pool, &pool);
      (*call)();
      current_pool = outer;
    };
    if (current_pool == &pool) {
      handle.run_in_group(work);
    } else {
      pool.arena.enqueue(work);
    }
    return handle;
  }
};

TOUCHSTONE_SUBJECT(TbbTaskGroup);
