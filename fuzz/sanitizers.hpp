// What the sanitizers must be told about fibers and about memory of our own. Without them: nothing.

#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define TOUCHSTONE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TOUCHSTONE_ASAN 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define TOUCHSTONE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TOUCHSTONE_TSAN 1
#endif
#endif

#ifdef TOUCHSTONE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif

#ifdef TOUCHSTONE_TSAN
#include <sanitizer/tsan_interface.h>
#define TOUCHSTONE_UNOBSERVED __attribute__((no_sanitize("thread")))
#else
#define TOUCHSTONE_UNOBSERVED
#endif

namespace touchstone::fuzz {

/// Whether all goes ten to a hundred times more slowly.
#if defined(TOUCHSTONE_ASAN) || defined(TOUCHSTONE_TSAN)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

inline void forbid_access([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t size) {
#ifdef TOUCHSTONE_ASAN
  __asan_poison_memory_region(memory, size);
#endif
}

inline void permit_access([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t size) {
#ifdef TOUCHSTONE_ASAN
  __asan_unpoison_memory_region(memory, size);
#endif
}

/// What happened before published() happens before what follows observed(), as far as ThreadSanitizer knows.
inline void published([[maybe_unused]] const void* object) {
#ifdef TOUCHSTONE_TSAN
  __tsan_release(const_cast<void*>(object));
#endif
}

inline void observed([[maybe_unused]] const void* object) {
#ifdef TOUCHSTONE_TSAN
  __tsan_acquire(const_cast<void*>(object));
#endif
}

}  // namespace touchstone::fuzz
