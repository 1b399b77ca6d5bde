// Tests MyPool: the whole of what a user writes.

#include <array>
#include <memory>
#include <my_pool.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

struct MyAdapter {
  static constexpr auto name = "my pool";
  static constexpr std::array capabilities = {"order.fifo", "workers.limit", "workers.threads"};

  static auto make(const touchstone::Configuration& c) { return std::make_unique<MyPool>(*c.max_workers); }
  static auto submit(MyPool& pool, touchstone::Task task) { return pool.enqueue(std::move(task)); }
};
TOUCHSTONE_SUBJECT(MyAdapter);
