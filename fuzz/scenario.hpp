// Scenario: a small program over the library, with what must hold in every one of its interleavings.

#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::fuzz {

/// That a schedule ends, lets no exception out of a thread and releases all its memory is checked for every scenario.
struct Scenario {
  std::string name;   // of letters, digits and underscores
  std::string shows;  // a sentence
  std::function<void()> body;
};

// One file a topic.
[[nodiscard]] std::vector<Scenario> shutdown_scenarios();
[[nodiscard]] std::vector<Scenario> callback_scenarios();
[[nodiscard]] std::vector<Scenario> waiting_scenarios();
[[nodiscard]] std::vector<Scenario> deadlock_scenarios();
[[nodiscard]] std::vector<Scenario> initializer_scenarios();
[[nodiscard]] std::vector<Scenario> promise_scenarios();
[[nodiscard]] std::vector<Scenario> letting_go_scenarios();
[[nodiscard]] std::vector<Scenario> map_scenarios();
[[nodiscard]] std::vector<Scenario> thread_scenarios();
// Where there is cereal:
[[nodiscard]] std::vector<Scenario> process_pool_scenarios();
[[nodiscard]] std::vector<Scenario> process_death_scenarios();
[[nodiscard]] std::vector<Scenario> process_start_scenarios();
[[nodiscard]] std::vector<Scenario> process_map_scenarios();
[[nodiscard]] std::vector<Scenario> process_anything_scenarios();

[[nodiscard]] std::vector<Scenario> all_scenarios();

/// Replaces the library's log handler by one that counts. For the main function, before the first schedule.
void count_log_records();

/// How many records the library has logged in this schedule.
[[nodiscard]] int log_records();

}  // namespace touchstone::fuzz
