// The reference: concurrent::futures::ProcessPoolExecutor, with the start method that the build names.

#include <concurrent/futures/portable.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <cstddef>
#include <memory>
#include <touchstone/bench/process_main.hpp>
#include <utility>
#include <vector>

namespace cf = concurrent::futures;

struct Reference {
  using Pool = cf::ProcessPoolExecutor;

  static constexpr auto name = "ProcessPoolExecutor, " TOUCHSTONE_START_METHOD_NAME;
  static constexpr auto version = "";

  static void before_main(int argc, char** argv) { cf::freeze_support(argc, argv); }

  static std::unique_ptr<Pool> make(int workers) {
    return std::make_unique<Pool>(
        cf::ProcessPoolOptions{.max_workers = workers, .start_method = cf::StartMethod::TOUCHSTONE_START_METHOD});
  }

  template <auto function, typename... Arguments>
  static auto submit(Pool& pool, Arguments&&... arguments) {
    return pool.submit(cf::portable<function>(), std::forward<Arguments>(arguments)...);
  }

  template <typename Future>
  static auto result(Future& future) {
    return std::move(future).result();
  }

  template <auto function>
  static auto map(Pool& pool, const std::vector<long>& numbers, std::size_t chunksize) {
    return pool.map({.chunksize = static_cast<std::ptrdiff_t>(chunksize)}, cf::portable<function>(), numbers);
  }

  static void shutdown(Pool& pool) { pool.shutdown(); }
};
TOUCHSTONE_PROCESS_POOL(Reference);
