# Compiles each case of must_not_compile.cpp, or of another file of its form, and demands that the compiler refuses it with exactly one
# error, in the words that the case expects and in few lines.
#
#   cmake -DCOMPILER=... [-DFLAGS=<flag;flag>] -DINCLUDE=<folder;folder> -DHEADER=<what all cases include>
#     -DSOURCE=<must_not_compile.cpp> -DOUTPUT=<folder> -P must_not_compile.cmake

cmake_minimum_required(VERSION 3.25)

set(most_lines 50)  # map has five forms, and compilers say of each why it does not fit

# All cases include the same header; where it is compiled before, a case takes a third of the time.
set(header "${OUTPUT}/must_not_compile.hpp")
file(WRITE "${header}" "#include <${HEADER}>\n")
list(TRANSFORM INCLUDE PREPEND "-I")
set(compiler "${COMPILER}" -std=c++20 ${FLAGS} ${INCLUDE})
execute_process(COMMAND ${compiler} -x c++-header "${header}" -o "${header}.gch" COMMAND_ERROR_IS_FATAL ANY)

function(compile case)
  execute_process(
    COMMAND ${compiler} -include "${header}" "-DCASE_${case}" -fsyntax-only "${SOURCE}"
    RESULT_VARIABLE result
    ERROR_VARIABLE output
    OUTPUT_QUIET)
  set(result "${result}" PARENT_SCOPE)
  set(output "${output}" PARENT_SCOPE)
endfunction()

compile(none)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "Without a case the file does not compile:\n${output}")
endif()

file(STRINGS "${SOURCE}" lines REGEX "^(#(if|elif) defined\\(CASE_|  // says: )")
set(cases 0)
foreach(line IN LISTS lines)
  if(line MATCHES "CASE_([a-z_]+)")
    set(case "${CMAKE_MATCH_1}")
    continue()
  endif()
  string(REPLACE "  // says: " "" sentence "${line}")
  math(EXPR cases "${cases} + 1")
  compile(${case})
  string(REGEX MATCHALL "error:" errors "${output}")
  list(LENGTH errors error_count)
  string(REGEX MATCHALL "\n" ends "${output}")
  list(LENGTH ends line_count)
  string(FIND "${output}" "${sentence}" anywhere)
  if(result EQUAL 0)
    set(problem "it compiles")
  elseif(anywhere EQUAL -1)
    set(problem "no error says '${sentence}'")
  elseif(NOT error_count EQUAL 1)
    set(problem "there are ${error_count} errors")
  elseif(line_count GREATER most_lines)
    set(problem "the error has ${line_count} lines")
  else()
    message(STATUS "${case}: refused in ${line_count} lines")
    continue()
  endif()
  message(SEND_ERROR "${case}: ${problem}\n${output}")
endforeach()

if(cases EQUAL 0)
  message(FATAL_ERROR "${SOURCE} has no case.")
endif()
