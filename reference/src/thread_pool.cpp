#include <chrono>
#include <concurrent/futures/detail/thread_pool.hpp>
#include <concurrent/futures/log.hpp>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// Longer than it takes to wake a thread on another processor: a caller that submits one call after the
// other finds the worker awake.
constexpr auto search_time = std::chrono::microseconds(50);

sync::Atomic<unsigned> pools_without_name{0};

// The system ends a name at its first zero byte, and would leave out the number behind it.
std::string head_of(const ThreadPoolOptions& options) {
  std::string prefix = options.thread_name_prefix.empty() ? "ThreadPool" : options.thread_name_prefix;
  std::erase(prefix, '\0');
  return prefix;
}

std::string tail_of(const ThreadPoolOptions& options) {
  if (!options.thread_name_prefix.empty()) return {};
  return std::string("-").append(std::to_string(pools_without_name.fetch_add(1)));
}

}  // namespace

ThreadPool::ThreadPool(std::size_t max_workers, ThreadPoolOptions options)
    : AcceptedCalls(max_workers, options.on_deadlock == OnDeadlock::raise),
      initializer_(std::move(options.initializer)),
      name_head_(head_of(options)),
      name_tail_(tail_of(options)) {}

void ThreadPool::schedule(QueueEntry* entry) {
  if (!crew_.home().settle()) refuse_to_schedule_in_child();
  const bool created = size_.load() == 0 && create_first_worker();
  if (!queue_.push(entry)) refuse();
  // From here on nothing may throw: the call is the pool's. A worker that is being initialized looks into the queue
  // when it is through.
  if (created && first_is_starting()) return;
  // The push comes before this look, and a worker that goes to sleep asks for attention before it
  // looks into the queue for the last time: one of them sees the other.
  call_for_help();
}

bool ThreadPool::can_extend(const Batch& batch) const { return queue_.is_newest(batch); }

void ThreadPool::extend(Batch& batch) {
  if (!crew_.home().settle()) refuse_to_schedule_in_child();
  // As in schedule(): the element is there before this looks for somebody to run it.
  if (batch.add()) return call_for_help();
  batch.retain();
  try {
    schedule(&batch);
  } catch (...) {
    batch.withdraw();
    batch.release();
    throw;
  }
}

void ThreadPool::forget(Batch& batch) {
  if (crew_.home().is_here() && queue_.remove_oldest(batch)) batch.release();
}

void ThreadPool::work(bool is_first, std::string name, const std::string& short_name) {
  sync::set_thread_name(short_name.c_str());
  const Worker self(crew_, std::move(name));
  // Where the thread is ended in the middle of something (pthread_exit, pthread_cancel), this is how it is left.
  struct Leave {
    ThreadPool& pool;
    bool searching = false;
    bool is_through = false;
    ~Leave() {
      if (!is_through) pool.lose_worker(searching);
    }
  } leave{*this};
  if (initialize(is_first)) serve(leave.searching);
  leave.is_through = true;
}

// `searching`: whether this worker counts as such, whenever code of the user's may run, or the thread be ended.
void ThreadPool::serve(bool& searching) {
  searching = !initializer_;  // so create_worker() has counted it
  do {
    for (;;) {
      sync::end_if_cancelled();  // rather than in a call that was not meant
      const QueuedCall next = queue_.pop();
      if (!next) break;
      if (std::exchange(searching, false)) {
        end_search();
      } else {
        share_calls();  // there may be others: this worker is new, or threads that could not be had may be had now
      }
      searching = next.batch != nullptr ? run(*next.batch, next.call) : run(next.call);
    }
    searching = searching || begin_search();
  } while (await_call(std::exchange(searching, true)));
}

// Returns false when the worker must end; else it is searching.
bool ThreadPool::await_call(bool searching) {
  const auto look = [this] { return !queue_.empty() || queue_.closed(); };
  if (searching && sync::spin_until(look, search_time) && !queue_.empty()) return true;
  return sleep(searching);
}

bool ThreadPool::sleep(bool searching) {
  const sync::NotCancellable asleep;  // among the sleepers it must be counted rightly
  sync::Lock lock(mutex_);
  if (searching) --searching_;
  ++sleeping_;
  update_attention();
  for (;; wake_.wait(lock)) {
    if (wakeups_ > 0) {
      --wakeups_;  // whoever called has moved one from the sleeping to the searching
      return true;
    }
    if (!queue_.empty()) {
      --sleeping_;
      ++searching_;
      update_attention();
      return true;
    }
    if (queue_.closed()) {
      --sleeping_;
      return false;
    }
  }
}

// Returns whether this worker is searching now.
bool ThreadPool::run(Outcome* call) {
  bool searching = false;
  const auto be_busy = [&] {
    if (std::exchange(searching, false)) end_search();
  };
  // Where the thread is ended by the call, or by a callback.
  struct Leave {
    const ThreadPool& pool;
    Outcome* call;
    bool executing = false;
    ~Leave() {
      if (call == nullptr) return;
      pool.leave_if_in_child();
      if (executing) call->finish(State::threw);
      call->release();
    }
  } leave{*this, call};
  if (call->start() == Start::started) {
    leave.executing = true;
    const State end = call->execute();
    leave.executing = false;
    leave_if_in_child();
    // Before the outcome is published: whoever sees it, and submits again, finds this worker idle (TPE-006).
    searching = queue_.empty() && begin_search();
    if (call->publish(end)) {
      be_busy();
      call->run_callbacks();
      leave_if_in_child();
    }
  } else if (!call->done()) {
    leave.call = nullptr;
    drop(call);
    return searching;
  }
  leave.call = nullptr;
  if (call->drop()) {
    if (call->result_is_trivial()) {
      call->destroy();
    } else {
      // This may run code of the user's, and that may wait for anything; but a destructor must not be unwound.
      be_busy();
      const sync::NotCancellable destroying;
      call->destroy();
      leave_if_in_child();
    }
  }
  return searching;
}

// Runs an element that was claimed, if any, and those that it can claim behind it. Takes over the reference to the
// batch. Returns whether this worker is searching now.
bool ThreadPool::run(Batch& batch, Outcome* element) {
  bool searching = false;
  // Where the thread is ended by the call.
  struct Leave {
    const ThreadPool& pool;
    Batch& batch;
    Outcome* executing = nullptr;
    ~Leave() {
      if (executing == nullptr) return;
      pool.leave_if_in_child();
      batch.leave();
      (void)executing->publish(State::threw);
      batch.release();
    }
  } leave{*this, batch};
  while (element != nullptr) {
    (void)element->start();  // nobody else can start or cancel what was claimed
    leave.executing = element;
    const State end = element->execute();
    leave.executing = nullptr;
    leave_if_in_child();
    const Claim another = batch.claim_more(1);
    if (another.empty()) {
      leave_batch(batch);
      searching = queue_.empty() && begin_search();  // as for a single call
    }
    (void)element->publish(end);  // there are no callbacks: only who reads the results knows of it
    if (!another.empty()) share_calls();
    element = another.empty() ? nullptr : &batch.element(another.begin);
  }
  if (batch.drop()) {
    // As for a single call: this may run code of the user's.
    if (std::exchange(searching, false)) end_search();
    const sync::NotCancellable destroying;
    batch.destroy();
    leave_if_in_child();
  }
  return searching;
}

// With it, the callable of the map may be destroyed.
void ThreadPool::leave_batch(Batch& batch) const {
  const sync::NotCancellable destroying;
  batch.leave();
  leave_if_in_child();
}

bool ThreadPool::begin_search() {
  const sync::Lock lock(mutex_);
  if (searching_ > 0) return false;
  ++searching_;
  update_attention();
  return true;
}

void ThreadPool::end_search() {
  {
    const sync::Lock lock(mutex_);
    --searching_;
    update_attention();
  }
  share_calls();
}

// To be called by whoever has taken a call: there may be more.
void ThreadPool::share_calls() {
  if (!queue_.empty()) call_for_help();
  leave_if_in_child();  // where the log handler has forked
}

// Wakes a sleeper, or else creates a thread, if there is a call and nobody searching.
void ThreadPool::call_for_help() noexcept {
  if (!attention_.load()) return;
  std::exception_ptr failure;
  QueueEntry* stranded = nullptr;
  bool fewer_attainable = false;
  {
    const sync::Lock lock(mutex_);
    if (!attention_.load() || queue_.empty()) return;
    if (sleeping_ == 0) {
      const std::size_t attainable = crew_.attainable();
      failure = try_to_create_worker();
      fewer_attainable = crew_.attainable() < attainable;
      if (size_.load() == 0) stranded = queue_.take_all();
    } else {
      --sleeping_;
      ++searching_;
      ++wakeups_;
      update_attention();
      wake_.notify_one();
    }
  }
  if (failure) log(Severity::warning, "no further thread can be had: the pool goes on with those that it has", failure);
  if (stranded != nullptr) fail(stranded, "the last worker was ended, and no other can be had", failure);
  if (fewer_attainable) crew_.look_for_knots();
}

void ThreadPool::update_attention() {
  attention_.store(searching_ == 0 && (sleeping_ > 0 || size_.load() < crew_.limit()));
}

}  // namespace detail
CONCURRENT_FUTURES_END
