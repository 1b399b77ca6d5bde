// An executor of this process that takes scripts only, as one of other processes does: what it gets goes through the
// form in which it would travel, and closures are refused. A test that uses one must say that it needs "closures".

#include <array>
#include <concurrent/futures/thread_pool_executor.hpp>
#include <memory>
#include <subjects/reference.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

template <typename T>
T travelled(const T& given) {
  return T::decode(given.encode());
}

struct ScriptsOnly : ReferenceAdapter<cf::ThreadPoolExecutor> {
  static constexpr auto name = "exotic: takes scripts only";
  static constexpr std::array capabilities = {
      "destruction.runs_all", "order.fifo",          "workers.limit", "workers.threads", "workers.validated",
      "workers.lazy",         "workers.initializer", "workers.names", "interface",       "deadlock.detection"};
  static constexpr std::array without = {"closures"};

  static auto make(const touchstone::Configuration& c) {
    cf::ThreadPoolOptions options{.max_workers = c.max_workers, .thread_name_prefix = c.thread_name_prefix};
    if (const auto& function = c.initializer.function()) {
      options.initializer = [function = travelled(*function)] { function({}); };
    }
    return std::make_unique<Pool>(std::move(options));
  }

  static auto submit(Pool& pool, const touchstone::Task& task) { return pool.submit(travelled(task)); }

  static auto map(Pool& pool, touchstone::MapOptions options, const Function& function, std::vector<Source> inputs) {
    return ReferenceAdapter::map(pool, options, travelled(function), std::move(inputs));
  }
};

TOUCHSTONE_SUBJECT(ScriptsOnly);
