# Demands that README shows what the suite prints: each line of the block that follows the command, in this order. It
# may leave lines out; times differ, and so does the folder of the build.
#
#   cmake -DREADME=<README.md> -DSUBJECT=<asio> -DTEST=<Suite.test> -DBUILD=<folder> -DROOT=<Touchstone>
#     -P check_shown_output.cmake

cmake_minimum_required(VERSION 3.25)

file(RELATIVE_PATH subject "${ROOT}" "${SUBJECT}")
execute_process(COMMAND "${subject}" --run ${TEST} WORKING_DIRECTORY "${ROOT}" OUTPUT_VARIABLE printed)
file(RELATIVE_PATH build "${ROOT}" "${BUILD}")
string(REPLACE "${build}/" "build/dev/" printed "${printed}")

file(READ "${README}" readme)
string(FIND "${readme}" "--run ${TEST}`" begin)
if(begin EQUAL -1)
  message(FATAL_ERROR "${README} shows no output of `... --run ${TEST}`")
endif()
string(SUBSTRING "${readme}" ${begin} -1 readme)
string(REGEX MATCH "\n```\n([^`]+\n)```" block "${readme}")
set(block "${CMAKE_MATCH_1}")

foreach(text IN ITEMS printed block)
  string(REGEX REPLACE "[0-9]+\\.[0-9]+ s" "T s" ${text} "${${text}}")
  string(REPLACE ";" "," ${text} "${${text}}")
endforeach()
string(REPLACE "\n" ";" lines "${block}")
foreach(line IN LISTS lines)
  string(FIND "\n${printed}" "\n${line}\n" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "${README} shows\n${line}\nwhere the suite prints\n${printed}")
  endif()
  string(SUBSTRING "${printed}" ${position} -1 printed)
endforeach()
