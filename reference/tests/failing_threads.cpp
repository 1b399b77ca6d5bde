// Stands before the pthread_create of the system, or of a sanitizer.

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <failing_threads.hpp>

namespace {
std::atomic<bool> failing = false;
std::atomic<int> refusals = 0;
}  // namespace

FailingThreads::FailingThreads() {
  refusals = 0;
  failing = true;
}
FailingThreads::~FailingThreads() { failing = false; }
int FailingThreads::refused() { return refusals; }

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                              void* argument) noexcept {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  if (!failing) return create(thread, attributes, start, argument);
  ++refusals;
  return EAGAIN;
}
