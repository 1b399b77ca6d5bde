# Does what README and reference/README.md tell a user to do, with quick_start.cpp: installs the library and uses it by
# find_package and by pkg-config, and uses its sources as a part of the user's build.
#
#   cmake -DSOURCES=<Touchstone> -DFOLDER=<an empty one> -DCOMPILER=... -DGENERATOR=... -P follow_readme.cmake

cmake_minimum_required(VERSION 3.25)

set(examples "${SOURCES}/reference/examples")
set(prefix "${FOLDER}/installed")
set(options -G "${GENERATOR}" "-DCMAKE_CXX_COMPILER=${COMPILER}")

function(run)
  execute_process(COMMAND ${ARGV} WORKING_DIRECTORY "${FOLDER}" OUTPUT_VARIABLE output ERROR_VARIABLE output
    RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}\nended with ${result}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(check_program program example)
  run("${CMAKE_COMMAND}" -D "PROGRAM=${program}" -D "SOURCE=${examples}/${example}.cpp"
    -P "${examples}/check_output.cmake")
  message(STATUS "${program} prints what it should")
endfunction()

file(REMOVE_RECURSE "${FOLDER}")
foreach(project project subproject project_of_processes)
  file(COPY "${examples}/${project}/CMakeLists.txt" "${examples}/quick_start.cpp" "${examples}/process_map.cpp"
    DESTINATION "${FOLDER}/${project}")
endforeach()
file(CREATE_LINK "${SOURCES}" "${FOLDER}/subproject/touchstone" SYMBOLIC)

run("${CMAKE_COMMAND}" -S "${SOURCES}" -B library ${options} -DCMAKE_BUILD_TYPE=Release -DTOUCHSTONE_CONFORMANCE=OFF
  -DTOUCHSTONE_COMMAND=OFF -DBUILD_TESTING=OFF)
run("${CMAKE_COMMAND}" --build library)
run("${CMAKE_COMMAND}" --install library --prefix "${prefix}")

function(build project example)
  run("${CMAKE_COMMAND}" -S ${project} -B ${project}/build ${options} "-DCMAKE_PREFIX_PATH=${prefix}")
  run("${CMAKE_COMMAND}" --build ${project}/build)
  check_program("${FOLDER}/${project}/build/${example}" ${example})
endfunction()
build(project quick_start)
build(subproject quick_start)
build(project_of_processes process_map)

file(GLOB_RECURSE package "${prefix}/*/touchstone-futures.pc")
cmake_path(GET package PARENT_PATH package)
set(ENV{PKG_CONFIG_PATH} "${package}")
function(build_by_pkg_config name example)
  run(pkg-config --cflags --libs ${name})
  separate_arguments(flags UNIX_COMMAND "${output}")
  run("${COMPILER}" -std=c++20 project/${example}.cpp ${flags} "-Wl,-rpath,${package}/.." -o by_pkg_config_${example})
  check_program("${FOLDER}/by_pkg_config_${example}" ${example})
endfunction()
build_by_pkg_config(touchstone-futures quick_start)
build_by_pkg_config(touchstone-process-futures process_map)
