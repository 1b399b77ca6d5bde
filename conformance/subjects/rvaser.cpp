// Robert Vaser's thread_pool: one queue a worker, with stealing.

#include <array>
#include <cstddef>
#include <memory>
#include <thread_pool/thread_pool.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

struct Rvaser {
  static constexpr auto name = "rvaser thread_pool";
  static constexpr auto home = "https://github.com/rvaser/thread_pool";
  static constexpr std::array capabilities = {"workers.limit", "workers.threads", "destruction.runs_all",
                                              "callable.move_only", "callable.mutable"};

  static auto make(const touchstone::Configuration& c) {
    constexpr auto make_pool = [](auto... workers) { return std::make_unique<thread_pool::ThreadPool>(workers...); };
    return c.max_workers ? make_pool(static_cast<std::size_t>(*c.max_workers)) : make_pool();
  }
  static auto submit(thread_pool::ThreadPool& pool, touchstone::Task task) { return pool.Submit(std::move(task)); }
  static int max_workers(thread_pool::ThreadPool& pool) { return static_cast<int>(pool.num_threads()); }
};

TOUCHSTONE_SUBJECT(Rvaser);
