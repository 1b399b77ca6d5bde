// dispenso's ThreadPool and Future. A task that waits for a task which it submitted itself, and which
// has not started, runs it in its own place, as the library does by default. Waiting elsewhere blocks.
// A callback is a continuation that runs where its future is completed.

#include <dispenso/future.h>
#include <dispenso/platform.h>
#include <dispenso/schedulable.h>
#include <dispenso/thread_pool.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <touchstone/adapter.hpp>
#include <utility>

template <>
struct touchstone::future_traits<dispenso::Future<touchstone::Value>> {
  using F = dispenso::Future<touchstone::Value>;

  static touchstone::Value result(const F& future) { return future.get(); }
  static bool wait_for(const F& future, std::chrono::nanoseconds limit) {
    return future.wait_for(limit) == std::future_status::ready;
  }
  static bool done(const F& future) { return future.is_ready(); }
  static void add_done_callback(F& future, std::function<void(F)> callback) {
    (void)future.then(std::move(callback), dispenso::kImmediateInvoker);
  }
  static constexpr bool shared = true;
};

/// The pool whose task this thread is running, if any.
thread_local const dispenso::ThreadPool* current_pool = nullptr;

struct Dispenso {
  static constexpr auto name = "dispenso ThreadPool";
  static constexpr auto home = "https://github.com/facebookincubator/dispenso";
  static auto version() {
    return std::to_string(DISPENSO_MAJOR_VERSION) + "." + std::to_string(DISPENSO_MINOR_VERSION) + "." +
           std::to_string(DISPENSO_PATCH_VERSION);
  }
  static constexpr std::array capabilities = {"workers.limit", "destruction.runs_all", "callable.move_only",
                                              "callable.mutable"};

  static auto make(const touchstone::Configuration& c) {
    return std::make_unique<dispenso::ThreadPool>(static_cast<std::size_t>(*c.max_workers));
  }
  static auto submit(dispenso::ThreadPool& pool, touchstone::Task task) {
    auto work = [&pool, task = std::move(task)] {
      const Restore restore{std::exchange(current_pool, &pool)};
      return task();
    };
    const auto deferred = current_pool == &pool ? std::launch::deferred : dispenso::kNotDeferred;
    return dispenso::Future<touchstone::Value>(std::move(work), pool, std::launch::async, deferred);
  }

 private:
  struct Restore {
    const dispenso::ThreadPool* outer;
    ~Restore() { current_pool = outer; }
  };
};

TOUCHSTONE_SUBJECT(Dispenso);
