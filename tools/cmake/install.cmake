# What is installed, and the package that find_package(Touchstone) finds.
#
# The library is installed as usual. The suite is installed as sources and compiled once in each build
# tree that uses it, with the flags of that tree: a suite without ThreadSanitizer would be no use to a
# program with it.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/Touchstone")
set(share_folder "${CMAKE_INSTALL_DATADIR}/touchstone")

install(TARGETS concurrent_futures EXPORT TouchstoneTargets FILE_SET HEADERS)
install(EXPORT TouchstoneTargets NAMESPACE touchstone:: DESTINATION "${package_folder}")

configure_package_config_file(tools/cmake/TouchstoneConfig.cmake.in "${PROJECT_BINARY_DIR}/package/TouchstoneConfig.cmake"
  INSTALL_DESTINATION "${package_folder}" PATH_VARS share_folder)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/TouchstoneConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/package/TouchstoneConfig.cmake"
  "${PROJECT_BINARY_DIR}/package/TouchstoneConfigVersion.cmake"
  DESTINATION "${package_folder}")

if(TOUCHSTONE_CONFORMANCE)
  install(FILES conformance/CMakeLists.txt DESTINATION "${share_folder}/conformance")
  install(DIRECTORY conformance/include conformance/src conformance/suite conformance/supervisor
    DESTINATION "${share_folder}/conformance"
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.cpp" PATTERN "manifest.txt" PATTERN "tests" EXCLUDE)
  install(FILES tools/cmake/touchstone_add_subject.cmake DESTINATION "${package_folder}")
endif()

if(TOUCHSTONE_COMMAND)
  install(TARGETS touchstone RUNTIME)
  install(DIRECTORY spec DESTINATION "${share_folder}" FILES_MATCHING PATTERN "*.toml" PATTERN "*.md")
endif()
