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

template <typename OnCall, typename OnBatch>
void for_each_entry(QueueEntry* first, OnCall on_call, OnBatch on_batch) {
  while (first != nullptr) {
    QueueEntry* const entry = first;
    first = CallQueue::next(entry);
    if (entry->kind() == QueueEntry::Kind::batch) {
      on_batch(static_cast<Batch*>(entry));
    } else {
      on_call(static_cast<Outcome*>(entry));
    }
  }
}

// While it lives, the calling thread cancels calls that a pool had queued, and runs their callbacks.
//
// All of them are claimed before any code of users runs, and all are seen to be cancelled before any callback runs: who
// waits for one, in a callback of another, need not fear for it. In between their callables are destroyed; if a
// destructor waits for something, all are seen to be cancelled before that.
class Cancelling final : BeforeBlocking {
 public:
  Cancelling(ThreadPool& pool, QueueEntry* entries)
      : pool_(&pool), outer_(Current::get()), running_(pool.crew()), entries_(entries) {
    Current::set(this);
    for_each_entry(
        entries_, [](Outcome* call) { call->begin_quiet_cancel(); }, [](Batch* batch) { batch->begin_quiet_cancel(); });
  }
  ~Cancelling() { Current::set(outer_); }
  Cancelling(const Cancelling&) = delete;
  Cancelling& operator=(const Cancelling&) = delete;

  [[nodiscard]] static bool is_under_way_here(const ThreadPool& pool) {
    const Cancelling* each = Current::get();
    while (each != nullptr && each->pool_ != &pool) each = each->outer_;
    return each != nullptr;
  }

  /// Once more where a callback has ended the thread. Where one has forked, the child leaves the rest to its parent.
  void go_on() {
    while (to_let_go_ != nullptr && is_here()) let_go(next(to_let_go_));
    if (!is_here()) return;
    before_blocking();
    published_ = true;
    while (entries_ != nullptr && is_here()) end(next(entries_));
  }

 private:
  using Current = sync::Local<Cancelling, Cancelling>;

  void before_blocking() override {
    if (published_) return;
    for_each_entry(
        entries_, [](Outcome* call) { call->publish_quiet_cancel(); },
        [](Batch* batch) { batch->publish_quiet_cancel(); });
  }

  static void let_go(QueueEntry* entry) {
    if (entry->kind() == QueueEntry::Kind::batch) {
      static_cast<Batch*>(entry)->let_go_quietly();
    } else {
      static_cast<Outcome*>(entry)->let_go_quietly();
    }
  }

  void end(QueueEntry* entry) {
    if (entry->kind() == QueueEntry::Kind::batch) return static_cast<Batch*>(entry)->release();
    // Where a callback ends the thread, this is how it is left.
    struct Drop {
      ThreadPool& pool;
      Outcome* call;
      ~Drop() { pool.drop(call); }
    } const dropped{*pool_, static_cast<Outcome*>(entry)};
    dropped.call->end_quiet();
    (void)dropped.call->start();  // which notes that the pool has met the cancellation
  }

  static QueueEntry* next(QueueEntry*& place) { return std::exchange(place, CallQueue::next(place)); }
  [[nodiscard]] bool is_here() const { return pool_->crew().home().is_here(); }

  ThreadPool* const pool_;
  Cancelling* const outer_;
  const Running running_;
  QueueEntry* entries_;
  QueueEntry* to_let_go_ = entries_;
  bool published_ = false;
};

}  // namespace

ThreadPool::~ThreadPool() {
  while (const QueuedCall next = being_cancelled_.pop()) next.call->release();
}

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

void ThreadPool::fail(QueueEntry* entries, const char* what, const std::exception_ptr& cause) noexcept {
  const std::string text = text_of_failure(what, cause);
  // Each its own: whoever catches one may change it.
  const auto error = [&text] { return error_of<BrokenThreadPool>(text.c_str()); };
  // All of them before any callback: as in cancel_queued().
  for_each_entry(
      entries,
      [&](Outcome* call) {
        if (call->start() != Start::started) return;
        call->discard();
        leave_if_in_child();
        call->store_error(error());
        call->publish_quietly(State::threw);
      },
      [&](Batch* batch) {
        (void)batch->fail_rest(error);
        leave_if_in_child();
      });
  for_each_entry(
      entries,
      [this](Outcome* call) {
        call->end_quiet();
        drop(call);
        leave_if_in_child();
      },
      [this](Batch* batch) {
        batch->release();
        leave_if_in_child();
      });
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

void ThreadPool::cancel_queued() {
  QueueEntry* entries = nullptr;
  {
    const sync::Lock lock(mutex_);
    entries = queue_.take_all();
    if (entries == nullptr) return;
    ++cancelling_;
  }
  Cancelling cancelling(*this, entries);
  // Where a callback ends the thread, this is how it is left.
  struct Leave {
    ThreadPool& pool;
    Cancelling& cancelling;
    bool is_through = false;
    ~Leave() {
      if (!is_through) cancelling.go_on();
      if (!pool.crew_.home().is_here()) return;
      const sync::Lock lock(pool.mutex_);
      --pool.cancelling_;
      pool.cancelled_.notify_all();
    }
  } leave{*this, cancelling};
  cancelling.go_on();
  leave.is_through = true;
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

// The last calls may have been taken from the workers by another shutdown, which is cancelling them. This thread may be
// inside of it, in a callback, which is not waited for. Or somebody cancels a single one, which a worker has passed
// over.
void ThreadPool::wait_for_cancelling() {
  const std::size_t own = Cancelling::is_under_way_here(*this) ? 1 : 0;
  {
    sync::Lock lock(mutex_);
    while (cancelling_ > own) cancelled_.wait(lock);
  }
  const sync::Lock joining(join_mutex_);  // so that whoever finds none knows that nobody is waiting for one
  while (const QueuedCall next = being_cancelled_.pop()) {
    wait_for_canceller(*next.call);
    next.call->release();
  }
}

void ThreadPool::drop(Outcome* call) noexcept {
  if (call->done()) return call->release();
  (void)being_cancelled_.push(call);
  // So that they do not become many.
  const QueuedCall oldest = being_cancelled_.pop();
  if (!oldest) return;
  if (oldest.call->done()) return oldest.call->release();
  (void)being_cancelled_.push(oldest.call);
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
