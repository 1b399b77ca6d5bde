# Runs a program, and demands that it prints what its source says at the end, below "// Prints:".
#
#   cmake -DPROGRAM=... -DSOURCE=... -P check_output.cmake

cmake_minimum_required(VERSION 3.25)

file(READ "${SOURCE}" text)
string(FIND "${text}" "\n// Prints:\n" start)
if(start EQUAL -1)
  message(FATAL_ERROR "${SOURCE} does not say what it prints.")
endif()
string(SUBSTRING "${text}" ${start} -1 expected)
string(REPLACE "\n// Prints:" "" expected "${expected}")
string(REPLACE "\n// " "\n" expected "${expected}")

execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE output RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result}, and printed:\n${output}")
endif()
if(NOT "\n${output}" STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM} printed:\n${output}instead of:${expected}")
endif()
