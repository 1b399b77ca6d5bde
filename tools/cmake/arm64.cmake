# A toolchain: g++ for arm64 on another machine. What it builds runs in qemu, user mode.
#
# This shows that the library compiles there, with its types, alignments and calling conventions, and does what its tests
# ask for. It says nothing of arm64's memory order: qemu runs the threads on this machine's processor, and on x86-64
# nothing but a store and a later load changes places. What is too weakly ordered passes here.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
