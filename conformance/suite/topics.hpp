// The topics of the suite. Each has one file, with the list of its tests at the end.

#pragma once

#include <touchstone/test.hpp>
#include <vector>

namespace touchstone {

// Executors.
std::vector<TestCase> executor_submit_tests();
std::vector<TestCase> executor_task_tests();
std::vector<TestCase> executor_map_tests();
std::vector<TestCase> executor_map_company_tests();
std::vector<TestCase> executor_map_upkeep_tests();
std::vector<TestCase> executor_map_deadline_tests();
std::vector<TestCase> executor_map_buffersize_tests();
std::vector<TestCase> executor_shutdown_tests();
std::vector<TestCase> executor_shutdown_cancel_tests();
std::vector<TestCase> executor_shutdown_workers_tests();
std::vector<TestCase> executor_scope_tests();
std::vector<TestCase> thread_pool_tests();
std::vector<TestCase> thread_pool_conduct_tests();
std::vector<TestCase> thread_pool_fork_tests();
std::vector<TestCase> initializer_tests();
std::vector<TestCase> nested_tests();
std::vector<TestCase> deadlock_refusal_tests();
std::vector<TestCase> deadlock_wait_tests();
std::vector<TestCase> deadlock_destruction_tests();

// Pools of processes.
std::vector<TestCase> process_pool_tests();
std::vector<TestCase> process_map_tests();
std::vector<TestCase> process_travel_tests();
std::vector<TestCase> process_encoding_tests();
std::vector<TestCase> process_error_tests();
std::vector<TestCase> process_conduct_tests();
std::vector<TestCase> process_parent_tests();
std::vector<TestCase> process_death_tests();
std::vector<TestCase> process_retirement_tests();

// Futures.
std::vector<TestCase> future_state_tests();
std::vector<TestCase> future_cancel_tests();
std::vector<TestCase> future_result_tests();
std::vector<TestCase> future_timeout_tests();
std::vector<TestCase> timeout_clock_tests();
std::vector<TestCase> future_exception_tests();
std::vector<TestCase> promise_tests();
std::vector<TestCase> callbacks_tests();
std::vector<TestCase> callback_chain_tests();
std::vector<TestCase> callback_conduct_tests();
std::vector<TestCase> callback_errors_tests();
std::vector<TestCase> wait_tests();
std::vector<TestCase> wait_together_tests();
std::vector<TestCase> as_completed_tests();
std::vector<TestCase> as_completed_deadline_tests();
std::vector<TestCase> as_completed_upkeep_tests();
std::vector<TestCase> errors_tests();

// What only C++ has, and programs that nobody wrote by hand.
std::vector<TestCase> visibility_tests();
std::vector<TestCase> random_programs_tests();

}  // namespace touchstone
