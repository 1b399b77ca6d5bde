# Demands that `touchstone bench compare` tells what modules with made-up times show, by text and exit code.
#
#   cmake -DCOMMAND=<touchstone> -DMODULES=<folder of the made-up ones> -DOUTPUT=<file.json> -P compare.cmake

cmake_minimum_required(VERSION 3.25)

# Runs the command, and demands the exit code and a match of each pattern.
function(demand code)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "ARGUMENTS;SAYS")
  execute_process(COMMAND "${COMMAND}" bench compare --rounds 20 --seed 1 ${arg_ARGUMENTS}
    OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE result)
  message("${printed}${errors}")
  if(NOT result EQUAL code)
    message(FATAL_ERROR "compare ${arg_ARGUMENTS} ended with ${result}, not ${code}.")
  endif()
  foreach(pattern IN LISTS arg_SAYS)
    if(NOT "${printed}${errors}" MATCHES "${pattern}")
      message(FATAL_ERROR "compare ${arg_ARGUMENTS} says nothing like '${pattern}'.")
    endif()
  endforeach()
endfunction()

set(usual "${MODULES}/usual.so")
set(slower "${MODULES}/slower.so")
file(REMOVE "${OUTPUT}")

demand(0 ARGUMENTS "${usual}" "${usual}" --filter steady --json "${OUTPUT}"
  SAYS "steady +1,000 ns +1,000 ns +1.00. +\\[(0.999|1.000), 1.00.\\] .* 6 +pass")
file(READ "${OUTPUT}" json)
string(JSON verdict GET "${json}" workloads 0 verdict)
string(JSON processes LENGTH "${json}" workloads 0 processes)
string(JSON rounds LENGTH "${json}" workloads 0 processes 5 again)
if(NOT verdict STREQUAL "pass" OR NOT processes EQUAL 6 OR NOT rounds EQUAL 20)
  message(FATAL_ERROR "${OUTPUT} holds ${verdict}, ${processes} processes of ${rounds} rounds.")
endif()

demand(1 ARGUMENTS "${usual}" "${slower}" --filter steady SAYS "steady +1,000 ns +1,070 ns +1.07. .*regression")
demand(0 ARGUMENTS "${slower}" "${usual}" --filter steady SAYS "steady .* 0.93. .*improvement")
demand(0 ARGUMENTS "${usual}" "${slower}" --filter steady --counts 10 SAYS "1.07. .*pass")
demand(2 ARGUMENTS "${usual}" "${slower}" --filter noisy --most-processes 9
  SAYS "noisy .* 9 +inconclusive: here a change would be seen from [0-9.]+ % on")
demand(3 ARGUMENTS "${usual}" "${slower}" --filter "wrong|steady" SAYS "steady .*regression" "wrong .*a result was wrong")
demand(64 ARGUMENTS "${usual}" "${slower}" --filter no_such SAYS "no_such.* there are steady, noisy and wrong")
demand(64 ARGUMENTS "${usual}" "${slower}" --filter "(" SAYS "--filter: '.' is no regular expression")
demand(64 ARGUMENTS "${usual}" no_such_build SAYS "no_such_build is neither .*modules/no_such_build.so")
demand(64 ARGUMENTS "${usual}" "${MODULES}" SAYS "there is no .*bench/modules/reference.so: build the target bench_reference_module")
demand(64 ARGUMENTS "${usual}" "${COMMAND}" SAYS "is no module that can be loaded")
demand(4 ARGUMENTS "${usual}" "${MODULES}/otherwise_compiled.so"
  SAYS "A was compiled with -O2, B with -O0: that is not comparable; --force")
demand(0 ARGUMENTS "${usual}" "${MODULES}/otherwise_compiled.so" --filter steady --force SAYS "steady .*pass")

# A real one: its times are not looked at.
execute_process(COMMAND "${COMMAND}" bench compare --rounds 5 --most-processes 2 --processes 2 --filter many_calls
  --placement own_cores reference reference OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE result)
message("${printed}${errors}")
if(result GREATER 2 OR NOT printed MATCHES "many_calls/workers:2 .*ns .* 2 +(pass|regression|improvement|inconclusive)")
  message(FATAL_ERROR "compare of reference with itself ended with ${result}.")
endif()
