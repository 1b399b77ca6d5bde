# Writes version.hpp: which suite, from which commit. Run at every build; the file changes only with its contents.
#   cmake -D SOURCE=<tree> -D VERSION=<version> -D OUTPUT=version.hpp -P version.cmake

set(commit "")
set(dirty "false")
find_program(git git)
if(git)
  execute_process(COMMAND "${git}" -C "${SOURCE}" rev-parse --short=12 HEAD
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(commit "")
  else()
    execute_process(COMMAND "${git}" -C "${SOURCE}" status --porcelain
      OUTPUT_VARIABLE changes OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(changes)
      set(dirty "true")
    endif()
  endif()
endif()

set(content "// Made by version.cmake.

#pragma once

namespace touchstone::tool {

constexpr const char* suite_version = \"${VERSION}\";
constexpr const char* suite_commit = \"${commit}\";
constexpr bool suite_dirty = ${dirty};

}  // namespace touchstone::tool
")
set(present "")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" present)
endif()
if(NOT present STREQUAL content)
  file(WRITE "${OUTPUT}" "${content}")
endif()
