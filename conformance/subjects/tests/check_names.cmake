# Demands that the names compiled into adapter.hpp are those of the specification.
#
#   cmake -DHEADER=<capability_names.hpp> -DSPEC=<spec> -P check_names.cmake

cmake_minimum_required(VERSION 3.25)

# The names between the line that defines `array` in the header and the end of its list.
function(names_in_header array result)
  file(READ "${HEADER}" text)
  if(NOT text MATCHES "${array} = {([^}]*)}")
    message(FATAL_ERROR "${HEADER}: there is no list ${array}.")
  endif()
  string(REGEX MATCHALL "[a-z_.]+" names "${CMAKE_MATCH_1}")
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

# The ids of the file, or of those of its tables where `found` has that value.
function(names_in_specification file result)
  file(STRINGS "${SPEC}/${file}" lines REGEX "^(id|found) = ")
  set(names "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[a-z]+ = \"([^\"]*)\".*" "\\1" value "${line}")
    if(line MATCHES "^id")
      list(APPEND names "${value}")
    elseif(NOT value STREQUAL "${ARGN}")
      list(POP_BACK names)
    endif()
  endforeach()
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

foreach(list "seen_capability_names capabilities.toml concept" "declared_capability_names capabilities.toml declared"
    "profile_names profiles.toml")
  separate_arguments(list)
  list(POP_FRONT list array file)
  names_in_header(${array} compiled)
  names_in_specification(${file} specified ${list})
  list(LENGTH specified count)
  if(count EQUAL 0)
    message(FATAL_ERROR "${SPEC}/${file} names nothing.")
  endif()
  if(NOT compiled STREQUAL specified)
    message(FATAL_ERROR "${array} in ${HEADER} differs from ${SPEC}/${file}:\n  ${compiled}\n  ${specified}")
  endif()
endforeach()
