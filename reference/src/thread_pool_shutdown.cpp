// How a pool ends: by shutdown, by its destructor, because an initializer threw, or in a forked child.

#include <concurrent/futures/detail/thread_pool.hpp>
#include <concurrent/futures/detail/waiter.hpp>
#include <concurrent/futures/log.hpp>
#include <exception>
#include <string>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// Without a word about the cause, rather than none at all.
std::string text_of_failure(const char* what, const std::exception_ptr& cause) noexcept {
  try {
    return std::string(what) + ": " + describe(cause);
  } catch (...) {
    return {};
  }
}

}  // namespace

void ThreadPool::refuse() const {
  if (broken_.load()) throw BrokenThreadPool("a thread of the pool could not be initialized: the pool is not usable");
  throw ShutdownError();
}

void ThreadPool::break_down(const std::exception_ptr& cause) {
  log(Severity::critical, "the initializer of a worker threw", cause);
  leave_if_in_child();
  QueueEntry* entries = nullptr;
  {
    const sync::Lock lock(mutex_);
    broken_.store(true);
    queue_.close();
    entries = queue_.take_all();
    wake_.notify_all();
  }
  fail(entries, "the initializer of a worker threw", cause);
}

void ThreadPool::fail(QueueEntry* entries, const char* what, const std::exception_ptr& cause) {
  const std::string text = text_of_failure(what, cause);
  // Each its own: whoever catches one may change it.
  AcceptedCalls::fail(entries, [&text] { return error_of<BrokenThreadPool>(text.c_str()); });
}

void ThreadPool::shutdown(const ShutdownOptions& options) {
  if (crew_.home().settle()) {
    close();
    if (options.cancel_futures) cancel_queued();
  }
  if (!options.wait) return;
  // Not before: a callback of what was cancelled may have forked.
  if (!crew_.home().is_here()) refuse_to_wait_in_child();
  if (is_own_worker()) {
    throw DeadlockError("this wait would never end: a worker waits for the end of its own pool");
  }
  Nesting::run_deferred();
  BlockedWorker blocked(WaitFor::end_of(crew_));
  blocked.look();
  join();
}

void ThreadPool::close() {
  const sync::Lock lock(mutex_);
  queue_.close();
  wake_.notify_all();
}

void ThreadPool::end() noexcept {
  if (!crew_.home().settle()) {
    // In a forked child: its copies of the threads do not run, and can neither be joined nor detached, and
    // a lock that one of them held is never given back (TPE-026, TPE-027). So nothing in here is touched ever again.
    never_destroyed_ = shared_from_this();
    return;
  }
  close();
  if (is_own_worker()) return let_go();
  Nesting::run_deferred();
  BlockedWorker blocked(WaitFor::end_of(crew_));
  if (!blocked.insist()) return let_go();
  join();
}

void ThreadPool::join() {
  const sync::NotCancellable joining;  // a thread that is taken from the list must be joined
  join_threads();
  wait_for_cancelling();
}

// A busy worker may create another one while it is waited for.
void ThreadPool::join_threads() {
  const sync::Lock joining(join_mutex_);
  for (;;) {
    sync::Thread thread;
    {
      const sync::Lock lock(mutex_);
      if (threads_.empty() && !lost_.joinable()) return;
      if (threads_.empty()) {
        thread = std::move(lost_);
      } else {
        thread = std::move(threads_.back());
        threads_.pop_back();
      }
    }
    thread.join();
  }
}

void ThreadPool::let_go() {
  const sync::Lock lock(mutex_);
  on_their_own_ = true;
  for (sync::Thread& thread : threads_) thread.detach();
  threads_.clear();
  if (lost_.joinable()) lost_.detach();
}

bool ThreadPool::is_own_worker() const { return Worker::is_or_was_of(crew_); }

}  // namespace detail
CONCURRENT_FUTURES_END
