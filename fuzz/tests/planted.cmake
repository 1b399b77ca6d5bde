# Faults planted in the protocols of process pools, each in one file of the library: explore_NAME is explore with that
# file, which the linker takes before the one in the library. The scenario that is named must find it.

set(planted "${CMAKE_CURRENT_BINARY_DIR}/planted")
add_custom_target(planted_faults)
add_library(explore_main OBJECT EXCLUDE_FROM_ALL ../explore.cpp)
target_link_libraries(explore_main PRIVATE touchstone_scenarios touchstone_warnings)

function(plant name file find replace scenario)
  cmake_path(APPEND root "${file}" OUTPUT_VARIABLE path)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  file(READ "${path}" text)
  string(REPLACE "${find}" "${replace}" wrong "${text}")
  if(wrong STREQUAL text)
    message(FATAL_ERROR "planted fault ${name}: ${file} has no '${find}'; write the fault anew")
  endif()
  file(CONFIGURE OUTPUT "${planted}/${name}.cpp" CONTENT "${wrong}" @ONLY)
  add_executable(explore_${name} EXCLUDE_FROM_ALL "${planted}/${name}.cpp" $<TARGET_OBJECTS:explore_main>)
  target_link_libraries(explore_${name} PRIVATE touchstone_scenarios touchstone_warnings)
  add_dependencies(planted_faults explore_${name})
  add_test(NAME fuzz.planted.${name} COMMAND explore_${name} --scenario ${scenario} --schedules 20000)
  set_tests_properties(fuzz.planted.${name} PROPERTIES LABELS fuzz TIMEOUT 300 FIXTURES_REQUIRED planted_faults
    PASS_REGULAR_EXPRESSION "replay: explore --replay ${scenario}/")
endfunction()

add_test(NAME fuzz.planted COMMAND "${CMAKE_COMMAND}" --build "${CMAKE_BINARY_DIR}" --target planted_faults)
set_tests_properties(fuzz.planted PROPERTIES LABELS fuzz TIMEOUT 600 FIXTURES_SETUP planted_faults)

set(source reference/src/process)

# How a pool breaks.
plant(broken_pool_accepts ${source}/process_pool_end.cpp
  [[broken_ = why;
    queue_.close();]] [[broken_ = why;]] process_death)
plant(broken_pool_forgets_the_queue ${source}/process_pool_end.cpp
  [[QueueEntry* next = queue_.take_all()]] [[QueueEntry* next = nullptr]] process_death)
plant(broken_pool_has_patience ${source}/process_pool_end.cpp
  [[kill_at_ = sync::Clock::now() + grace;]] [[(void)grace;]] process_hangs_in_a_broken_pool)
plant(broken_pool_waits_for_outcomes ${source}/process_pool_end.cpp
  [[    outstanding_ = 0;
]] "" process_call_kills_its_child)
plant(last_words_are_lost ${source}/process_pool_children.cpp
  [[ChildHandle& child = *children_[index];
  receive(child);]] [[ChildHandle& child = *children_[index];]] process_max_tasks_per_child)
plant(end_of_a_call_is_no_break ${source}/process_pool_children.cpp
  [[(state == State::retiring || is_ending_) && (]] [[(]] process_call_kills_its_child)
plant(pool_ends_before_its_children ${source}/process_pool_end.cpp
  [[return count_children() == 0;]] [[return true;]] process_submit_against_shutdown)

# How a call gets to a child.
plant(call_is_taken_twice ${source}/shared_calls.cpp
  [[if (writable().taken.compare_exchange_weak(next, next + 1)) return index;]]
  [[writable().taken.store(next + 1); return index;]] process_map_in_order)
plant(child_sleeps_without_looking ${source}/child.cpp
  [[!is_there() && !receive()]] [[!receive()]] process_start_order)
plant(retirement_is_not_said ${source}/child.cpp
  [[is_last ? 1 : 0]] [[is_last ? 0 : 0]] process_max_tasks_per_child)
