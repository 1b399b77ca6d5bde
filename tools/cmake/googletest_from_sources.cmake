# Builds GoogleTest from the sources in TOUCHSTONE_GOOGLETEST, as far as it is needed.

set(BUILD_GMOCK OFF)
set(INSTALL_GTEST OFF)
add_subdirectory("${TOUCHSTONE_GOOGLETEST}" googletest EXCLUDE_FROM_ALL SYSTEM)
set_target_properties(gtest gtest_main PROPERTIES COMPILE_WARNING_AS_ERROR OFF)
