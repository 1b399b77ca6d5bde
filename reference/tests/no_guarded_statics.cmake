# Demands that no function of the library has a static that its first caller initializes: a child that is forked while
# another thread does that waits for the thread for ever, as soon as it calls the function.
#
#   cmake -DNM=... -DFILES=<library;executable> -P no_guarded_statics.cmake

cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND "${NM}" ${FILES} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
if(NOT symbols MATCHES "_ZNK?10concurrent7futures")
  message(FATAL_ERROR "${FILES} have no symbol of the library, so nothing is known of its statics.")
endif()

string(REGEX MATCHALL "_ZGVZ[^\n]*10concurrent7futures[^\n]*" guards "${symbols}")
list(FILTER guards EXCLUDE REGEX "_Test8TestBody")
list(REMOVE_DUPLICATES guards)
foreach(guard IN LISTS guards)
  message(SEND_ERROR "A static is initialized by its first caller. Make it constinit: ${guard}")
endforeach()
