// Which workers a pool has: how they are created, named and initialized, and how one is lost before its time.

#include <algorithm>
#include <chrono>
#include <concurrent/futures/detail/caught.hpp>
#include <concurrent/futures/detail/thread_pool.hpp>
#include <string_view>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// While no thread can be had, to ask for one costs as much as some short calls.
constexpr auto pause_after_failure = std::chrono::milliseconds(10);

/// The longest beginning that ends with a whole character, if the text is UTF-8.
std::string_view beginning(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return text;
  const auto goes_on = [&text](std::size_t place) { return (static_cast<unsigned char>(text[place]) & 0xC0) == 0x80; };
  // A character has at most three bytes that go on with it: before a fourth the text is something else.
  std::size_t end = longest;
  while (end > 0 && longest - end < 3 && goes_on(end)) --end;
  return text.substr(0, goes_on(end) ? longest : end);
}

}  // namespace

// Before the call is in the queue: if there is no thread to be had, it must not lie there (SUB-015).
bool ThreadPool::create_first_worker() {
  const sync::Lock lock(mutex_);
  if (size_.load() != 0 || queue_.closed()) return false;
  create_worker();
  return true;
}

void ThreadPool::create_worker() {
  const std::size_t index = created_;
  const bool is_first = size_.load() == 0;
  // Whatever can throw does so here, and not in the thread.
  threads_.emplace_back(
      [self = shared_from_this(), is_first, name = worker_name(index, std::string::npos),
       short_name = worker_name(index, 15)]() mutable { self->work(is_first, std::move(name), short_name); });
  if (on_their_own_) threads_.back().detach(), threads_.pop_back();
  ++created_;
  size_.store(size_.load() + 1);
  next_attempt_.reset();
  crew_.set_attainable(crew_.limit());
  // While it is being initialized nobody knows how long it will be: it is no searcher yet.
  if (!initializer_) ++searching_;
  if (initializer_ && is_first) first_is_starting_ = true;
  update_attention();
}

// Returns why there is none, the first time in a row.
std::exception_ptr ThreadPool::try_to_create_worker() noexcept {
  const bool failed_before = next_attempt_.has_value() && size_.load() != 0;
  if (failed_before && sync::Clock::now() < *next_attempt_) return nullptr;
  try {
    create_worker();
    return nullptr;
  } catch (...) {
    // The next call that arrives, or is taken, after a pause tries again. Until then nobody may wait for a thread that
    // is not to be had.
    crew_.set_attainable(size_.load());
    next_attempt_ = sync::Clock::now() + pause_after_failure;
    return failed_before ? nullptr : std::current_exception();
  }
}

bool ThreadPool::first_is_starting() {
  const sync::Lock lock(mutex_);
  return first_is_starting_;
}

bool ThreadPool::initialize(bool is_first) {
  if (!initializer_) return true;
  // Where the thread is ended inside of it.
  struct Ended {
    ThreadPool* pool;
    ~Ended() {
      if (pool != nullptr) pool->leave_if_in_child(), pool->break_down(thread_ended());
    }
  } ended{this};
  const std::exception_ptr error = exception_of(initializer_);
  ended.pool = nullptr;
  leave_if_in_child();
  if (error) {
    break_down(error);
    return false;
  }
  const sync::Lock lock(mutex_);
  if (is_first) first_is_starting_ = false;
  return true;
}

// The thread is about to end, though there may be more to do: that is left to the others, or to a new one.
void ThreadPool::lose_worker(bool searching) noexcept {
  leave_if_in_child();
  sync::Thread lost_before;
  {
    const sync::Lock lock(mutex_);
    if (searching) --searching_;
    size_.store(size_.load() - 1);
    // Without a pause: it leaves its thread to another one. Or else there are fewer who may be waited for.
    if (next_attempt_) *next_attempt_ = {};
    const auto own = std::ranges::find_if(threads_, sync::is_calling_thread);
    if (own != threads_.end()) {
      lost_before = std::exchange(lost_, std::move(*own));
      threads_.erase(own);
    }
    update_attention();
  }
  if (!queue_.empty()) call_for_help();
  // So that at most one of them is left over until shutdown, and this thread has nothing else to do.
  if (lost_before.joinable()) lost_before.join();
}

std::string ThreadPool::worker_name(std::size_t index, std::size_t longest) const {
  const std::string tail = name_tail_ + "_" + std::to_string(index);
  if (tail.size() >= longest) return tail.substr(tail.size() - longest);
  return std::string(beginning(name_head_, longest - tail.size())) + tail;
}

}  // namespace detail
CONCURRENT_FUTURES_END
