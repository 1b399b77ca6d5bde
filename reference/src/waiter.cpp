#include <algorithm>
#include <chrono>
#include <concurrent/futures/detail/deadlock.hpp>
#include <concurrent/futures/detail/waiter.hpp>
#include <memory>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// Putting a thread to sleep and waking it costs more than most calls take to get back.
constexpr auto spin_before_sleep = std::chrono::microseconds(20);

}  // namespace

void WaiterLink::completed(Outcome& outcome) { waiter_->told(error_is_enough_ && outcome.state() == State::threw); }

bool wait(Outcome& outcome, const Timeout& timeout) {
  if (outcome.done()) return true;
  if (timeout.limit() && timeout.limit()->count() <= 0) return false;
  const Deadline deadline = timeout.deadline();
  Nesting::run_deferred();
  auto patience = std::chrono::nanoseconds(spin_before_sleep);
  if (timeout.limit()) patience = std::min(patience, *timeout.limit());
  if (sync::spin_until([&outcome] { return outcome.done(); }, patience)) return true;

  // Not on the stack: a forked child may use the stacks of other threads anew, and has this link in the list still.
  struct Blocked {
    Waiter waiter{1};
    WaiterLink link;
  };
  const auto here = std::make_unique<Blocked>();
  Waiter& waiter = here->waiter;
  WaiterLink& link = here->link;
  link.attach(waiter, false);
  if (!outcome.add(link)) return true;
  // Also when this throws: the link must not stay behind.
  struct Leave {
    Outcome& outcome;
    WaiterLink& link;
    ~Leave() { outcome.remove(link); }
  } const leave{outcome, link};
  Outcome* const awaited = &outcome;
  const BlockedWorker blocked(WaitFor::all({&awaited, 1}), deadline);
  return waiter.block(deadline) || outcome.done();
}

void Waiter::told(bool enough) {
  if (process_.is_ancestor()) return;
  const sync::Lock lock(mutex_);
  if (needed_ == 0) return;
  needed_ = enough ? 0 : needed_ - 1;
  // Under the lock: the waiting thread destroys the condition as soon as it can have the lock.
  if (needed_ == 0) condition_.notify_one();
}

void Waiter::expect_another() {
  const sync::Lock lock(mutex_);
  needed_ = 1;
}

bool Waiter::block(const Deadline& deadline) {
  sync::Lock lock(mutex_);
  while (needed_ != 0) {
    if (!deadline) {
      condition_.wait(lock);
    } else if (condition_.wait_until(lock, *deadline) == std::cv_status::timeout) {
      return needed_ == 0;
    }
  }
  return true;
}

}  // namespace detail
CONCURRENT_FUTURES_END
