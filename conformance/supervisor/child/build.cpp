// What the compiler, CMake and the environment tell of this build.

#include <build_facts.hpp>
#include <cstdlib>
#include <string_view>
#include <supervisor/child/build.hpp>

// GCC says it by macros, clang by features.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TOUCHSTONE_ADDRESS_SANITIZER 1
#endif
#if __has_feature(thread_sanitizer)
#define TOUCHSTONE_THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define TOUCHSTONE_ADDRESS_SANITIZER 1
#endif
#if defined(__SANITIZE_THREAD__)
#define TOUCHSTONE_THREAD_SANITIZER 1
#endif

namespace touchstone::supervisor {

namespace {

bool under_valgrind() {
  const char* const preloaded = std::getenv("LD_PRELOAD");
  if (preloaded == nullptr) return false;
  const std::string_view text(preloaded);
  return text.find("vgpreload") != std::string_view::npos;
}

}  // namespace

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "g++ " __VERSION__;
#else
  return "unknown";
#endif
}

std::string compile_flags() { return TOUCHSTONE_COMPILE_FLAGS; }

std::string sanitizer() {
#if defined(TOUCHSTONE_THREAD_SANITIZER)
  return "thread";
#elif defined(TOUCHSTONE_ADDRESS_SANITIZER)
  return "address";
#else
  return "";
#endif
}

std::string suite_version() { return TOUCHSTONE_VERSION; }

double natural_time_scale() {
  double scale = 1;
  if (sanitizer() == "address") scale = 3;
  if (sanitizer() == "thread") scale = 3;
  if (under_valgrind()) scale = 10;
  return scale;
}

}  // namespace touchstone::supervisor
