# A toolchain: clang with its own standard library, libc++.

set(CMAKE_CXX_COMPILER clang++-19)
# Experimental is std::stop_token, which an example uses.
set(CMAKE_CXX_FLAGS_INIT "-stdlib=libc++ -fexperimental-library")
