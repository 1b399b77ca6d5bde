// Programs that do without a lock what needs one. clang must refuse each, as must_not_compile.cmake says.

#include <concurrent/futures/detail/sync.hpp>
#include <concurrent/futures/detail/waiter.hpp>

using namespace concurrent::futures;

struct Counter {
  void increment() CONCURRENT_FUTURES_REQUIRES(mutex) { ++count; }

  sync::Mutex mutex;
  sync::Condition changed;
  int count CONCURRENT_FUTURES_GUARDED_BY(mutex) = 0;
};

struct Listener : detail::Waiter {
  bool is_satisfied();
};

[[maybe_unused]] static void use(Counter& counter, [[maybe_unused]] Counter& other) {
#if defined(CASE_reading)
  // says: reading variable 'count' requires holding mutex 'counter.mutex'
  if (counter.count == 0) return;

#elif defined(CASE_writing)
  // says: writing variable 'count' requires holding mutex 'counter.mutex'
  counter.count = 1;

#elif defined(CASE_calling)
  // says: calling function 'increment' requires holding mutex 'counter.mutex'
  counter.increment();

#elif defined(CASE_lock_of_another)
  // says: requires holding mutex 'counter.mutex'
  const sync::Lock lock(other.mutex);
  counter.increment();

#elif defined(CASE_lock_that_was_given_back)
  // says: requires holding mutex 'counter.mutex'
  { const sync::Lock lock(counter.mutex); }
  counter.increment();

#elif defined(CASE_lock_that_is_held)
  // says: already held
  const sync::Lock lock(counter.mutex);
  const sync::Lock again(counter.mutex);

#else
  // Without a case the file compiles.
  sync::Lock lock(counter.mutex);
  while (counter.count == 0) counter.changed.wait(lock);
  counter.increment();
#endif
}

bool Listener::is_satisfied() {
#if defined(CASE_function_of_the_library)
  // says: calling function 'satisfied' requires holding mutex 'mutex_'
  return satisfied();
#else
  const sync::Lock lock(mutex_);
  return satisfied();
#endif
}
