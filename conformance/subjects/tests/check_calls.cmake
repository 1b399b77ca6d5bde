# Demands that wrong calls of touchstone_add_subject() end the configuration with a sentence that helps.
#
#   cmake -DMODULE=<touchstone_add_subject.cmake> -DPROJECT=<wrong_calls> -DOUTPUT=<folder> -DGENERATOR=<Ninja>
#     -P check_calls.cmake

cmake_minimum_required(VERSION 3.25)

set(good_manifest "A.b FUT-001 MUST core future")

# Configures the project with that call, and wants those words among the errors.
function(expect words call)
  cmake_parse_arguments(PARSE_ARGV 2 arg "WITHOUT_SUITE" "MANIFEST" "")
  if(NOT DEFINED arg_MANIFEST)
    set(arg_MANIFEST "${good_manifest}")
  endif()
  file(REMOVE_RECURSE "${OUTPUT}")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${PROJECT}" -B "${OUTPUT}" "-DMODULE=${MODULE}" "-DCALL=${call}"
      "-DMANIFEST=${arg_MANIFEST}" "-DWITHOUT_SUITE=${arg_WITHOUT_SUITE}"
    RESULT_VARIABLE result
    ERROR_VARIABLE output
    OUTPUT_QUIET)
  file(REMOVE_RECURSE "${OUTPUT}")
  string(REGEX REPLACE "[ \n]+" " " output "${output}")  # CMake breaks its lines anywhere
  string(FIND "${output}" "${words}" position)
  if(result EQUAL 0)
    message(SEND_ERROR "accepted: ${call}")
  elseif(position EQUAL -1)
    message(SEND_ERROR "${call}\ndoes not say '${words}' but:\n${output}")
  endif()
endfunction()

expect("unknown argument SEVEN; there are SOURCES" "touchstone_add_subject(my SOURCES \${adapter} TIMEOUT 7 SEVEN)")
expect("unknown keyword SOURCE; write SOURCES. There are SOURCES, LINK," "touchstone_add_subject(my SOURCE)")
# What is misspelt would else be one more library, file or profile.
foreach(wrong IN ITEMS PROFILE PROFLIES profiles Profile)
  expect("unknown keyword ${wrong}; write PROFILES." "touchstone_add_subject(my SOURCES \${adapter} LINK a ${wrong} futures)")
endforeach()
foreach(wrong IN ITEMS DEVIATION DEVATIONS deviations)
  expect("unknown keyword ${wrong}; write DEVIATIONS." "touchstone_add_subject(my SOURCES \${adapter} LINK a ${wrong} a.toml)")
endforeach()
foreach(wrong IN ITEMS LINKS LIBRARIES link)
  expect("unknown keyword ${wrong}; write LINK." "touchstone_add_subject(my SOURCES \${adapter} ${wrong} a)")
endforeach()
expect("unknown keyword TIMEOUTS; write TIMEOUT." "touchstone_add_subject(my SOURCES \${adapter} PROFILES futures TIMEOUTS 7)")
# Libraries in capitals are no keywords.
expect("TIMEOUT soon is no number" "touchstone_add_subject(my SOURCES \${adapter} LINK LLVM PAPI SDL DL TBB TIMEOUT soon)")
expect("TIMEOUT soon is no number" "add_library(LIBS INTERFACE)\ntouchstone_add_subject(my SOURCES \${adapter} LINK LIBS TIMEOUT soon)")
expect("nothing follows PROFILES" "touchstone_add_subject(my SOURCES \${adapter} PROFILES)")
expect("SOURCES is missing" "touchstone_add_subject(my)")
expect("there is no file" "touchstone_add_subject(my SOURCES nowhere.cpp)")
expect("nowhere.toml." "touchstone_add_subject(my SOURCES \${adapter} DEVIATIONS nowhere.toml)")
expect("unknown profile future;" "touchstone_add_subject(my SOURCES \${adapter} PROFILES future)")
expect("TIMEOUT soon is no number of seconds" "touchstone_add_subject(my SOURCES \${adapter} TIMEOUT soon)")
expect("consists of a-z, 0-9 and _" "touchstone_add_subject(my-pool SOURCES \${adapter})")
expect("of that name already" "add_custom_target(subject_my)\ntouchstone_add_subject(my SOURCES \${adapter})")
expect("find_package(Touchstone" "touchstone_add_subject(my SOURCES \${adapter})" WITHOUT_SUITE)
expect("names no test" "touchstone_add_subject(my SOURCES \${adapter})" MANIFEST "# nothing")
expect("manifest.txt:1: 'A.b FUT-001' is no line NAME REQUIREMENT LEVEL PROFILE CHAPTER"
  "touchstone_add_subject(my SOURCES \${adapter})" MANIFEST "A.b FUT-001")
expect("there is no manifest nowhere.txt" "set(TOUCHSTONE_MANIFEST nowhere.txt)\ntouchstone_add_subject(my SOURCES \${adapter})")
