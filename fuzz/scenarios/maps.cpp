// map: results in order, and a buffered one that outlives its executor.

#include <concurrent/futures.hpp>
#include <memory>
#include <optional>
#include <scenario.hpp>
#include <scheduler.hpp>
#include <stdexcept>
#include <vector>

namespace touchstone::fuzz {
namespace {

using namespace concurrent::futures;

ThreadPoolOptions pool_of_two() { return {.max_workers = 2, .thread_name_prefix = "pool"}; }

void map_in_order() {
  ThreadPoolExecutor pool(pool_of_two());
  int expected = 0;
  for (const int result : pool.map([](int number) { return 2 * number; }, std::vector<int>{0, 1, 2})) {
    check(result == 2 * expected++, "results come in the order of the inputs");
  }
  check(expected == 3, "and all of them");
}

void buffered_map_against_destruction() {
  int submitted = 0;
  auto pool = std::make_optional<ThreadPoolExecutor>(pool_of_two());
  auto results = pool->map(
      {.buffersize = 1}, [&](int number) { return number; }, std::vector<int>{0, 1, 2});
  sync::Thread reader([&] {
    try {
      while (const auto result = results.next()) check(*result == submitted++, "results come in order");
      check(submitted == 3, "without an error, all of them");
    } catch (const ShutdownError&) {
      check(submitted > 0, "what was submitted before the end is handed out");
    }
  });
  pool.reset();
  reader.join();
}

void map_that_fails() {
  sync::Atomic<int> runs{0};
  ThreadPoolExecutor pool(pool_of_two());
  auto results = pool.map(
      [&](int number) {
        if (number == 0) throw std::runtime_error("of the call");
        return runs.fetch_add(1);
      },
      std::vector<int>{0, 1, 2});
  try {
    (void)results.next();
    check(false, "the first call throws");
  } catch (const std::runtime_error&) {
  }
  check(!results.next().has_value(), "an exception ends the results");
}

}  // namespace

std::vector<Scenario> map_scenarios() {
  return {
      {"map_in_order", "results come in the order of the inputs", map_in_order},
      {"buffered_map_against_destruction", "a buffered map is read while its executor is destroyed",
       buffered_map_against_destruction},
      {"map_that_fails", "an exception cancels what has not started", map_that_fails},
  };
}

}  // namespace touchstone::fuzz
