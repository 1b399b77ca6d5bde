# touchstone_add_subject(<name>
#   SOURCES <file>...          the adapter, with TOUCHSTONE_SUBJECT(...) in it
#   [LINK <library>...]        what it needs beside touchstone::conformance
#   [PROFILES <profile>...]    what the executor claims beyond core: futures pool python processes
#   [DEVIATIONS <file>]        failures that are known, with their reasons (TOML)
#   [TIMEOUT <seconds>])       when ctest gives a test up; the suite's own limits, up to 160 s, come first (default 300)
#
# Makes the executable subject_<name>, in bin/subjects/<name> of the build tree, and a test of ctest for
# every test of the suite in the profiles claimed: <name>.<test>, labelled with chapter, level, profile,
# requirement and subject, so that for instance
#
#     ctest -L '^subject:<name>$' -L '^level:MUST$'
#
# runs what must pass. The names of the tests come from the suite's manifest: neither configuring nor
# building runs the subject. Not applicable and inconclusive tests are shown as skipped.
#
# With DEVIATIONS, one more test, <name>.deviations, runs all tests of the requirements that the file names: it fails
# where an entry is not needed any more, which no test can tell by itself.

include_guard(GLOBAL)

function(touchstone_add_subject name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DEVIATIONS;TIMEOUT" "SOURCES;LINK;PROFILES")
  _touchstone_check_subject("${name}")

  set(target "subject_${name}")
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE touchstone::conformance ${arg_LINK})
  # Below bin of the outermost project, where the command looks for subjects.
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME "${name}"
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin/subjects")
  if(DEFINED arg_PROFILES)
    list(JOIN arg_PROFILES "," profiles)
    target_compile_definitions(${target} PRIVATE "TOUCHSTONE_PROFILES=\"${profiles}\"")
  endif()
  if(DEFINED arg_DEVIATIONS)
    cmake_path(ABSOLUTE_PATH arg_DEVIATIONS BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE deviations)
    target_compile_definitions(${target} PRIVATE "TOUCHSTONE_DEVIATIONS=\"${deviations}\"")
  endif()

  if(NOT DEFINED BUILD_TESTING OR BUILD_TESTING)
    _touchstone_add_tests("${name}" ${target})
  endif()
endfunction()

# Ends the configuration where the call above is wrong, and says how it is right.
macro(_touchstone_check_subject name)
  set(call "touchstone_add_subject(${name})")
  if(NOT "${name}" MATCHES "^[a-z0-9_]+$")
    message(FATAL_ERROR "${call}: a name of a subject consists of a-z, 0-9 and _.")
  endif()
  if(TARGET "subject_${name}")
    message(FATAL_ERROR "${call}: there is a subject of that name already.")
  endif()
  if(NOT TARGET touchstone::conformance)
    message(FATAL_ERROR "${call}: there is no target touchstone::conformance; find_package(Touchstone COMPONENTS "
      "conformance) first.")
  endif()
  foreach(word IN LISTS arg_UNPARSED_ARGUMENTS arg_SOURCES arg_LINK arg_PROFILES arg_DEVIATIONS arg_TIMEOUT)
    _touchstone_check_is_no_keyword("${call}" "${word}")
  endforeach()
  if(DEFINED arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${call}: unknown argument ${arg_UNPARSED_ARGUMENTS}; there are SOURCES, LINK, PROFILES, "
      "DEVIATIONS and TIMEOUT.")
  endif()
  if(DEFINED arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "${call}: nothing follows ${arg_KEYWORDS_MISSING_VALUES}; leave it out, or say what.")
  endif()
  if(NOT DEFINED arg_SOURCES)
    message(FATAL_ERROR "${call}: SOURCES is missing; name the file with the adapter.")
  endif()
  foreach(file IN LISTS arg_SOURCES arg_DEVIATIONS)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE path)
    get_source_file_property(generated "${path}" GENERATED)
    if(NOT generated AND NOT EXISTS "${path}")
      message(FATAL_ERROR "${call}: there is no file ${path}.")
    endif()
  endforeach()
  foreach(profile IN LISTS arg_PROFILES)
    if(NOT profile MATCHES "^(core|futures|pool|python|processes)$")
      message(FATAL_ERROR "${call}: unknown profile ${profile}; there are core (always claimed), futures, pool, python "
        "and processes.")
    endif()
  endforeach()
  if(NOT DEFINED arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  elseif(NOT arg_TIMEOUT MATCHES "^[1-9][0-9]*$")
    message(FATAL_ERROR "${call}: TIMEOUT ${arg_TIMEOUT} is no number of seconds.")
  endif()
  if(NOT CMAKE_TESTING_ENABLED)
    message(AUTHOR_WARNING "${call}: ctest will not know its tests; call enable_testing() before, in the top folder.")
  endif()
endmacro()

# A keyword that is misspelt (PROFILE, DEVIATON, profiles) would be taken for one more value of the keyword before it.
function(_touchstone_check_is_no_keyword call word)
  if(TARGET "${word}")
    return()
  endif()
  string(TOUPPER "${word}" upper)
  set(like_SOURCES "S[A-Z]*R?C[A-Z]*")
  set(like_LINK "(LINK|LIB)[A-Z_]*")
  set(like_PROFILES "P[A-Z]*F[A-Z]*L[A-Z]*")
  set(like_DEVIATIONS "D[A-Z]*V[A-Z]*T[A-Z]*")
  set(like_TIMEOUT "TIM[A-Z_]*")
  foreach(keyword IN ITEMS SOURCES LINK PROFILES DEVIATIONS TIMEOUT)
    string(REGEX REPLACE "S$" "" singular "${keyword}")
    if(word MATCHES "^${like_${keyword}}$" OR upper MATCHES "^${singular}S?$")
      message(FATAL_ERROR "${call}: unknown keyword ${word}; write ${keyword}. There are SOURCES, LINK, PROFILES, "
        "DEVIATIONS and TIMEOUT.")
    endif()
  endforeach()
endfunction()

# Where the suite's manifest is: beside its sources, wherever those are, unless TOUCHSTONE_MANIFEST says.
function(_touchstone_find_manifest result)
  if(NOT DEFINED TOUCHSTONE_MANIFEST)
    get_target_property(folder touchstone::conformance SOURCE_DIR)
    set(TOUCHSTONE_MANIFEST "${folder}/suite/manifest.txt")
  endif()
  if(NOT EXISTS "${TOUCHSTONE_MANIFEST}")
    message(FATAL_ERROR "touchstone_add_subject: there is no manifest ${TOUCHSTONE_MANIFEST}; set TOUCHSTONE_MANIFEST to "
      "the suite's manifest.txt.")
  endif()
  set(${result} "${TOUCHSTONE_MANIFEST}" PARENT_SCOPE)
endfunction()

# A test of ctest for each line of the manifest "NAME REQUIREMENT LEVEL PROFILE CHAPTER".
function(_touchstone_add_tests name target)
  _touchstone_find_manifest(manifest)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${manifest}")
  file(STRINGS "${manifest}" lines)
  set(deviating "")
  set(deviating_tests "")
  if(DEFINED arg_DEVIATIONS)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${deviations}")
    file(STRINGS "${deviations}" deviating REGEX "^ *requirement *=")
    list(TRANSFORM deviating REPLACE "^[^\"']*[\"']([A-Z]+-[0-9]+)[\"'].*$" "\\1")
  endif()

  set(line_number 0)
  set(tests 0)
  foreach(line IN LISTS lines)
    math(EXPR line_number "${line_number} + 1")
    if(line MATCHES "^(#.*|[ \t]*)$")
      continue()
    endif()
    if(NOT line MATCHES "^([A-Za-z0-9_.]+) (([A-Z]+)-[0-9]+) (MUST|SHOULD|MAY|DOC) ([a-z]+) [A-Za-z_]+$")
      message(FATAL_ERROR "${manifest}:${line_number}: '${line}' is no line NAME REQUIREMENT LEVEL PROFILE CHAPTER; "
        "generate the file anew.")
    endif()
    math(EXPR tests "${tests} + 1")
    set(test "${CMAKE_MATCH_1}")
    set(requirement "${CMAKE_MATCH_2}")
    set(chapter "${CMAKE_MATCH_3}")
    set(level "${CMAKE_MATCH_4}")
    set(profile "${CMAKE_MATCH_5}")
    if(NOT profile STREQUAL "core" AND NOT profile IN_LIST arg_PROFILES)
      continue()
    endif()
    add_test(NAME "${name}.${test}" COMMAND ${target} --run "${test}")
    set_tests_properties("${name}.${test}" PROPERTIES
      LABELS "chapter:${chapter};level:${level};profile:${profile};requirement:${requirement};subject:${name}"
      TIMEOUT ${arg_TIMEOUT}
      # Not the exit code: a subject that ends before its test was run may well say 0.
      PASS_REGULAR_EXPRESSION "(^|\n)(pass|deviation) +[0-9.]+ s +${requirement}  ${test}\n"
      FAIL_REGULAR_EXPRESSION "(^|\n)touchstone: "
      SKIP_RETURN_CODE 2
      SKIP_REGULAR_EXPRESSION "(^|\n)not-applicable +([0-9.]+ s +)?${requirement}  ${test}\n")
    if(requirement IN_LIST deviating)
      list(APPEND deviating_tests --run "${test}")
    endif()
  endforeach()
  if(deviating_tests)
    add_test(NAME "${name}.deviations" COMMAND ${target} ${deviating_tests})
    set_tests_properties("${name}.deviations" PROPERTIES
      LABELS "deviations;subject:${name}"
      TIMEOUT 1500
      FAIL_REGULAR_EXPRESSION "(^|\n)touchstone: "
      SKIP_RETURN_CODE 2)
  endif()
  if(tests EQUAL 0)
    message(FATAL_ERROR "touchstone_add_subject(${name}): the manifest ${manifest} names no test.")
  endif()
endfunction()
