#include <chrono>
#include <concurrent/futures/detail/thread_pool.hpp>
#include <concurrent/futures/log.hpp>
#include <system_error>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// Longer than it takes to wake a thread on another processor: a caller that submits one call after the
// other finds the worker awake.
constexpr auto search_time = std::chrono::microseconds(50);

sync::Atomic<unsigned> pools_without_name{0};

std::string head_of(const ThreadPoolOptions& options) {
  return options.thread_name_prefix.empty() ? "ThreadPool" : options.thread_name_prefix;
}

std::string tail_of(const ThreadPoolOptions& options) {
  if (!options.thread_name_prefix.empty()) return {};
  return std::string("-").append(std::to_string(pools_without_name.fetch_add(1)));
}

// Ends a call that will not be executed: with `error`, or silently if it was cancelled.
void end_unexecuted(Outcome* call, const std::exception_ptr& error) {
  const Start start = call->start();
  call->discard();
  if (start == Start::started) {
    call->store_error(error);
    call->finish(State::threw);
  }
  call->release();
}

// While it lives, the calling thread cancels the queued calls of a pool, and runs their callbacks.
class Cancelling {
 public:
  explicit Cancelling(const ThreadPool& pool) : pool_(&pool), outer_(Current::get()) { Current::set(this); }
  ~Cancelling() { Current::set(outer_); }
  Cancelling(const Cancelling&) = delete;
  Cancelling& operator=(const Cancelling&) = delete;

  [[nodiscard]] static bool is_under_way_here(const ThreadPool& pool) {
    const Cancelling* each = Current::get();
    while (each != nullptr && each->pool_ != &pool) each = each->outer_;
    return each != nullptr;
  }

 private:
  using Current = sync::Local<Cancelling, Cancelling>;
  const ThreadPool* const pool_;
  Cancelling* const outer_;
};

template <typename F>
void for_each_call(Outcome* first, F use) {
  while (first != nullptr) {
    Outcome* const call = first;
    first = CallQueue::next(call);
    use(call);
  }
}

}  // namespace

ThreadPool::ThreadPool(std::size_t max_workers, ThreadPoolOptions options)
    : initializer_(std::move(options.initializer)),
      name_head_(head_of(options)),
      name_tail_(tail_of(options)),
      crew_(max_workers, options.on_deadlock == OnDeadlock::raise) {}

void ThreadPool::schedule(Outcome* call) {
  const bool created = size_.load() == 0 && create_first_worker();
  if (!queue_.push(call)) refuse();
  // A worker that is being initialized looks into the queue when it is through.
  if (created && somebody_is_starting()) return;
  // The push comes before this look, and a worker that goes to sleep asks for attention before it
  // looks into the queue for the last time: one of them sees the other.
  call_for_help();
}

bool ThreadPool::somebody_is_starting() {
  const sync::Lock lock(mutex_);
  return starting_ > 0;
}

void ThreadPool::refuse() const {
  if (broken_.load()) throw BrokenThreadPool("a thread of the pool could not be initialized: the pool is not usable");
  throw ShutdownError();
}

// Before the call is in the queue: if there is no thread to be had, it must not lie there (SUB-015).
bool ThreadPool::create_first_worker() {
  const sync::Lock lock(mutex_);
  if (size_.load() != 0 || queue_.closed()) return false;
  create_worker();
  return true;
}

// Under mutex_.
void ThreadPool::create_worker() {
  const std::size_t index = size_.load();
  threads_.emplace_back([self = shared_from_this(), index] { self->work(index); });
  if (on_their_own_) threads_.back().detach(), threads_.pop_back();
  size_.store(index + 1);
  // While it is being initialized nobody knows how long it will be: it is no searcher yet.
  ++(initializer_ ? starting_ : searching_);
  update_attention();
}

void ThreadPool::work(std::size_t index) {
  sync::set_thread_name(worker_name(index, 15).c_str());
  const Worker self(crew_, worker_name(index, std::string::npos));
  if (!initialize()) return;
  bool searching = !initializer_;
  do {
    while (Outcome* const call = queue_.pop()) {
      if (searching) end_search();
      searching = run(call);
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
  if (call->start() == Start::started) {
    const State end = call->execute();
    // Before the outcome is published: whoever sees it, and submits again, finds this worker idle (TPE-006).
    searching = queue_.empty() && begin_search();
    if (call->publish(end)) {
      be_busy();
      call->run_callbacks();
    }
  } else {
    call->discard();
  }
  // The last reference destroys the result, which may run code of the user's, and that may wait for anything.
  if (call->sole_reference() && !call->result_is_trivial()) be_busy();
  call->release();
  return searching;
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
  if (!queue_.empty()) call_for_help();
}

// Wakes a sleeper, or else creates a thread, if there is a call and nobody searching.
void ThreadPool::call_for_help() {
  if (!attention_.load()) return;
  try {
    const sync::Lock lock(mutex_);
    if (!attention_.load() || queue_.empty()) return;
    if (sleeping_ == 0) return create_worker();
    --sleeping_;
    ++searching_;
    ++wakeups_;
    update_attention();
    wake_.notify_one();
  } catch (const std::system_error&) {
    log(Severity::warning, "no further thread can be had: the pool goes on with " + std::to_string(size_.load()),
        std::current_exception());
  }
}

// Under mutex_.
void ThreadPool::update_attention() {
  attention_.store(searching_ == 0 && (sleeping_ > 0 || size_.load() < crew_.limit()));
}

bool ThreadPool::initialize() {
  if (!initializer_) return true;
  try {
    initializer_();
    const sync::Lock lock(mutex_);
    --starting_;
    return true;
  } catch (...) {
    break_down(std::current_exception());
    return false;
  }
}

void ThreadPool::break_down(std::exception_ptr cause) {
  log(Severity::critical, "the initializer of a worker threw", cause);
  Outcome* calls = nullptr;
  {
    const sync::Lock lock(mutex_);
    --starting_;
    broken_.store(true);
    queue_.close();
    calls = queue_.take_all();
    wake_.notify_all();
  }
  for_each_call(calls, [&](Outcome* call) {
    // Each its own: whoever catches one may change it.
    end_unexecuted(call,
                   std::make_exception_ptr(BrokenThreadPool("the initializer of a worker threw: " + describe(cause))));
  });
}

void ThreadPool::shutdown(const ShutdownOptions& options) {
  {
    const sync::Lock lock(mutex_);
    queue_.close();
    wake_.notify_all();
  }
  if (options.cancel_futures) cancel_queued();
  if (!options.wait) return;
  if (is_own_worker()) {
    throw DeadlockError("this wait would never end: " + Worker::current()->name() +
                        " waits for the end of its own pool");
  }
  const BlockedWorker blocked(WaitFor::end_of(crew_), std::nullopt);
  join();
}

void ThreadPool::cancel_queued() {
  Outcome* calls = nullptr;
  {
    const sync::Lock lock(mutex_);
    calls = queue_.take_all();
    if (calls == nullptr) return;
    ++cancelling_;
  }
  const Cancelling here(*this);
  for_each_call(calls, [](Outcome* call) {
    call->cancel();
    end_unexecuted(call, nullptr);
  });
  const sync::Lock lock(mutex_);
  --cancelling_;
  cancelled_.notify_all();
}

void ThreadPool::end() noexcept {
  shutdown({.wait = false});
  if (is_own_worker() || process_ != getpid()) {
    let_go();
  } else {
    join();
  }
}

void ThreadPool::join() {
  join_threads();
  // The last calls may have been taken from the workers by another shutdown, which is cancelling them. This thread
  // may be inside of it, in a callback, which is not waited for.
  const std::size_t own = Cancelling::is_under_way_here(*this) ? 1 : 0;
  sync::Lock lock(mutex_);
  while (cancelling_ > own) cancelled_.wait(lock);
}

// A busy worker may create another one while it is waited for.
void ThreadPool::join_threads() {
  const sync::Lock joining(join_mutex_);
  for (;;) {
    sync::Thread thread;
    {
      const sync::Lock lock(mutex_);
      if (threads_.empty()) return;
      thread = std::move(threads_.back());
      threads_.pop_back();
    }
    thread.join();
  }
}

void ThreadPool::let_go() {
  if (process_ != getpid()) {
    // In a child that was forked off: its copies of the threads do not run, and their handles can
    // neither be joined nor detached (TPE-027).
    new std::vector<sync::Thread>(std::move(threads_));
    return;
  }
  const sync::Lock lock(mutex_);
  on_their_own_ = true;
  for (sync::Thread& thread : threads_) thread.detach();
  threads_.clear();
}

bool ThreadPool::is_own_worker() const {
  const Worker* const worker = Worker::current();
  return worker != nullptr && &worker->crew() == &crew_;
}

std::string ThreadPool::worker_name(std::size_t index, std::size_t longest) const {
  const std::string tail = name_tail_ + "_" + std::to_string(index);
  return name_head_.substr(0, longest > tail.size() ? longest - tail.size() : 0) + tail;
}

}  // namespace detail
CONCURRENT_FUTURES_END
