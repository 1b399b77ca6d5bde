# Demands that every workload of process pools runs, on every pool and on the bare machine, and that the goals are held
# against the figures. Which figures, and which goals are met, is not looked at.
#
#   cmake -DCOMMAND=<touchstone> -DOUTPUT=<file.json> -DSUBJECTS=<names, with commas> -P smoke_processes.cmake

cmake_minimum_required(VERSION 3.25)

file(REMOVE "${OUTPUT}")
string(REPLACE "," ";" subjects "${SUBJECTS}")
execute_process(
  COMMAND "${COMMAND}" bench run --quick --rounds 1 --json "${OUTPUT}" --filter ^process/ ${subjects}
  OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE code)
message("${printed}${errors}")
if(NOT code EQUAL 0)
  message(FATAL_ERROR "touchstone bench run ended with ${code}.")
endif()
set(expected "process/round_trip " "process/memory/own " "goals of process pools " "[0-9]+ of [0-9]+ goals met")
foreach(subject IN LISTS subjects)
  list(APPEND expected "\n  ${subject} +[0-9.,]+ ")
endforeach()
foreach(quantity IN ITEMS a b c1 c10 c100 c1000 c10000 c d1 e1 e2 f g)
  list(APPEND expected "\n  ${quantity} +[a-z]")
endforeach()
foreach(line IN LISTS expected)
  if(NOT printed MATCHES "${line}")
    message(FATAL_ERROR "no line like '${line}' was printed.")
  endif()
endforeach()

file(READ "${OUTPUT}" json)
string(JSON goals LENGTH "${json}" goals)
if(goals EQUAL 0)
  message(FATAL_ERROR "${OUTPUT} holds no goals.")
endif()
