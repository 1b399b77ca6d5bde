// Gates and marks. Every wait is untimed, so that the supervisor can prove a hang in it.

#include <src/ledger.hpp>
#include <touchstone/gate.hpp>

namespace touchstone {

void Gate::pass() {
  std::unique_lock lock(mutex_);
  ++arrivals_;
  record_event("arrived at gate " + name_ + " (" + std::to_string(arrivals_) + ")");
  changed_.notify_all();
  if (open_) return;
  changed_.wait(lock, [this] { return open_; });
  lock.unlock();
  record_event("passed gate " + name_);
}

void Gate::open() {
  // Notified under the lock: whoever passes may let go of the gate at once.
  const std::lock_guard lock(mutex_);
  if (!open_) record_event("gate " + name_ + " opened");
  open_ = true;
  changed_.notify_all();
}

void Gate::await_arrivals(int count) {
  std::unique_lock lock(mutex_);
  if (arrivals_ < count) {
    record_event("awaiting " + std::to_string(count) + " at gate " + name_ + ", there are " +
                 std::to_string(arrivals_));
  }
  changed_.wait(lock, [&] { return arrivals_ >= count; });
}

int Gate::arrivals() const {
  const std::lock_guard lock(mutex_);
  return arrivals_;
}

int Mark::hit() {
  const std::lock_guard lock(mutex_);
  ++count_;
  record_event("mark " + name_ + " hit (" + std::to_string(count_) + ")");
  changed_.notify_all();
  return count_;
}

void Mark::await(int count) {
  std::unique_lock lock(mutex_);
  if (count_ < count) {
    record_event("awaiting mark " + name_ + " to be hit " + std::to_string(count) + " times, it was " +
                 std::to_string(count_));
  }
  changed_.wait(lock, [&] { return count_ >= count; });
}

int Mark::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

}  // namespace touchstone
