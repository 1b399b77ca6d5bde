# Uses ccache and mold where they are installed. Neither changes what is built.

find_program(TOUCHSTONE_CCACHE ccache)
if(TOUCHSTONE_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TOUCHSTONE_CCACHE}")
endif()

find_program(TOUCHSTONE_MOLD mold)
if(TOUCHSTONE_MOLD)
  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=mold TOUCHSTONE_COMPILER_KNOWS_MOLD)
  if(TOUCHSTONE_COMPILER_KNOWS_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
endif()
