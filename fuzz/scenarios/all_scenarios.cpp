// The list of all scenarios, and what they share.

#include <concurrent/futures/log.hpp>
#include <iterator>
#include <scenario.hpp>
#include <utility>

namespace touchstone::fuzz {
namespace {

// Begins each schedule with zero, as all of static storage does that belongs to the seam.
concurrent::futures::sync::Atomic<int> records{0};

}  // namespace

std::vector<Scenario> all_scenarios() {
  std::vector<Scenario> all;
  for (auto* topic :
       {&shutdown_scenarios, &callback_scenarios, &waiting_scenarios, &deadlock_scenarios, &initializer_scenarios,
        &promise_scenarios, &map_scenarios, &thread_scenarios, &letting_go_scenarios}) {
    std::vector<Scenario> scenarios = topic();
    std::move(scenarios.begin(), scenarios.end(), std::back_inserter(all));
  }
#ifdef TOUCHSTONE_PROCESSES
  for (auto* topic : {&process_pool_scenarios, &process_death_scenarios, &process_start_scenarios,
                      &process_map_scenarios, &process_anything_scenarios}) {
    std::vector<Scenario> scenarios = topic();
    std::move(scenarios.begin(), scenarios.end(), std::back_inserter(all));
  }
#endif
  return all;
}

void count_log_records() {
  concurrent::futures::set_log_handler([](const concurrent::futures::LogRecord&) { records.fetch_add(1); });
}

int log_records() { return records.load(); }

}  // namespace touchstone::fuzz
