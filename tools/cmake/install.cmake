# What is installed, and the packages that find_package(Touchstone) and pkg-config find. Three components:
#
#   futures      the library, its headers and both packages: all that its users need
#   conformance  the suite, with the specification
#   command      the command touchstone, with the specification
#
# The library is installed as usual. The suite is installed as sources and compiled once in each build
# tree that uses it, with the flags of that tree: a suite without ThreadSanitizer would be no use to a
# program with it.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/Touchstone")
set(share_folder "${CMAKE_INSTALL_DATADIR}/touchstone")
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME futures)

install(TARGETS concurrent_futures EXPORT TouchstoneTargets FILE_SET HEADERS)
install(EXPORT TouchstoneTargets NAMESPACE touchstone:: DESTINATION "${package_folder}")
# Apart, since whoever uses threads only need not have cereal.
if(TARGET concurrent_process_futures)
  install(TARGETS concurrent_process_futures EXPORT TouchstoneProcessTargets FILE_SET HEADERS)
  install(EXPORT TouchstoneProcessTargets NAMESPACE touchstone:: DESTINATION "${package_folder}")
endif()

# --- pkg-config: touchstone-futures, touchstone-process-futures -----------------------------------

set(pkgconfig_folder "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
# The prefix is told relative to the file, so that the installed tree can be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}/${pkgconfig_folder}" OUTPUT_VARIABLE way_to_prefix)
get_target_property(type concurrent_futures TYPE)
set(libraries_of_static "")
if(type STREQUAL "STATIC_LIBRARY")
  set(libraries_of_static " -pthread")  # for those who do not say --static, for there is nothing else
endif()
set(packages touchstone-futures)
if(TARGET concurrent_process_futures)
  list(APPEND packages touchstone-process-futures)
endif()
foreach(package IN LISTS packages)
  configure_file(tools/cmake/${package}.pc.in "${PROJECT_BINARY_DIR}/package/${package}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/package/${package}.pc" DESTINATION "${pkgconfig_folder}")
endforeach()

# --- CMake: Touchstone ----------------------------------------------------------------------------

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
set(built_with_thread_sanitizer OFF)
if("${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}" MATCHES "-fsanitize=[^ ]*thread")
  set(built_with_thread_sanitizer ON)
endif()
configure_package_config_file(tools/cmake/TouchstoneConfig.cmake.in "${PROJECT_BINARY_DIR}/package/TouchstoneConfig.cmake"
  INSTALL_DESTINATION "${package_folder}" PATH_VARS share_folder)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/TouchstoneConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/package/TouchstoneConfig.cmake"
  "${PROJECT_BINARY_DIR}/package/TouchstoneConfigVersion.cmake"
  DESTINATION "${package_folder}")

if(TOUCHSTONE_CONFORMANCE)
  set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME conformance)
  install(FILES conformance/CMakeLists.txt DESTINATION "${share_folder}/conformance")
  install(DIRECTORY conformance/include conformance/src conformance/suite conformance/supervisor
    DESTINATION "${share_folder}/conformance"
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.cpp" PATTERN "manifest.txt" PATTERN "tests" EXCLUDE)
  install(FILES tools/cmake/touchstone_add_subject.cmake DESTINATION "${package_folder}")
endif()

if(TOUCHSTONE_COMMAND)
  set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME command)
  install(TARGETS touchstone RUNTIME)
endif()

# What the messages of the suite and of the command refer to: where either is, so are these.
foreach(component IN ITEMS conformance command)
  string(TOUPPER "TOUCHSTONE_${component}" part)
  if(${part})
    install(DIRECTORY spec DESTINATION "${share_folder}" COMPONENT ${component}
      FILES_MATCHING PATTERN "*.toml" PATTERN "*.md" PATTERN "*.json")
    install(FILES ARCHITECTURE.md DESTINATION "${share_folder}" COMPONENT ${component})
    install(FILES conformance/README.md DESTINATION "${share_folder}/conformance" COMPONENT ${component})
  endif()
endforeach()
