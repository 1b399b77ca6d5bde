// How a pool of processes ends: by shutdown, by its destructor, because a child died, because it was told to, or in a
// forked child.

#include <chrono>
#include <concurrent/futures/detail/process/process_pool.hpp>
#include <concurrent/futures/detail/waiter.hpp>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// How long a child of a broken pool has to end by itself, when it was asked to.
constexpr auto grace = std::chrono::seconds(1);

}  // namespace

void ProcessPool::refuse() {
  const sync::Lock lock(mutex_);
  if (broken_ && !stopped_) throw BrokenProcessPool(*broken_);
  throw ShutdownError();
}

void ProcessPool::refuse_if_closed() {
  if (!queue_.closed()) return;
  if (!crew_.home().settle()) refuse_to_schedule_in_child();
  refuse();
}

void ProcessPool::shutdown(const ShutdownOptions& options) {
  if (crew_.home().settle()) {
    close();
    if (options.cancel_futures) cancel_all();
  }
  if (!options.wait) return;
  // Not before: a callback of what was cancelled may have forked.
  if (!crew_.home().is_here()) refuse_to_wait_in_child();
  if (is_own_thread()) throw DeadlockError("this wait would never end: the thread of a pool waits for its own end");
  Nesting::run_deferred();
  BlockedWorker blocked(WaitFor::end_of(crew_));
  blocked.look();
  join();
}

void ProcessPool::end() noexcept {
  if (!crew_.home().settle()) {
    // In a forked child: the thread is not there, and a lock that it held is never given back. So nothing in here is
    // touched ever again.
    never_destroyed_ = shared_from_this();
    return;
  }
  close();
  if (is_own_thread()) return let_go();
  Nesting::run_deferred();
  BlockedWorker blocked(WaitFor::end_of(crew_));
  if (!blocked.insist()) return let_go();
  join();
}

void ProcessPool::stop(os::Signal signal) {
  if (!crew_.home().settle()) return;
  {
    const sync::Lock lock(mutex_);
    if (!broken_) stopped_ = true;  // a broken pool stays one (PPE-051)
    queue_.close();
    // A child may ignore the signal.
    if (poller_) calls_.take_back();
    for (const auto& child : children_) {
      if (child) child->end(signal);
    }
  }
  cancel_all();
}

// The thread may have looked between the closing of the queue and now, and have found that there was something to do.
void ProcessPool::cancel_all() {
  // Where a callback ends the calling thread, this is how it is left. Where one has forked, there is no thread to wake.
  struct Wake {
    ProcessPool& pool;
    ~Wake() {
      if (!pool.crew_.home().is_here()) return;
      const sync::Lock lock(pool.mutex_);
      if (pool.poller_) pool.poller_->wake();
    }
  } const wake{*this};
  cancel_queued();
}

void ProcessPool::close() {
  const sync::Lock lock(mutex_);
  queue_.close();
  if (poller_) poller_->wake();
}

// Tells the children that there will be nothing more. Returns whether all is over.
bool ProcessPool::end_when_done() {
  bool is_stopped = false;
  {
    const sync::Lock lock(mutex_);
    is_stopped = stopped_ && !broken_;
  }
  if (is_stopped) break_down("the pool was told to end its processes");
  const sync::Lock lock(mutex_);
  if (!queue_.closed() || !queue_.empty() || outstanding_ != 0) return false;
  if (!std::exchange(is_ending_, true)) {
    for (const auto& child : children_) {
      if (child) child->end_sending();
    }
  }
  return count_children() == 0;
}

// What the system has lent: the executor may live for long (PPE-071).
void ProcessPool::give_back() {
  poller_.reset();
  calls_ = SharedCalls();
}

void ProcessPool::break_down(const std::string& why) {
  CallQueue failing;
  {
    const sync::Lock lock(mutex_);
    if (broken_) return;
    broken_ = why;
    queue_.close();
    calls_.take_back();  // what fails is not to be run; a child may take its time to end
    for (HandedOut& each : handed_out_) {
      if (each.call != nullptr) (void)failing.push(std::exchange(each.call, nullptr));
    }
    outstanding_ = 0;
    if (!stopped_) {  // else the queue is being cancelled
      for (QueueEntry* next = queue_.take_all(); next != nullptr;) {
        (void)failing.push(std::exchange(next, CallQueue::next(next)));
      }
      for (const auto& child : children_) {
        if (child) child->end(os::Signal::terminate);
      }
      kill_at_ = sync::Clock::now() + grace;
    }
  }
  // Each its own: whoever catches one may change it (PPE-049).
  fail(failing.take_all(), [&why] { return error_of<BrokenProcessPool>(why.c_str()); });
}

// A callback may end the thread, which then leaves another one in its place.
void ProcessPool::join() {
  const sync::NotCancellable joining;
  for (sync::Lock lock(join_mutex_);;) {
    sync::Thread thread;
    {
      const sync::Lock own(mutex_);
      thread = std::move(thread_.joinable() ? thread_ : lost_);
    }
    if (!thread.joinable()) break;
    thread.join();
  }
  wait_for_cancelling();
}

void ProcessPool::let_go() {
  const sync::Lock lock(mutex_);
  on_its_own_ = true;
  let_go_of_threads();
}

void ProcessPool::let_go_of_threads() {
  if (thread_.joinable()) thread_.detach();
  if (lost_.joinable()) lost_.detach();
}

bool ProcessPool::is_own_thread() const { return Worker::is_or_was_of(crew_); }

}  // namespace detail
CONCURRENT_FUTURES_END
