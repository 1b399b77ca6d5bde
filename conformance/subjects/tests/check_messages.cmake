# Compiles each case of bad_adapters.cpp, and demands that the compiler refuses it with exactly one
# error, in the words that the case expects.
#
#   cmake -DCOMPILER=... -DINCLUDE=<conformance/include> -DSOURCE=<bad_adapters.cpp> -DOUTPUT=<folder> -P check_messages.cmake

cmake_minimum_required(VERSION 3.25)

# All cases include the same headers; where they are compiled before, a case takes a third of the time.
set(headers "${OUTPUT}/bad_adapters.hpp")
file(WRITE "${headers}" "#include <touchstone/adapter.hpp>\n")
set(compiler "${COMPILER}" -std=c++20 "-I${INCLUDE}")
execute_process(COMMAND ${compiler} -x c++-header "${headers}" -o "${headers}.gch" COMMAND_ERROR_IS_FATAL ANY)

function(compile case)
  execute_process(
    COMMAND ${compiler} -include "${headers}" "-DCASE_${case}" -fsyntax-only "${SOURCE}"
    RESULT_VARIABLE result
    ERROR_VARIABLE output
    OUTPUT_QUIET)
  set(result "${result}" PARENT_SCOPE)
  set(output "${output}" PARENT_SCOPE)
endfunction()

compile(none)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "The good adapter does not compile:\n${output}")
endif()

file(STRINGS "${SOURCE}" lines REGEX "^(#(if|elif) defined\\(CASE_|// says: )")
set(cases 0)
set(failures 0)
foreach(line IN LISTS lines)
  if(line MATCHES "CASE_([a-z_]+)")
    set(case "${CMAKE_MATCH_1}")
    continue()
  endif()
  string(REPLACE "// says: " "" sentence "${line}")
  math(EXPR cases "${cases} + 1")
  compile(${case})
  string(REGEX MATCHALL "error:" errors "${output}")
  list(LENGTH errors error_count)
  string(FIND "${output}" "${sentence}" anywhere)
  if(result EQUAL 0)
    set(problem "it compiles")
  elseif(anywhere EQUAL -1)
    set(problem "no error says '${sentence}'")
  elseif(NOT error_count EQUAL 1)
    set(problem "there are ${error_count} errors")
  else()
    message(STATUS "${case}: refused as it should be")
    continue()
  endif()
  math(EXPR failures "${failures} + 1")
  message(SEND_ERROR "${case}: ${problem}\n${output}")
endforeach()

if(cases EQUAL 0)
  message(FATAL_ERROR "${SOURCE} has no case.")
endif()
