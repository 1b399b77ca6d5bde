// The table of all tests, and the checks without which a test could be lost unseen: a name that
// stands twice, a name that a filter would take for something else, a requirement that is not there.

#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <topics.hpp>

namespace touchstone {
namespace {

[[noreturn]] void reject(const TestCase& test, const std::string& reason) {
  std::fprintf(stderr, "touchstone: the test \"%s\" (%s) %s\n", std::string(test.name).c_str(),
               std::string(test.requirement).c_str(), reason.c_str());
  std::abort();
}

void check(const TestCase& test, std::set<std::string_view>& names) {
  if (test.name.find('-') != std::string_view::npos) {
    reject(test, "has a dash in its name, which GoogleTest's filters read as \"except\": use an underscore");
  }
  if (test.name.find('.') == std::string_view::npos) reject(test, "has no topic: name it Topic.what_it_shows");
  if (!names.insert(test.name).second) reject(test, "has the name of another test: rename one of the two");
  if (test.shows.empty()) reject(test, "does not say what it shows: write a sentence");
  if (test.body == nullptr) reject(test, "has no body");
  if (find_requirement(test.requirement) == nullptr) {
    reject(test, "verifies a requirement that spec/requirements does not have: correct the id, or generate " +
                     std::string("conformance/suite/requirement_table.cpp again"));
  }
}

std::vector<TestCase> collect() {
  std::vector<TestCase> all;
  for (const auto topic : {
           &executor_submit_tests,
           &executor_task_tests,
           &executor_map_tests,
           &executor_map_company_tests,
           &executor_map_upkeep_tests,
           &executor_map_deadline_tests,
           &executor_map_buffersize_tests,
           &executor_shutdown_tests,
           &executor_shutdown_cancel_tests,
           &executor_shutdown_workers_tests,
           &executor_scope_tests,
           &thread_pool_tests,
           &thread_pool_conduct_tests,
           &thread_pool_fork_tests,
           &initializer_tests,
           &nested_tests,
           &deadlock_refusal_tests,
           &deadlock_wait_tests,
           &deadlock_destruction_tests,
           &process_pool_tests,
           &process_map_tests,
           &process_travel_tests,
           &process_encoding_tests,
           &process_error_tests,
           &process_conduct_tests,
           &process_parent_tests,
           &process_death_tests,
           &process_retirement_tests,
           &future_state_tests,
           &future_cancel_tests,
           &future_result_tests,
           &future_timeout_tests,
           &timeout_clock_tests,
           &future_exception_tests,
           &promise_tests,
           &callbacks_tests,
           &callback_chain_tests,
           &callback_conduct_tests,
           &callback_errors_tests,
           &wait_tests,
           &wait_together_tests,
           &as_completed_tests,
           &as_completed_deadline_tests,
           &as_completed_upkeep_tests,
           &errors_tests,
           &visibility_tests,
           &random_programs_tests,
       }) {
    const std::vector<TestCase> tests = topic();
    all.insert(all.end(), tests.begin(), tests.end());
  }
  std::set<std::string_view> names;
  for (const TestCase& test : all) check(test, names);
  return all;
}

}  // namespace

const std::vector<TestCase>& all_tests() {
  static const std::vector<TestCase> tests = collect();
  return tests;
}

}  // namespace touchstone
