#include <chrono>
#include <concurrent/futures/detail/sync.hpp>
#include <faults.hpp>
#include <memory>
#include <optional>
#include <sanitizers.hpp>
#include <scheduler.hpp>
#include <stdexcept>
#include <vector>

namespace touchstone::fuzz {
namespace {

namespace sync = concurrent::futures::sync;
using namespace std::chrono_literals;

#ifdef TOUCHSTONE_ASAN
constexpr bool finds_use_after_free = true;  // the sanitizer itself, and ends the process at once
#else
constexpr bool finds_use_after_free = false;
#endif

/// A flag that is set and waited for. Wrong: the flag is set without the lock, so a waiter that has just looked misses
/// it.
void lost_wake_up(bool wrong) {
  sync::Mutex mutex;
  sync::Condition changed;
  sync::Atomic<bool> set{false};
  sync::Thread setter([&] {
    std::optional<sync::Lock> lock;
    if (!wrong) lock.emplace(mutex);
    set.store(true);
    changed.notify_one();
  });
  {
    sync::Lock lock(mutex);
    while (!set.load()) changed.wait(lock);
  }
  setter.join();
}

/// cancel against start. Wrong: they look at the state first, and then change it.
void check_then_act(bool wrong) {
  enum State { pending, running, cancelled };
  sync::Atomic<State> state{pending};
  const auto move_to = [&](State next) {
    if (!wrong) {
      State expected = pending;
      return state.compare_exchange_strong(expected, next);
    }
    if (state.load() != pending) return false;
    state.store(next);
    return true;
  };
  bool runs = false;
  sync::Thread worker([&] { runs = move_to(running); });
  const bool is_cancelled = move_to(cancelled);
  worker.join();
  check(runs != is_cancelled, "a call runs or is cancelled");
}

/// A callback is added while a future is completed. Wrong: not under the lock that completion takes.
void lost_callback(bool wrong) {
  sync::Mutex mutex;
  sync::Atomic<bool> done{false};
  sync::Atomic<bool> added{false};
  int called = 0;
  sync::Thread worker([&] {
    {
      const sync::Lock lock(mutex);
      done.store(true);
    }
    if (added.load()) ++called;
  });
  {
    std::optional<sync::Lock> lock;
    if (!wrong) lock.emplace(mutex);
    if (done.load()) {
      ++called;
    } else {
      added.store(true);
    }
  }
  worker.join();
  check(called == 1, "a callback is called exactly once");
}

/// Two kinds of waiters at one condition. Wrong: one of them is notified, perhaps of the other kind.
void notified_the_wrong_one(bool wrong) {
  sync::Mutex mutex;
  sync::Condition changed;
  int value = 0;
  const auto await = [&](int wanted) {
    sync::Lock lock(mutex);
    while (value < wanted) changed.wait(lock);
  };
  sync::Thread first([&] { await(1); });
  sync::Thread second([&] { await(2); });
  for (int i = 0; i < 2; ++i) {
    const sync::Lock lock(mutex);
    ++value;
    wrong ? changed.notify_one() : changed.notify_all();
  }
  first.join();
  second.join();
}

/// Wrong: whoever is woken believes that somebody did it on purpose.
void believed_a_wake_up(bool wrong) {
  sync::Mutex mutex;
  sync::Condition changed;
  bool set = false;
  sync::Thread setter([&] {
    const sync::Lock lock(mutex);
    set = true;
    changed.notify_one();
  });
  {
    sync::Lock lock(mutex);
    if (wrong) {
      if (!set) changed.wait(lock);
    } else {
      while (!set) changed.wait(lock);
    }
    check(set, "the flag is set");
  }
  setter.join();
}

/// Wrong: compare_exchange_weak is asked once, though it may fail for no reason.
void believed_a_weak_exchange(bool wrong) {
  sync::Atomic<int> number{0};
  int expected = 0;
  if (wrong) {
    (void)number.compare_exchange_weak(expected, 1);
  } else {
    while (!number.compare_exchange_weak(expected, 1)) expected = 0;
  }
  check(number.load() == 1, "nobody else changed the number");
}

/// Wrong: two threads take two locks, each in its own order.
void locks_in_two_orders(bool wrong) {
  sync::Mutex a, b;
  sync::Thread other([&] {
    const sync::Lock first(wrong ? b : a);
    const sync::Lock second(wrong ? a : b);
  });
  {
    const sync::Lock first(a);
    const sync::Lock second(b);
  }
  other.join();
}

/// Wrong: the notifier touches the condition after the waiter may have destroyed it.
void notified_what_was_gone(bool wrong) {
  struct Shared {
    sync::Mutex mutex;
    sync::Condition changed;
    bool set = false;
  };
  auto shared = std::make_unique<Shared>();
  sync::Thread setter([&, state = shared.get()] {
    std::optional<sync::Lock> lock(std::in_place, state->mutex);
    state->set = true;
    if (wrong) lock.reset();
    state->changed.notify_one();
  });
  {
    sync::Lock lock(shared->mutex);
    while (!shared->set) shared->changed.wait(lock);
  }
  shared.reset();
  setter.join();
}

/// Wrong: takes for granted that a producer is faster than a time limit.
void believed_in_time(bool wrong) {
  sync::Mutex mutex;
  sync::Condition changed;
  bool set = false;
  sync::Thread setter([&] {
    const sync::Lock lock(mutex);
    set = true;
    changed.notify_one();
  });
  {
    sync::Lock lock(mutex);
    const auto deadline = sync::Clock::now() + 1h;
    bool in_time = true;
    while (!set && in_time) in_time = changed.wait_until(lock, deadline) == std::cv_status::no_timeout;
    check(set || (!in_time && !wrong), "an hour is enough");
  }
  setter.join();
}

/// Wrong: a thread waits actively for what nobody will do.
void endless_loop(bool wrong) {
  sync::Atomic<bool> set{false};
  sync::Thread setter([&] {
    if (!wrong) set.store(true);
  });
  setter.join();
  while (!set.load()) {
  }
}

void leak(bool wrong) {
  int* volatile number = new int(1);  // volatile: the compiler would leave out what nobody uses
  if (!wrong) delete number;
}

void release_twice(bool wrong) {
  int* volatile number = new int(1);  // volatile: the compiler must not see what is wrong here
  ::operator delete(number);
  if (wrong) ::operator delete(number);
}

void exception_leaves_a_thread(bool wrong) {
  sync::Thread thrower([&] {
    if (wrong) throw std::runtime_error("of the thread");
  });
  thrower.join();
}

void throw_if(bool wrong) {
  if (wrong) throw std::runtime_error("through noexcept");
}

void exception_leaves_noexcept(bool wrong) {
  [&]() noexcept { throw_if(wrong); }();
}

void forgets_to_join(bool wrong) {
  sync::Thread thread([] {});
  if (!wrong) thread.join();
}

}  // namespace

std::vector<Fault> seeded_faults() {
  std::vector<Fault> faults;
  const auto add = [&](const char* name, void (*body)(bool), const char* failure) {
    faults.push_back({{name, "", [body] { body(true); }}, {name, "", [body] { body(false); }}, failure});
  };
  add("lost_wake_up", lost_wake_up, "deadlock: no thread can go on");
  add("check_then_act", check_then_act, "a call runs or is cancelled");
  add("lost_callback", lost_callback, "a callback is called exactly once");
  add("notified_the_wrong_one", notified_the_wrong_one, "deadlock: no thread can go on");
  add("believed_a_wake_up", believed_a_wake_up, "the flag is set");
  add("believed_a_weak_exchange", believed_a_weak_exchange, "nobody else changed the number");
  add("locks_in_two_orders", locks_in_two_orders, "deadlock: no thread can go on");
  if (!finds_use_after_free)
    add("notified_what_was_gone", notified_what_was_gone, "something was used that had been destroyed");
  add("believed_in_time", believed_in_time, "an hour is enough");
  add("endless_loop", endless_loop, "livelock: still running after");
  add("leak", leak, "1 blocks of memory were not released");
  add("release_twice", release_twice, "memory was released twice");
  add("exception_leaves_a_thread", exception_leaves_a_thread, "an exception left a thread: of the thread");
  add("exception_leaves_noexcept", exception_leaves_noexcept, "std::terminate was called: through noexcept");
  add("forgets_to_join", forgets_to_join, "std::terminate was called");
  return faults;
}

}  // namespace touchstone::fuzz
