# Demands that `touchstone bench run` runs, prints ratios and writes its figures. Which figures is not looked at.
#
#   cmake -DCOMMAND=<touchstone> -DOUTPUT=<file.json> -P smoke.cmake

cmake_minimum_required(VERSION 3.25)

file(REMOVE "${OUTPUT}")
execute_process(
  COMMAND "${COMMAND}" bench run --quick --rounds 1 --json "${OUTPUT}" reference std_async
  OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE code)
message("${printed}${errors}")
if(NOT code EQUAL 0)
  message(FATAL_ERROR "touchstone bench run ended with ${code}.")
endif()
foreach(line "round_trip/workers:1 " "\n  reference +[0-9.,]+ [^ ]+s .* 1.00" "\n  std_async +[0-9.,]+ [^ ]+s .*[0-9.]+ +\\[[0-9.]+, [0-9.]+\\]"
        "nested/levels:80 .*with detection of deadlocks: [0-9.]+ times as long")
  if(NOT printed MATCHES "${line}")
    message(FATAL_ERROR "no line like '${line}' was printed.")
  endif()
endforeach()

file(READ "${OUTPUT}" json)
string(JSON rows LENGTH "${json}" rows)
string(JSON samples LENGTH "${json}" samples)
if(rows EQUAL 0 OR samples LESS rows)
  message(FATAL_ERROR "${OUTPUT} holds ${rows} rows made of ${samples} samples.")
endif()

execute_process(
  COMMAND "${COMMAND}" bench run --quick --filter no_such_workload reference
  OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE code)
if(NOT code EQUAL 64 OR NOT errors MATCHES "no_such_workload.*round_trip")
  message(FATAL_ERROR "an empty selection ended with ${code}, and said: ${errors}")
endif()

# A history that grows by two runs, keeps what is no run, and is not made of what is none at all.
set(history "${OUTPUT}.history")
file(REMOVE "${history}")
foreach(run RANGE 1 2)
  execute_process(
    COMMAND "${COMMAND}" bench record "${history}" --quick --rounds 1 --filter submit --label smoke reference
    OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE code)
  if(NOT code EQUAL 0 OR NOT errors MATCHES "recorded in")
    message(FATAL_ERROR "touchstone bench record ended with ${code}: ${printed}${errors}")
  endif()
  file(APPEND "${history}" "a piece of a li")
endforeach()
execute_process(COMMAND "${COMMAND}" bench history "${history}"
  OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE code)
message("${printed}${errors}")
if(NOT code EQUAL 0 OR NOT printed MATCHES "2 runs, .* 0 changes of 4 figures" OR
   NOT errors MATCHES "history:2: skipped: it is no JSON.*history:4: skipped")
  message(FATAL_ERROR "touchstone bench history ended with ${code}.")
endif()
execute_process(COMMAND "${COMMAND}" bench record "${OUTPUT}" --quick reference
  OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE code)
if(NOT code EQUAL 64 OR NOT errors MATCHES "This is no history")
  message(FATAL_ERROR "recording into what is no history ended with ${code}, and said: ${errors}")
endif()
execute_process(COMMAND "${COMMAND}" bench record /dev/full --quick --rounds 1 --filter submit/workers:1 reference
  OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE code)
if(NOT code EQUAL 3 OR NOT errors MATCHES "No space left on device.*the line above is the record" OR
   NOT printed MATCHES "\n{[^\n]*\"touchstone_record\":1[^\n]*}\n$")
  message(FATAL_ERROR "recording on a full disk ended with ${code}, and said: ${printed}${errors}")
endif()
