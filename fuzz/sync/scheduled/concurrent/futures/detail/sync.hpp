// The seam, scheduled: the other side of reference/sync/native/concurrent/futures/detail/sync.hpp.
//
// The same names, on the strands of a deterministic scheduler: each operation is a place at which
// the schedule may go on elsewhere. Outside of a schedule the program has one thread, and they do their plain work.
//
// What has static storage begins each schedule as it was made: it sees by the scheduler's epoch that a
// new one has begun. Operations on something that was destroyed end the schedule as a failure.

#pragma once

#include <chrono>
#include <concurrent/futures/detail/scheduled_atomic.hpp>
#include <concurrent/futures/detail/scheduled_life.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <sanitizers.hpp>
#include <scheduler.hpp>
#include <system_error>
#include <type_traits>
#include <utility>

// As on the other side.
#ifdef __clang__
#define CONCURRENT_FUTURES_THREAD_SAFETY(...) __attribute__((__VA_ARGS__))
#else
#define CONCURRENT_FUTURES_THREAD_SAFETY(...)
#endif
#define CONCURRENT_FUTURES_GUARDED_BY(mutex) CONCURRENT_FUTURES_THREAD_SAFETY(guarded_by(mutex))
#define CONCURRENT_FUTURES_REQUIRES(mutex) CONCURRENT_FUTURES_THREAD_SAFETY(requires_capability(mutex))

CONCURRENT_FUTURES_BEGIN
namespace sync {

class CONCURRENT_FUTURES_THREAD_SAFETY(capability("mutex")) Mutex {
 public:
  constexpr Mutex() = default;
  ~Mutex() {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) return;
    if (!life_.begins_anew(*scheduler) && owner_ != nullptr && !owner_->died())
      scheduler->fail("a mutex was destroyed that was locked");
  }
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock(Place place = Place::here()) {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) return;
    scheduler->reach(Action::lock, this, true, place);
    acquire(*scheduler);
  }
  bool try_lock(Place place = Place::here()) {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) return true;
    scheduler->reach(Action::lock, this, true, place);
    begin(*scheduler);
    const bool is_free = owner_ == nullptr || owner_->died();
    scheduler->record_value(is_free ? 1 : 0);
    if (!is_free) return false;
    acquire(*scheduler);
    return true;
  }
  void unlock(Place place = Place::here()) {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) return;
    scheduler->reach(Action::unlock, this, true, place);
    release(*scheduler);
  }

 private:
  friend class Condition;

  TOUCHSTONE_UNOBSERVED void begin(Scheduler& scheduler) {
    if (life_.begins_anew(scheduler)) owner_ = nullptr;
  }
  TOUCHSTONE_UNOBSERVED void acquire(Scheduler& scheduler) {
    begin(scheduler);
    const touchstone::fuzz::Strand* const self = &scheduler.current();
    if (owner_ == self) scheduler.fail("a thread locked a mutex that it had locked already");
    while (owner_ != nullptr && !owner_->died()) {
      scheduler.block(this);
      begin(scheduler);  // it may have been destroyed meanwhile
    }
    owner_ = self;
    touchstone::fuzz::observed(this);
  }
  TOUCHSTONE_UNOBSERVED void release(Scheduler& scheduler) {
    begin(scheduler);
    if (owner_ != &scheduler.current()) scheduler.fail("a thread unlocked a mutex that it had not locked");
    touchstone::fuzz::published(this);
    owner_ = nullptr;
    scheduler.wake_all(this);
  }

  const touchstone::fuzz::Strand* owner_ = nullptr;
  Life life_;
};

/// Knows the line of the source at which it was made.
class CONCURRENT_FUTURES_THREAD_SAFETY(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex, Place place = Place::here()) CONCURRENT_FUTURES_THREAD_SAFETY(acquire_capability(mutex))
      : mutex_(mutex), place_(place) {
    mutex_.lock(place_);
  }
  ~Lock() CONCURRENT_FUTURES_THREAD_SAFETY(release_capability()) { mutex_.unlock(place_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  friend class Condition;
  Mutex& mutex_;
  const Place place_;
};

/// Time goes on only when all threads wait for it, or when the schedule lets one of them be late.
struct Clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock, duration>;
  static constexpr bool is_steady = true;

  static time_point now() {
    const Scheduler* const scheduler = Scheduler::active();
    return time_point(duration(scheduler != nullptr ? scheduler->now() : 0));
  }
};

class Condition {
 public:
  constexpr Condition() = default;
  ~Condition() {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler != nullptr && scheduler->awaited(this))
      scheduler->fail("a condition was destroyed that is waited for");
  }
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  void wait(Lock& lock, Place place = Place::here()) { block(lock, Action::wait, Scheduler::never, place); }

  template <typename Duration>
  std::cv_status wait_until(Lock& lock, std::chrono::time_point<Clock, Duration> deadline,
                            Place place = Place::here()) {
    const auto limit = std::chrono::time_point_cast<Clock::duration>(deadline).time_since_epoch().count();
    return block(lock, Action::wait_until, limit, place) ? std::cv_status::no_timeout : std::cv_status::timeout;
  }

  void notify_one(Place place = Place::here()) { notify(Action::notify_one, place); }
  void notify_all(Place place = Place::here()) { notify(Action::notify_all, place); }

 private:
  bool block(Lock& lock, Action action, std::int64_t deadline, Place place) {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) std::terminate();  // nobody could ever notify
    scheduler->reach(action, this, true, place);
    life_.begins_anew(*scheduler);
    Mutex& mutex = lock.mutex_;
    mutex.release(*scheduler);
    const bool notified = scheduler->wait(this, deadline);
    mutex.acquire(*scheduler);
    return notified;
  }
  void notify(Action action, Place place) {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) return;
    scheduler->reach(action, this, true, place);
    life_.begins_anew(*scheduler);
    scheduler->notify(this, action == Action::notify_all);
  }

  Life life_;
};

/// What a scenario throws to end its thread.
struct ForcedUnwinding {};

/// Nothing cancels a thread under a schedule, but end_if_cancelled().
struct NotCancellable {
  NotCancellable() {}
  ~NotCancellable() {}
  NotCancellable(const NotCancellable&) = delete;
  NotCancellable& operator=(const NotCancellable&) = delete;
};

/// How many threads a scenario has cancelled, of those that come to such a point; which ones is the schedule's choice.
inline Atomic<int> cancelled{0};

inline void end_if_cancelled() {
  Scheduler* const scheduler = Scheduler::active();
  if (scheduler == nullptr || cancelled.load() == 0 || scheduler->choose(2) == 0) return;
  if (cancelled.fetch_sub(1) > 0) throw ForcedUnwinding();
  cancelled.fetch_add(1);
}

/// How many more threads a scenario lets the library have. Begins each schedule with plenty.
inline Atomic<int> threads_left{1000};

/// As std::thread. It can be made in a schedule only.
class Thread {
 public:
  Thread() = default;
  template <typename F, typename... Arguments>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Thread>) explicit Thread(F&& callable, Arguments&&... arguments) {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) throw std::system_error(std::make_error_code(std::errc::operation_not_permitted));
    if (threads_left.fetch_sub(1) <= 0) {
      threads_left.fetch_add(1);
      throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    }
    auto work = [callable = std::decay_t<F>(std::forward<F>(callable)),
                 ... arguments = std::decay_t<Arguments>(std::forward<Arguments>(arguments))]() mutable {
      std::invoke(std::move(callable), std::move(arguments)...);
    };
    scheduler->reach(Action::start_thread, nullptr, true, {});
    strand_ = &scheduler->start(std::make_unique<Callable<decltype(work)>>(std::move(work)));
    scheduler->record_value(strand_->number());
  }
  Thread(Thread&& other) noexcept : strand_(std::exchange(other.strand_, nullptr)) {}
  Thread& operator=(Thread&& other) noexcept {
    if (joinable()) std::terminate();
    strand_ = std::exchange(other.strand_, nullptr);
    return *this;
  }
  ~Thread() {
    if (joinable()) std::terminate();
  }

  [[nodiscard]] bool joinable() const noexcept { return strand_ != nullptr; }

  void join(Place place = Place::here()) {
    Scheduler& scheduler = begin(Action::join, place);
    if (strand_ == &scheduler.current()) {
      throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur));
    }
    while (!strand_->finished()) scheduler.block(strand_);
    touchstone::fuzz::observed(strand_);
    strand_ = nullptr;
  }
  void detach(Place place = Place::here()) {
    begin(Action::detach, place);
    strand_ = nullptr;
  }

 private:
  friend bool is_calling_thread(const Thread& thread);

  template <typename F>
  class Callable final : public touchstone::fuzz::Body {
   public:
    explicit Callable(F work) : work_(std::move(work)) {}
    void run() override {
      try {
        work_();
      } catch (const ForcedUnwinding&) {
        // It has come to the thread's end.
      }
    }

   private:
    F work_;
  };

  Scheduler& begin(Action action, Place place) {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr || !joinable()) throw std::system_error(std::make_error_code(std::errc::invalid_argument));
    scheduler->reach(action, strand_, true, place);
    scheduler->record_value(strand_->number());
    return *scheduler;
  }

  touchstone::fuzz::Strand* strand_ = nullptr;
};

inline bool is_calling_thread(const Thread& thread) {
  const Scheduler* const scheduler = Scheduler::active();
  return scheduler != nullptr && thread.strand_ == &scheduler->current();
}

template <typename T, typename Tag>
class Local {
 public:
  static T* get() {
    const Scheduler* const scheduler = Scheduler::active();
    return scheduler != nullptr ? static_cast<T*>(scheduler->slot(&key)) : nullptr;
  }
  static void set(T* value) {
    if (Scheduler* const scheduler = Scheduler::active())
      scheduler->set_slot(&key, const_cast<std::remove_const_t<T>*>(value));
  }

 private:
  static constexpr char key = 0;
};

template <typename Tag>
class LocalNumber {
 public:
  static std::uint64_t get() { return reinterpret_cast<std::uintptr_t>(Slot::get()); }
  static void set(std::uint64_t value) {
    Slot::set(reinterpret_cast<void*>(static_cast<std::uintptr_t>(value)));  // NOLINT(performance-no-int-to-ptr)
  }

 private:
  using Slot = Local<void, Tag>;
};

/// Nothing forks under a schedule.
struct AtFork {
  AtFork(void (*)(), void (*)(), void (*)()) {}
};

inline void set_thread_name(const char* name) {
  if (Scheduler* const scheduler = Scheduler::active()) scheduler->set_name(name);
}

/// How long a thread looks is the schedule's choice: once, or a few times more.
template <typename Ready>
bool spin_until(Ready ready, std::chrono::nanoseconds, Place place = Place::here()) {
  if (ready()) return true;
  Scheduler* const scheduler = Scheduler::active();
  if (scheduler == nullptr) return false;
  for (std::size_t looks = scheduler->choose(3); looks > 0; --looks) {
    scheduler->reach(Action::look, nullptr, false, place);
    if (ready()) return true;
  }
  return false;
}

}  // namespace sync
CONCURRENT_FUTURES_END
