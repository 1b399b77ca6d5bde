# The other half of the library: pools of processes. It needs cereal, of which a program that uses threads only sees
# nothing.

find_package(cereal QUIET GLOBAL)
if(NOT TARGET cereal::cereal)
  message(STATUS "Touchstone: left out: pools of processes, touchstone::process_futures (cereal is missing: libcereal-dev)")
  return()
endif()

add_library(concurrent_process_futures
  src/process/child.cpp
  src/process/code_place.cpp
  src/process/exceptions.cpp
  src/process/fork_server.cpp
  src/process/frame.cpp
  src/process/process_pool.cpp
  src/process/process_pool_children.cpp
  src/process/process_pool_end.cpp
  src/process/process_pool_executor.cpp
  src/process/process_pool_thread.cpp
  src/process/shared_calls.cpp
  sync/native/descriptors.cpp
  sync/native/fork_server.cpp
  sync/native/processes.cpp)
add_library(touchstone::process_futures ALIAS concurrent_process_futures)
target_sources(concurrent_process_futures PUBLIC FILE_SET HEADERS BASE_DIRS include sync/native FILES
  include/concurrent/futures/detail/process/archive.hpp
  include/concurrent/futures/detail/process/child.hpp
  include/concurrent/futures/detail/process/chunks.hpp
  include/concurrent/futures/detail/process/code_place.hpp
  include/concurrent/futures/detail/process/containers.hpp
  include/concurrent/futures/detail/process/exceptions.hpp
  include/concurrent/futures/detail/process/fork_server.hpp
  include/concurrent/futures/detail/process/frame.hpp
  include/concurrent/futures/detail/process/process_pool.hpp
  include/concurrent/futures/detail/process/shared_calls.hpp
  include/concurrent/futures/detail/process/travels.hpp
  include/concurrent/futures/portable.hpp
  include/concurrent/futures/process_pool_executor.hpp
  sync/native/concurrent/futures/detail/os.hpp)
target_link_libraries(concurrent_process_futures PUBLIC concurrent_futures cereal::cereal)
if(TARGET touchstone_warnings)
  target_link_libraries(concurrent_process_futures PRIVATE $<BUILD_INTERFACE:touchstone_warnings>)
endif()
configure_library(concurrent_process_futures process_futures)

# A function is named to another process by the build that it is part of: so every program and library that uses this
# one says which build it is.
target_link_options(concurrent_process_futures PUBLIC LINKER:--build-id=sha1)
