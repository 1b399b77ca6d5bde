#include <array>
#include <concurrent/futures/detail/fork.hpp>
#include <concurrent/futures/detail/outcome.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// An outcome has no lock of its own: a mutex would be as large as the rest of it, and is needed only
// by those that are observed. Locks are held for a few instructions, and never two at once.
std::array<sync::Mutex, 32> locks;

void unlock_all() {
  for (sync::Mutex& mutex : locks) mutex.unlock();
}

// The child finds no list that another thread was changing.
const sync::AtFork locks_in_child(
    [] {
      for (sync::Mutex& mutex : locks) mutex.lock();
    },
    unlock_all, unlock_all);

sync::Mutex& lock_of(const Outcome* outcome) {
  // Blocks of one size lie at regular distances: the multiplication spreads them over all locks.
  const auto address = reinterpret_cast<std::uintptr_t>(outcome);
  return locks[(static_cast<std::uint64_t>(address) * 0x9E3779B97F4A7C15U) >> 59];
}

/// Keeps an outcome alive while it is completed: whoever is told of it may drop all other references.
class Completing {
 public:
  explicit Completing(Outcome& outcome) : outcome_(outcome) { outcome_.retain(); }
  ~Completing() { outcome_.release(); }
  Completing(const Completing&) = delete;
  Completing& operator=(const Completing&) = delete;

 private:
  Outcome& outcome_;
};

}  // namespace

void Observer::run_deferred() { completed(*late_for_); }

bool Outcome::take() {
  std::uint64_t seen = counts_.load();
  while (((seen & ~promise) / one_handle) == 1) {
    if (counts_.compare_exchange_weak(seen, seen | taken)) return true;
  }
  return false;
}

Start Outcome::start() {
  std::uint32_t seen = word_.load();
  for (;;) {
    const auto state = static_cast<State>(seen & state_mask);
    if (state == State::cancelled) {
      if (word_.compare_exchange_weak(seen, (seen & ~state_mask) | word(State::cancelled_and_notified))) {
        return Start::cancelled;
      }
    } else if (state == State::pending && (seen & claimed) == 0) {
      if (word_.compare_exchange_weak(seen, (seen & ~state_mask) | word(State::running))) return Start::started;
    } else if (state == State::pending && (seen & cancelling) != 0) {
      if (word_.compare_exchange_weak(seen, seen | met)) return Start::cancelled;
    } else {
      return Start::refused;
    }
  }
}

bool Outcome::claim() {
  std::uint32_t seen = word_.load();
  while (!is_done(static_cast<State>(seen & state_mask)) && (seen & claimed) == 0) {
    if (word_.compare_exchange_weak(seen, seen | claimed)) return true;
  }
  return false;
}

void Outcome::unclaim() { word_.fetch_and(~claimed); }

bool Outcome::publish(State end) {
  if ((word_.exchange(word(end)) & observed) == 0) return false;
  const sync::Lock lock(lock_of(this));
  return wake_waiters();
}

void Outcome::finish(State end) {
  const Completing completing(*this);
  if (publish(end)) run_callbacks();
}

void Outcome::run() {
  // Where the thread is ended inside the callable, this is how it is left.
  struct Ended {
    Outcome* outcome;
    ~Ended() {
      if (outcome != nullptr) outcome->finish(State::threw);
    }
  } ended{this};
  const State end = execute();
  ended.outcome = nullptr;
  finish(end);
}

Outcome::Cancelled Outcome::cancel() {
  const Completing completing(*this);
  if (!cancel_at_once()) {
    if (!claim_to_cancel(0)) {
      if (is_being_cancelled()) return Cancelled::under_way;
      return is_cancelled(state()) ? Cancelled::yes : Cancelled::no;
    }
    Nesting nesting;
    if (nesting.is_too_deep()) {
      // What it lets go of may cancel the next call, whose callable cancels another one, and so on.
      publish_cancel();
      retain();
      nesting.defer(*this);
      return Cancelled::yes;
    }
    // A destructor of what it lets go of may wait for it.
    struct Early final : BeforeBlocking {
      explicit Early(Outcome& its_outcome) : outcome(its_outcome) {}
      void before_blocking() override { outcome.publish_cancel(); }
      Outcome& outcome;
    } early(*this);
    discard();
    publish_cancel();
  }
  if ((word_.load() & observed) != 0) run_callbacks();
  return Cancelled::yes;
}

bool Outcome::claim_to_cancel(std::uint32_t flags) {
  std::uint32_t seen = word_.load();
  do {
    if ((seen & without_callable) != 0 || is_closed(seen)) return false;
  } while (!word_.compare_exchange_weak(seen, seen | claimed | cancelling | flags));
  return true;
}

// Where nothing has to be destroyed before, in one step: the producer of a promise that is not pending any more finds
// it cancelled.
bool Outcome::cancel_at_once() {
  std::uint32_t seen = word_.load();
  do {
    if ((seen & without_callable) == 0 || is_closed(seen)) return false;
  } while (!word_.compare_exchange_weak(seen, word(State::cancelled) | (seen & observed)));
  wake_if_observed(seen);
  return true;
}

// Once, of however many times; after claim_to_cancel().
void Outcome::publish_cancel() {
  std::uint32_t seen = word_.load();
  State end = State::cancelled;
  do {
    if (is_done(static_cast<State>(seen & state_mask))) return;
    end = (seen & met) != 0 ? State::cancelled_and_notified : State::cancelled;
  } while (!word_.compare_exchange_weak(seen, word(end) | (seen & (observed | quiet))));
  wake_if_observed(seen);
}

void Outcome::begin_quiet_cancel() { (void)claim_to_cancel(quiet); }

void Outcome::let_go_quietly() {
  if ((word_.load() & quiet) != 0) discard();
}

void Outcome::publish_quiet_cancel() {
  if ((word_.load() & quiet) != 0) publish_cancel();
}

void Outcome::publish_quietly(State end) {
  std::uint32_t seen = word_.load();
  while (!word_.compare_exchange_weak(seen, word(end) | (seen & observed) | quiet)) {
  }
  wake_if_observed(seen);
}

void Outcome::end_quiet() {
  const std::uint32_t seen = word_.fetch_and(~quiet);
  if ((seen & quiet) != 0 && (seen & observed) != 0) run_callbacks();
}

void Outcome::wake_if_observed(std::uint32_t before) {
  if ((before & observed) == 0) return;
  const sync::Lock lock(lock_of(this));
  (void)wake_waiters();
}

// Under the lock, which keeps a waiter that gives up from leaving while it is being told. Returns whether there are
// callbacks.
bool Outcome::wake_waiters() {
  Observer* const last = observers_;
  if (last == nullptr) return false;
  Observer* each = last->next_;
  for (bool is_last = false; !is_last;) {
    Observer& observer = *each;
    is_last = each == last;
    each = each->next_;
    if (observer.kind_ != Observer::Kind::waiter) continue;
    unlink(observer);
    observer.completed(*this);
  }
  return observers_ != nullptr;
}

void Outcome::run_callbacks() {
  Nesting nesting;
  if (nesting.is_too_deep()) {
    retain();
    nesting.defer(*this);
  } else {
    run_callbacks_now();
  }
}

void Outcome::run_deferred() {
  struct Release {
    Outcome& outcome;
    ~Release() { outcome.release(); }
  } const kept{*this};
  if (is_cancelled(state())) discard();
  run_callbacks_now();
}

// One at a time, so that a coroutine which is destroyed meanwhile can still be taken out.
void Outcome::run_callbacks_now() {
  // A thread that is ended inside a callback leaves the rest to its unwinding.
  struct Rest {
    Outcome& outcome;
    const Process process = {};
    bool is_through = false;
    ~Rest() {
      if (is_through) return;
      end_child_of_worker(process);
      outcome.run_callbacks_now();
    }
  } rest{*this};
  for (bool is_last = false; !is_last;) {
    Observer* callback = nullptr;
    {
      const sync::Lock lock(lock_of(this));
      if (observers_ == nullptr) break;
      callback = observers_->next_;
      unlink(*callback);
      is_last = observers_ == nullptr;  // nobody can be added any more
    }
    callback->completed(*this);
    end_child_of_worker(rest.process);  // it may have forked
  }
  rest.is_through = true;
}

void Outcome::tell_late(Observer& callback) {
  retain_handle();
  Nesting nesting;
  if (nesting.is_too_deep()) {
    callback.late_for_ = this;
    nesting.defer(callback);
  } else {
    callback.completed(*this);
  }
}

bool Outcome::add(Observer& observer) {
  if (done()) return false;
  const sync::Lock lock(lock_of(this));
  // Either the completing thread sees the bit, and comes for the list once this lock is free, or
  // this thread sees that it is done.
  if (is_done(static_cast<State>(word_.fetch_or(observed) & state_mask))) return false;
  // The handle that a callback is given exists from now on: until then, no other handle is the only one.
  if (observer.kind_ == Observer::Kind::callback) retain_handle();
  link(observer);
  return true;
}

void Outcome::remove(Observer& observer) {
  const sync::Lock lock(lock_of(this));
  if (observer.next_ != nullptr) unlink(observer);
}

// As the last.
void Outcome::link(Observer& observer) {
  Observer& last = observers_ != nullptr ? *observers_ : observer;
  Observer& first = observers_ != nullptr ? *last.next_ : observer;
  observer.previous_ = &last;
  observer.next_ = &first;
  last.next_ = &observer;
  first.previous_ = &observer;
  observers_ = &observer;
}

void Outcome::unlink(Observer& observer) {
  observer.previous_->next_ = observer.next_;
  observer.next_->previous_ = observer.previous_;
  if (observers_ == &observer) observers_ = observer.previous_ != &observer ? observer.previous_ : nullptr;
  observer.next_ = observer.previous_ = nullptr;
}

std::size_t Outcome::observers() const {
  const sync::Lock lock(lock_of(this));
  if (observers_ == nullptr) return 0;
  std::size_t count = 1;
  for (const Observer* each = observers_->next_; each != observers_; each = each->next_) ++count;
  return count;
}

}  // namespace detail
CONCURRENT_FUTURES_END
