#include <concurrent/futures/detail/call_queue.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

/// The mark of a closed queue, which has an address that no entry can have; never looked into.
struct Mark : QueueEntry {
  constexpr Mark() : QueueEntry(Kind::call) {}
};

}  // namespace

QueueEntry* CallQueue::closed_mark() {
  static constinit Mark mark;
  return &mark;
}

bool CallQueue::push(QueueEntry* entry) {
  QueueEntry* newest = inbox_.load();
  do {
    if (newest == closed_mark()) return false;
    entry->next_ = newest;
  } while (!inbox_.compare_exchange_weak(newest, entry));
  return true;
}

QueuedCall CallQueue::pop() {
  if (empty()) return {};
  const sync::Lock lock(mutex_);
  if (front_.load() == nullptr) empty_inbox_into_front();
  QueueEntry* const oldest = front_.load();
  if (oldest == nullptr) return {};
  if (oldest->kind() == QueueEntry::Kind::batch) return pop_from(static_cast<Batch&>(*oldest));
  front_.store(oldest->next_);
  return {static_cast<Outcome*>(oldest), nullptr};
}

// The batch stays in the queue while it has unclaimed elements; else its reference goes to the caller.
QueuedCall CallQueue::pop_from(Batch& batch) {
  // Before the claim: a batch without unclaimed elements may be pushed again at any moment.
  QueueEntry* const behind = batch.next_;
  const Claim claim = batch.claim(1);
  if (claim.empty() || claim.last) {
    front_.store(behind);
  } else {
    batch.retain();
  }
  return {claim.empty() ? nullptr : &batch.element(claim.begin), &batch};
}

bool CallQueue::remove_oldest(const Batch& batch) {
  const sync::Lock lock(mutex_);
  if (front_.load() != &batch) return false;
  front_.store(batch.next_);
  return true;
}

// The inbox first: what is on its way from there is in the front list before it has left the inbox.
bool CallQueue::empty() const { return !is_entry(inbox_.load()) && front_.load() == nullptr; }

// In a closed queue no entry is the newest.
bool CallQueue::is_newest(const QueueEntry& entry) const {
  const QueueEntry* const newest = inbox_.load();
  return newest == &entry || (newest == nullptr && last_.load() == &entry);
}

void CallQueue::close() {
  const sync::Lock lock(mutex_);
  QueueEntry* last = front_.load();
  if (last == nullptr && is_entry(inbox_.load())) front_.store(inbox_.load());
  QueueEntry* const newest = inbox_.exchange(closed_mark());
  if (!is_entry(newest)) return;
  QueueEntry* const entries = turned_round(newest);
  if (last == nullptr) {
    front_.store(entries);
    return;
  }
  while (last->next_ != nullptr) last = last->next_;
  last->next_ = entries;
}

bool CallQueue::closed() const { return inbox_.load() == closed_mark(); }

QueueEntry* CallQueue::take_all() {
  const sync::Lock lock(mutex_);
  QueueEntry* const first = front_.exchange(nullptr);
  if (first == nullptr) {
    empty_inbox_into_front();
    return front_.exchange(nullptr);
  }
  QueueEntry* last = first;
  while (last->next_ != nullptr) last = last->next_;
  empty_inbox_into_front();
  last->next_ = front_.exchange(nullptr);
  return first;
}

// When the front list is empty.
void CallQueue::empty_inbox_into_front() {
  // Only close() puts the mark there, under the same lock: so the exchange cannot take it away.
  if (!is_entry(inbox_.load())) return;
  // Already there, though not yet in order: nobody may find both lists empty meanwhile, and go to sleep.
  front_.store(inbox_.load());
  last_.store(nullptr);  // while the inbox is empty, and this does not yet know what was in it
  QueueEntry* const newest = inbox_.exchange(nullptr);
  last_.store(newest);
  front_.store(turned_round(newest));
}

QueueEntry* CallQueue::turned_round(QueueEntry* newest) {
  QueueEntry* oldest = nullptr;
  while (newest != nullptr) {
    QueueEntry* const earlier = newest->next_;
    newest->next_ = oldest;
    oldest = newest;
    newest = earlier;
  }
  return oldest;
}

}  // namespace detail
CONCURRENT_FUTURES_END
