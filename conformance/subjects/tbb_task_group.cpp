// oneTBB's task_group in a task_arena: a task is waited for by a thread that joins the arena and
// runs tasks meanwhile, as the documentation tells nested tasks to wait.

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <tbb/version.h>

#include <array>
#include <memory>
#include <string>
#include <touchstone/adapter.hpp>
#include <utility>

/// One slot more than workers: for the thread that waits. And on a small machine the library would
/// make fewer threads than that.
struct TbbArena : std::enable_shared_from_this<TbbArena> {
  explicit TbbArena(int workers)
      : threads(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(workers) + 1),
        arena(workers + 1, 1) {}

  tbb::global_control threads;
  tbb::task_arena arena;
};

/// One task in a group of its own, with a slot for its value. A task_group must have been waited
/// for before it is destroyed, so dropping the handle waits.
class TbbHandle {
 public:
  TbbHandle(std::shared_ptr<TbbArena> arena, touchstone::Task task) : call_(std::make_unique<Call>()) {
    call_->arena = std::move(arena);
    Call* call = call_.get();
    call->arena->arena.execute([&] { call->group.run([call, task] { call->value = task(); }); });
  }
  TbbHandle(TbbHandle&&) = default;
  TbbHandle& operator=(TbbHandle&&) = delete;
  ~TbbHandle() {
    try {
      if (call_) wait();
    } catch (...) {
      // Nobody is left to hear of it.
    }
  }

  touchstone::Value get() {
    wait();
    return call_->value;
  }

 private:
  struct Call {
    std::shared_ptr<TbbArena> arena;
    tbb::task_group group;
    touchstone::Value value;
  };

  void wait() {
    call_->arena->arena.execute([&] { call_->group.wait(); });
  }

  std::unique_ptr<Call> call_;
};

struct TbbTaskGroup {
  static constexpr auto name = "oneTBB task_group::wait";
  static auto version() { return TBB_runtime_version(); }
  static constexpr std::array capabilities = {"callable.move_only"};

  static auto make(const touchstone::Configuration& c) { return std::make_shared<TbbArena>(*c.max_workers); }
  static auto submit(TbbArena& arena, touchstone::Task task) {
    return TbbHandle(arena.shared_from_this(), std::move(task));
  }
};

TOUCHSTONE_SUBJECT(TbbTaskGroup);
