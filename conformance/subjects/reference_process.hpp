// The reference: concurrent::futures::ProcessPoolExecutor, with one way or another to start its children.

#pragma once

#include <array>
#include <concurrent/futures/process_pool_executor.hpp>
#include <memory>
#include <subjects/reference.hpp>
#include <touchstone/adapter.hpp>
#include <utility>
#include <vector>

inline const auto task_errors_travel = cf::exception_travels<touchstone::TaskError>();
inline const auto data_errors_travel = cf::exception_travels<touchstone::DataError>();

template <cf::StartMethod method>
struct ReferenceProcess : ReferenceAdapter<cf::ProcessPoolExecutor> {
  using Base = ReferenceAdapter<cf::ProcessPoolExecutor>;

  static void before_main(int argc, char** argv) { cf::freeze_support(argc, argv); }

  // The fork server is the program's, not a pool's.
  static void before_test() {
    if constexpr (method == cf::StartMethod::forkserver) Base::Pool({.start_method = method}).submit([] {}).result();
  }

  static auto make(const touchstone::Configuration& c) {
    cf::ProcessPoolOptions options{.max_workers = c.max_workers};
    if (c.choose_start_method) options.start_method = method;
    if (c.max_tasks_per_child) options.max_tasks_per_child = *c.max_tasks_per_child;
    if (const auto& function = c.initializer.function()) {
      options.initializer = cf::portable(*function, std::vector<Value>());
    }
    return std::make_unique<Base::Pool>(std::move(options));
  }

  static void terminate_workers(Base::Pool& pool) { pool.terminate_workers(); }
  static void kill_workers(Base::Pool& pool) { pool.kill_workers(); }

  static auto submit(Base::Pool& pool, touchstone::Task task) { return pool.submit(std::move(task)); }
};
