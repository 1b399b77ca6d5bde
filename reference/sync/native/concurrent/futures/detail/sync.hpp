// The seam: the only file of the library that names a mutex, a condition variable, an atomic, a
// thread, a thread-local, a clock or a pause.
//
// It exists twice. This is the native one, which users get. The other, in fuzz/sync/scheduled/, has
// the same names and runs on fibers under a deterministic scheduler. A build picks one by its
// include path, so this file is always included with angle brackets, and no other file of this
// name may lie beside an includer. The scheduled build puts the whole library into an inline
// namespace, so that the two cannot be linked together unnoticed.

#pragma once

#include <cxxabi.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

// Everything of the library is visible to other modules of the program, even if they are compiled with
// -fvisibility=hidden: errors can be caught in a module that did not throw them, and a module that has a copy of
// an inline function has, by the same rule, the function that it calls.
#define CONCURRENT_FUTURES_BEGIN \
  namespace concurrent {         \
  namespace [[gnu::visibility("default")]] futures {
#define CONCURRENT_FUTURES_END \
  }                            \
  }

// What clang holds the code against, with -Wthread-safety: which mutex guards what. Not inside of constructors and
// destructors, nor where the mutex has no name that others can write. Other compilers do not know these words.
#ifdef __clang__
#define CONCURRENT_FUTURES_THREAD_SAFETY(...) __attribute__((__VA_ARGS__))
#else
#define CONCURRENT_FUTURES_THREAD_SAFETY(...)
#endif
/// Of a variable: it is read and written only by who holds the mutex.
#define CONCURRENT_FUTURES_GUARDED_BY(mutex) CONCURRENT_FUTURES_THREAD_SAFETY(guarded_by(mutex))
/// Of a function: it is called only by who holds the mutex.
#define CONCURRENT_FUTURES_REQUIRES(mutex) CONCURRENT_FUTURES_THREAD_SAFETY(requires_capability(mutex))

CONCURRENT_FUTURES_BEGIN
namespace sync {

template <typename T>
using Atomic = std::atomic<T>;

using Clock = std::chrono::steady_clock;
using Thread = std::thread;

/// To be held by a Lock.
class CONCURRENT_FUTURES_THREAD_SAFETY(capability("mutex")) Mutex {
 public:
  // For what is held across a fork: one handler takes it, another gives it back. That is not checked.
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  friend class Lock;
  std::mutex mutex_;
};

/// Holds a mutex while it lives, but for waits for a condition.
class CONCURRENT_FUTURES_THREAD_SAFETY(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex) CONCURRENT_FUTURES_THREAD_SAFETY(acquire_capability(mutex)) : lock_(mutex.mutex_) {}
  ~Lock() CONCURRENT_FUTURES_THREAD_SAFETY(release_capability()) = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// For Condition.
  operator std::unique_lock<std::mutex>&() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

using Condition = std::condition_variable;

/// Whether this is the thread that asks.
inline bool is_calling_thread(const Thread& thread) { return thread.get_id() == std::this_thread::get_id(); }

/// Goes through the frames of a thread that is ended from within, by pthread_exit() or pthread_cancel(). Whoever
/// catches it must let it go on.
#if defined(__GLIBCXX__)
using ForcedUnwinding = abi::__forced_unwind;
#else
struct ForcedUnwinding {};  // other libraries have no name for it
#endif

/// While it lives, a request to cancel the calling thread waits.
class NotCancellable {
 public:
  NotCancellable() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~NotCancellable() { pthread_setcancelstate(before_, &before_); }
  NotCancellable(const NotCancellable&) = delete;
  NotCancellable& operator=(const NotCancellable&) = delete;

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

/// Ends the calling thread if it was to be cancelled.
inline void end_if_cancelled() { pthread_testcancel(); }

/// A slot that each thread has for itself, null at first. `Tag` tells slots of one type apart.
template <typename T, typename Tag>
class Local {
 public:
  static T* get() { return slot; }
  static void set(T* value) { slot = value; }

 private:
  static inline thread_local T* slot = nullptr;
};

/// A number that each thread has for itself, 0 at first.
template <typename Tag>
class LocalNumber {
 public:
  static std::uint64_t get() { return number; }
  static void set(std::uint64_t value) { number = value; }

 private:
  static inline thread_local std::uint64_t number = 0;
};

/// Has these called at every fork: before it, and after it in the parent and in the child. Where a lock of the whole
/// program is held by another thread at that moment, the child would wait for it for ever.
struct AtFork {
  AtFork(void (*before)(), void (*in_parent)(), void (*in_child)()) { pthread_atfork(before, in_parent, in_child); }
};

/// Tells the operating system the name of the calling thread. At most 15 bytes; longer ones are not set.
inline void set_thread_name(const char* name) { pthread_setname_np(pthread_self(), name); }

/// How many processors the machine has, as found out at the first call. Not what initializes a static: a child that is
/// forked while another thread does that would wait for the thread for ever.
inline unsigned processors() {
  static constinit std::atomic<unsigned> known = 0;
  if (known == 0) known = std::max(1U, std::thread::hardware_concurrency());
  return known;
}

/// Calls `ready` again and again until it is true or `budget` is over; returns its last answer.
///
/// For waits that are likely to end sooner than a thread can be put to sleep and woken. On a machine with one processor
/// nobody could make it true meanwhile, so it asks once.
template <typename Ready>
bool spin_until(Ready ready, std::chrono::nanoseconds budget) {
  if (ready()) return true;
  if (processors() < 2) return false;
  const auto end = Clock::now() + budget;
  do {
    for (int i = 0; i < 8; ++i) {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#elif defined(__aarch64__)
      asm volatile("yield");
#endif
    }
    if (ready()) return true;
  } while (Clock::now() < end);
  return false;
}

}  // namespace sync
CONCURRENT_FUTURES_END
