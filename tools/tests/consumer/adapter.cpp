// Tests MyPool: the whole of what a user writes, but for the last function.

#include <array>
#include <cstdlib>
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

// Not for users: stops whoever runs this program while it is being configured, built or listed.
[[maybe_unused]] static const bool is_allowed_to_run = [] {
  if (std::getenv("CONSUMER_MUST_NOT_RUN") != nullptr) std::abort();
  if (std::getenv("CONSUMER_ENDS_EARLY") != nullptr) std::exit(0);
  return true;
}();
