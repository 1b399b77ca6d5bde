# Runs a program, and demands that it prints what its source says at the end, below "// Prints:". Where that says "with
# other numbers", all numbers count as the same, and with "in another order" the order of the lines does not count.
#
#   cmake -DPROGRAM=... -DSOURCE=... -P check_output.cmake

cmake_minimum_required(VERSION 3.25)

file(READ "${SOURCE}" text)
string(REGEX MATCH "\n// Prints(, with other numbers( and in another order)?)?:\n" introduction "${text}")
if(introduction STREQUAL "")
  message(FATAL_ERROR "${SOURCE} does not say what it prints.")
endif()
string(FIND "${text}" "${introduction}" start)
string(LENGTH "${introduction}" length)
math(EXPR start "${start} + ${length} - 1")
string(SUBSTRING "${text}" ${start} -1 expected)
string(REPLACE "\n// " "\n" expected "${expected}")

function(without_differences variable)
  set(lines "${${variable}}")
  if(introduction MATCHES "other numbers")
    string(REGEX REPLACE " *[0-9]+" " N" lines "${lines}")
  endif()
  if(introduction MATCHES "another order")
    string(REPLACE "\n" ";" lines "${lines}")
    list(SORT lines)
  endif()
  set(${variable} "${lines}" PARENT_SCOPE)
endfunction()

execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE output RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result}, and printed:\n${output}")
endif()
set(comparable "\n${output}")
without_differences(comparable)
without_differences(expected)
if(NOT comparable STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM} printed:\n${output}instead of:${expected}")
endif()
