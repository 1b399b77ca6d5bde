#include <algorithm>
#include <chrono>
#include <concurrent/futures/detail/deadlock.hpp>
#include <concurrent/futures/detail/waiter.hpp>
#include <memory>
#include <new>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// Putting a thread to sleep and waking it costs more than most calls take to get back.
constexpr auto spin_before_sleep = std::chrono::microseconds(20);

// While it lives, its waiter is told when the outcome is done.
//
// Not to be put on the stack: a forked child may use the stacks of other threads anew, and has the link in the list
// still.
class Watch {
 public:
  Watch(Outcome& outcome, bool without_limit) { link_.attach(outcome, waiter_, without_limit); }
  ~Watch() { link_.detach(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  [[nodiscard]] Waiter& waiter() { return waiter_; }
  [[nodiscard]] WaitFor wait() { return WaitFor::all({&link_, 1}); }

 private:
  CountingWaiter waiter_{1};
  WaiterLink link_;
};

void insist_on(Watch& watch) noexcept {
  BlockedWorker blocked(watch.wait(), &watch.waiter());
  (void)blocked.insist();  // and if it is in vain, there is still nothing else to do
  (void)watch.waiter().sleep({});
}

void sleep_on(Watch& watch) noexcept { (void)watch.waiter().sleep({}); }

void watch(Outcome& outcome, void (*wait)(Watch&) noexcept) noexcept {
  if (const std::unique_ptr<Watch> watch{new (std::nothrow) Watch(outcome, true)}) return wait(*watch);
  Watch watch(outcome, true);  // on the stack after all, for a destructor cannot say that there is no memory
  wait(watch);
}

}  // namespace

bool wait(Outcome& outcome, const Timeout& timeout) {
  if (outcome.done()) return true;
  if (timeout.limit() && timeout.limit()->count() <= 0) return false;
  const Deadline deadline = timeout.deadline();
  Nesting::run_deferred();
  auto patience = std::chrono::nanoseconds(spin_before_sleep);
  if (timeout.limit()) patience = std::min(patience, *timeout.limit());
  if (sync::spin_until([&outcome] { return outcome.done(); }, patience)) return true;

  const auto watch = std::make_unique<Watch>(outcome, !deadline);
  return block(watch->waiter(), watch->wait(), deadline) || outcome.done();
}

void wait_in_destructor(Outcome& outcome) noexcept {
  if (outcome.done()) return;
  Nesting::run_deferred();
  if (sync::spin_until([&outcome] { return outcome.done(); }, spin_before_sleep)) return;
  watch(outcome, insist_on);
}

void wait_for_canceller(Outcome& outcome) noexcept {
  if (!outcome.done()) watch(outcome, sleep_on);
}

void WaiterLink::attach(Outcome& outcome, Waiter& waiter, bool without_limit) {
  outcome_ = &outcome;
  waiter_ = &waiter;
  // Before the thread is in the graph: whoever runs the call, and finds nobody waiting for it, is right.
  if (without_limit) outcome.set_awaited();
  if (!outcome.add(*this)) completed(outcome);
}

void WaiterLink::detach() {
  if (outcome_ == nullptr) return;
  outcome_->remove(*this);
  outcome_ = nullptr;
}

void WaiterLink::completed(Outcome& outcome) { waiter_->told(*this, outcome); }

Waiter::~Waiter() = default;

void Waiter::told(const WaiterLink& link, const Outcome& outcome) {
  if (is_of_ancestor()) return;
  const sync::Lock lock(mutex_);
  hear(link, outcome);
  const bool is_satisfied = satisfied();
  if (!is_satisfied && &link == hope_) hope_is_lost_ = true;
  // Under the lock: the waiting thread destroys the condition as soon as it can have the lock.
  if (is_satisfied || hope_is_lost_) condition_.notify_one();
}

Waiter::Woken Waiter::sleep(const Deadline& deadline) {
  sync::Lock lock(mutex_);
  for (bool time_is_up = false;;) {
    if (std::exchange(refused_, false)) return Woken::refused;
    if (satisfied()) return Woken::satisfied;
    if (time_is_up) return Woken::time_is_up;
    if (std::exchange(hope_is_lost_, false)) return Woken::hope_is_lost;
    if (!deadline) {
      condition_.wait(lock);
    } else {
      time_is_up = condition_.wait_until(lock, *deadline) == std::cv_status::timeout;
    }
  }
}

void Waiter::rely_on(const WaiterLink& link) {
  const sync::Lock lock(mutex_);
  hope_ = &link;
  // It may have told before it was relied on.
  if (!link.outcome()->done() || satisfied()) return;
  hope_is_lost_ = true;
  condition_.notify_one();
}

void Waiter::refuse() {
  const sync::Lock lock(mutex_);
  refused_ = true;
  condition_.notify_one();
}

void CountingWaiter::hear(const WaiterLink&, const Outcome& outcome) {
  if (needed_ == 0) return;
  const bool enough = error_is_enough_ && outcome.state() == State::threw;
  needed_ = enough ? 0 : needed_ - 1;
}

}  // namespace detail
CONCURRENT_FUTURES_END
