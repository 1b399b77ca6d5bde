// map over processes: chunks, results in order, and how a map ends.

#include <numeric>
#include <process_calls.hpp>
#include <scenario.hpp>
#include <stdexcept>
#include <vector>

namespace touchstone::fuzz {
namespace {

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

MapOptions some_chunks() {
  MapOptions options;
  options.chunksize = 1 + static_cast<int>(choose(3));
  return options;
}

/// Returns how many results came, in order, until the end of them or of their pool.
int read(auto& results, bool& is_broken) {
  int count = 0;
  try {
    while (const auto result = results.next()) check(*result == count++, "results come in the order of the inputs");
  } catch (const BrokenProcessPool&) {
    is_broken = true;
  }
  return count;
}

void check_runs(int elements) {
  for (int i = 0; i < elements; ++i) check(done.runs[static_cast<std::size_t>(i)].load() <= 1, "no element runs twice");
}

void process_map_in_order() {
  Machine machine;
  const int elements = 5;
  {
    ProcessPoolExecutor pool({.max_workers = 2, .max_tasks_per_child = choose(2) == 1 ? Count(2) : Count()});
    auto results = pool.map(some_chunks(), portable<&count>(), numbers(elements));
    bool is_broken = false;
    check(read(results, is_broken) == elements && !is_broken, "there are all results");
  }
  check_runs(elements);
  check(done.begun.load() == elements, "every element runs");
}

void process_map_and_death() {
  Machine machine({.deaths = 1 + static_cast<int>(choose(2))});
  const int elements = 5;
  bool is_broken = false;
  int count_of_results = 0;
  {
    ProcessPoolExecutor pool(2);
    try {
      auto results = pool.map(some_chunks(), portable<&count>(), numbers(elements));
      count_of_results = read(results, is_broken);
    } catch (const BrokenProcessPool&) {
      is_broken = true;
    }
  }
  check(!is_broken || machine.deaths() > 0, "a pool breaks only when a child dies");
  check(is_broken || count_of_results == elements, "without an error, there are all results");
  check_runs(elements);
}

void process_map_abandoned() {
  Machine machine({.deaths = static_cast<int>(choose(2))});
  const int elements = 5;
  {
    ProcessPoolExecutor pool(1 + static_cast<int>(choose(2)));
    try {
      auto results = pool.map(some_chunks(), portable<&count>(), numbers(elements));
      if (choose(2) == 1) check(results.next() == 0, "the first result");
    } catch (const BrokenProcessPool&) {
    }
    switch (choose(4)) {
      case 0:
        pool.shutdown({.wait = choose(2) == 1, .cancel_futures = choose(2) == 1});
        break;
      case 1:
        pool.kill_workers();
        break;
      default:
        break;
    }
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  check_runs(elements);
}

int count_or_throw(int element) {
  if (element == 2) throw std::runtime_error("of the call");
  return count(element);
}

void process_map_that_fails() {
  Machine machine;
  {
    ProcessPoolExecutor pool(2);
    const MapOptions options = some_chunks();
    auto results = pool.map(options, portable<&count_or_throw>(), numbers(4));
    const auto of_failing_chunk = static_cast<int>(2 / options.chunksize * options.chunksize);
    for (int i = 0; i < of_failing_chunk; ++i) check(results.next() == i, "chunks before the failing one arrive");
    try {
      (void)results.next();
      check(false, "a chunk fails as a whole");
    } catch (const std::runtime_error&) {
    }
    check(!results.next().has_value(), "an exception ends the results");
  }
  check_runs(4);
}

void process_map_against_shutdown() {
  Machine machine;
  const ShutdownOptions options{.wait = choose(2) == 1, .cancel_futures = choose(2) == 1};
  const int elements = 4;
  bool is_refused = false;
  bool is_cancelled = false;
  {
    ProcessPoolExecutor pool(2);
    sync::Thread client([&] { pool.shutdown(options); });
    try {
      auto results = pool.map(some_chunks(), portable<&count>(), numbers(elements));
      bool is_broken = false;
      check(read(results, is_broken) == elements && !is_broken, "a map that is not cancelled has all results");
    } catch (const ShutdownError&) {
      is_refused = true;
    } catch (const CancelledError&) {
      is_cancelled = true;
    }
    client.join();
  }
  check(options.cancel_futures || !is_cancelled, "only who asks for it has calls cancelled");
  check(is_refused || is_cancelled || done.begun.load() == elements, "what was accepted runs");
  check_runs(elements);
}

}  // namespace

std::vector<Scenario> process_map_scenarios() {
  return {
      {"process_map_in_order", "chunks go to several children", process_map_in_order},
      {"process_map_and_death", "children die while somebody maps", process_map_and_death},
      {"process_map_abandoned", "a map is abandoned while children run it", process_map_abandoned},
      {"process_map_that_fails", "an element of a chunk throws", process_map_that_fails},
      {"process_map_against_shutdown", "a pool is shut down while somebody maps", process_map_against_shutdown},
  };
}

}  // namespace touchstone::fuzz
