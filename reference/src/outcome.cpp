#include <array>
#include <concurrent/futures/detail/outcome.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// An outcome has no lock of its own: a mutex would be as large as the rest of it, and is needed only
// by those that are observed. Locks are held for a few instructions, and never two at once.
std::array<sync::Mutex, 64> locks;

// The child gets new ones: between any two writes that they guard, everything is consistent.
const sync::AtFork locks_in_child(nullptr, nullptr, [] {
  for (sync::Mutex& mutex : locks) new (&mutex) sync::Mutex;
});

sync::Mutex& lock_of(const Outcome* outcome) {
  // Blocks of one size lie at regular distances: the multiplication spreads them over all locks.
  const auto address = reinterpret_cast<std::uintptr_t>(outcome);
  return locks[(static_cast<std::uint64_t>(address) * 0x9E3779B97F4A7C15U) >> 58];
}

/// Keeps an outcome alive while it is completed: whoever is told of it may drop all other references.
class Kept {
 public:
  explicit Kept(Outcome& outcome) : outcome_(outcome) { outcome_.retain(); }
  ~Kept() { outcome_.release(); }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

 private:
  Outcome& outcome_;
};

}  // namespace

Start Outcome::start() {
  std::uint32_t seen = word_.load();
  for (;;) {
    const auto state = static_cast<State>(seen & state_mask);
    if (state == State::cancelled) {
      if (word_.compare_exchange_weak(seen, word(State::cancelled_and_notified))) return Start::cancelled;
    } else if (state == State::pending && (seen & claimed) == 0) {
      if (word_.compare_exchange_weak(seen, (seen & ~state_mask) | word(State::running))) return Start::started;
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
  const Kept kept(*this);
  if (publish(end)) run_callbacks();
}

bool Outcome::cancel() {
  const Kept kept(*this);
  bool callbacks = false;
  const bool cancelled = cancel_without_callbacks(callbacks);
  if (callbacks) run_callbacks();
  return cancelled;
}

void Outcome::cancel_first() {
  bool callbacks = false;
  (void)cancel_without_callbacks(callbacks);
  if (callbacks) word_.fetch_or(owed);
}

void Outcome::run_owed_callbacks() {
  if ((word_.fetch_and(~owed) & owed) != 0) run_callbacks();
}

// `callbacks`: whether the caller must run some. Returns whether it is cancelled now.
bool Outcome::cancel_without_callbacks(bool& callbacks) {
  const sync::Lock lock(lock_of(this));
  std::uint32_t seen = word_.load();
  do {
    const auto state = static_cast<State>(seen & state_mask);
    if (is_cancelled(state)) return true;
    if (state != State::pending || (seen & claimed) != 0) return false;
  } while (!word_.compare_exchange_weak(seen, word(State::cancelled)));
  callbacks = wake_waiters();
  return true;
}

// Under the lock, which keeps a waiter that gives up from leaving while it is being told.
bool Outcome::wake_waiters() {
  Observer* observer = std::exchange(observers_, nullptr);
  while (observer != nullptr) {
    Observer* const earlier = observer->next_;
    if (observer->kind_ == Observer::Kind::waiter) {
      observer->completed(*this);
    } else {
      observer->next_ = observers_;  // which turns the list round: from now on the first added comes first
      observers_ = observer;
    }
    observer = earlier;
  }
  return observers_ != nullptr;
}

// One at a time, so that a coroutine which is destroyed meanwhile can still be taken out.
void Outcome::run_callbacks() {
  for (;;) {
    Observer* callback = nullptr;
    {
      const sync::Lock lock(lock_of(this));
      callback = observers_;
      if (callback == nullptr) return;
      observers_ = callback->next_;
    }
    callback->completed(*this);
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
  observer.next_ = observers_;
  observers_ = &observer;
  return true;
}

void Outcome::remove(Observer& observer) {
  const sync::Lock lock(lock_of(this));
  for (Observer** place = &observers_; *place != nullptr; place = &(*place)->next_) {
    if (*place != &observer) continue;
    *place = observer.next_;
    return;
  }
}

std::size_t Outcome::observers() const {
  const sync::Lock lock(lock_of(this));
  std::size_t count = 0;
  for (const Observer* observer = observers_; observer != nullptr; observer = observer->next_) ++count;
  return count;
}

}  // namespace detail
CONCURRENT_FUTURES_END
