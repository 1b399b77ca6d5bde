# The warnings that our own code is compiled with. They are errors only where a preset says so
# (CMAKE_COMPILE_WARNING_AS_ERROR): a newer compiler of a user's must not break their build.

add_library(touchstone_warnings INTERFACE)
target_compile_options(touchstone_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>)  # notes on a change of 2010 in how large alignments are passed
