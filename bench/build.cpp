#include <touchstone/bench/build.hpp>

namespace touchstone::bench {

Build this_build() {
#ifdef __clang__
  constexpr auto compiler = "clang " __clang_version__;
#else
  constexpr auto compiler = "g++ " __VERSION__;
#endif
#if defined(__OPTIMIZE__) && defined(NDEBUG)
  constexpr bool optimized = true;
#else
  constexpr bool optimized = false;
#endif
  return {compiler, TOUCHSTONE_COMPILE_FLAGS, optimized};
}

}  // namespace touchstone::bench
