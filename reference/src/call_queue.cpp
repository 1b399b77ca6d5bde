#include <concurrent/futures/detail/call_queue.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {

Outcome* CallQueue::closed_mark() {
  // An address that no call can have; never looked into.
  static char mark;
  return reinterpret_cast<Outcome*>(&mark);
}

bool CallQueue::push(Outcome* call) {
  Outcome* newest = inbox_.load();
  do {
    if (newest == closed_mark()) return false;
    call->next_ = newest;
  } while (!inbox_.compare_exchange_weak(newest, call));
  return true;
}

Outcome* CallQueue::pop() {
  if (empty()) return nullptr;
  const sync::Lock lock(mutex_);
  if (front_.load() == nullptr) empty_inbox_into_front();
  Outcome* const oldest = front_.load();
  if (oldest != nullptr) front_.store(oldest->next_);
  return oldest;
}

// The inbox first: what is on its way from there is in the front list before it has left the inbox.
bool CallQueue::empty() const { return !is_call(inbox_.load()) && front_.load() == nullptr; }

void CallQueue::close() {
  const sync::Lock lock(mutex_);
  Outcome* last = front_.load();
  if (last == nullptr && is_call(inbox_.load())) front_.store(inbox_.load());
  Outcome* const newest = inbox_.exchange(closed_mark());
  if (!is_call(newest)) return;
  Outcome* const calls = turned_round(newest);
  if (last == nullptr) {
    front_.store(calls);
    return;
  }
  while (last->next_ != nullptr) last = last->next_;
  last->next_ = calls;
}

bool CallQueue::closed() const { return inbox_.load() == closed_mark(); }

Outcome* CallQueue::take_all() {
  const sync::Lock lock(mutex_);
  Outcome* const first = front_.exchange(nullptr);
  if (first == nullptr) {
    empty_inbox_into_front();
    return front_.exchange(nullptr);
  }
  Outcome* last = first;
  while (last->next_ != nullptr) last = last->next_;
  empty_inbox_into_front();
  last->next_ = front_.exchange(nullptr);
  return first;
}

// Under mutex_, when the front list is empty.
void CallQueue::empty_inbox_into_front() {
  // Only close() puts the mark there, under the same lock: so the exchange cannot take it away.
  if (!is_call(inbox_.load())) return;
  // Already there, though not yet in order: nobody may find both lists empty meanwhile, and go to sleep.
  front_.store(inbox_.load());
  front_.store(turned_round(inbox_.exchange(nullptr)));
}

Outcome* CallQueue::turned_round(Outcome* newest) {
  Outcome* oldest = nullptr;
  while (newest != nullptr) {
    Outcome* const earlier = newest->next_;
    newest->next_ = oldest;
    oldest = newest;
    newest = earlier;
  }
  return oldest;
}

}  // namespace detail
CONCURRENT_FUTURES_END
