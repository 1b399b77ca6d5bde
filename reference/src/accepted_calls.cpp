#include <concurrent/futures/detail/accepted_calls.hpp>
#include <concurrent/futures/detail/waiter.hpp>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

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
  Cancelling(AcceptedCalls& pool, QueueEntry* entries)
      : pool_(&pool), outer_(Current::get()), running_(pool.own_crew()), entries_(entries) {
    Current::set(this);
    for_each_entry(
        entries_, [](Outcome* call) { call->begin_quiet_cancel(); }, [](Batch* batch) { batch->begin_quiet_cancel(); });
  }
  ~Cancelling() { Current::set(outer_); }
  Cancelling(const Cancelling&) = delete;
  Cancelling& operator=(const Cancelling&) = delete;

  [[nodiscard]] static bool is_under_way_here(const AcceptedCalls& pool) {
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
    const AcceptedCalls::Drop dropped{*pool_, static_cast<Outcome*>(entry)};
    dropped.call->end_quiet();
    (void)dropped.call->start();  // which notes that the pool has met the cancellation
  }

  static QueueEntry* next(QueueEntry*& place) { return std::exchange(place, CallQueue::next(place)); }
  [[nodiscard]] bool is_here() const { return pool_->own_crew().home().is_here(); }

  AcceptedCalls* const pool_;
  Cancelling* const outer_;
  const Running running_;
  QueueEntry* entries_;
  QueueEntry* to_let_go_ = entries_;
  bool published_ = false;
};

}  // namespace

AcceptedCalls::~AcceptedCalls() {
  while (const QueuedCall next = being_cancelled_.pop()) next.call->release();
}

void AcceptedCalls::drop(Outcome* call) noexcept {
  if (call->done()) return call->release();
  (void)being_cancelled_.push(call);
  // So that they do not become many.
  Outcome* const oldest = being_cancelled_.pop().call;  // there are no batches in here
  if (oldest == nullptr) return;
  if (oldest->done()) return oldest->release();
  (void)being_cancelled_.push(oldest);
}

void AcceptedCalls::fail(QueueEntry* entries, const std::function<std::exception_ptr()>& error) {
  // All of them before any callback: as in cancel_queued().
  for_each_entry(
      entries,
      [&](Outcome* call) {
        if (call->start() == Start::cancelled) return;
        call->discard();
        leave_if_in_child();
        call->store_error(error());
        call->publish_quietly(State::threw);
      },
      [&](Batch* batch) {
        (void)batch->fail_rest(error);
        leave_if_in_child();
      });
  // Where a callback ends the thread, its unwinding goes on with the others.
  struct Rest {
    AcceptedCalls& pool;
    QueueEntry* entries;
    ~Rest() {
      pool.leave_if_in_child();
      go_on();
    }
    void go_on() {
      while (entries != nullptr) pool.end_failed(std::exchange(entries, CallQueue::next(entries)));
    }
  } rest{*this, entries};
  rest.go_on();
}

void AcceptedCalls::end_failed(QueueEntry* entry) {
  if (entry->kind() == QueueEntry::Kind::batch) {
    static_cast<Batch*>(entry)->release();
  } else {
    const Drop failed{*this, static_cast<Outcome*>(entry)};
    failed.call->end_quiet();
  }
  leave_if_in_child();
}

void AcceptedCalls::cancel_queued() {
  QueueEntry* entries = nullptr;
  {
    const sync::Lock lock(cancelling_mutex_);
    entries = queue_.take_all();
    if (entries == nullptr) return;
    ++cancelling_;
  }
  Cancelling cancelling(*this, entries);
  // Where a callback ends the thread, this is how it is left.
  struct Leave {
    AcceptedCalls& pool;
    Cancelling& cancelling;
    bool is_through = false;
    ~Leave() {
      if (!is_through) cancelling.go_on();
      if (!pool.crew_.home().is_here()) return;
      const sync::Lock lock(pool.cancelling_mutex_);
      --pool.cancelling_;
      pool.cancelled_.notify_all();
    }
  } leave{*this, cancelling};
  cancelling.go_on();
  leave.is_through = true;
}

// The last calls may have been taken from the workers by another shutdown, which is cancelling them. This thread may be
// inside of it, in a callback, which is not waited for. Or somebody cancels a single one, which a worker has passed
// over.
void AcceptedCalls::wait_for_cancelling() {
  const std::size_t own = Cancelling::is_under_way_here(*this) ? 1 : 0;
  {
    sync::Lock lock(cancelling_mutex_);
    while (cancelling_ > own) cancelled_.wait(lock);
  }
  const sync::Lock waiting(waiting_mutex_);  // so that whoever finds none knows that nobody is waiting for one
  while (const QueuedCall next = being_cancelled_.pop()) {
    wait_for_canceller(*next.call);
    next.call->release();
  }
}

}  // namespace detail
CONCURRENT_FUTURES_END
