#include <sched.h>

#include <algorithm>
#include <concurrent/futures/detail/thread_pool.hpp>
#include <concurrent/futures/thread_pool_executor.hpp>
#include <stdexcept>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace {

std::size_t usable_processors() {
  cpu_set_t usable;
  // Fails on machines with more than 1024 processors, where the default is the largest anyway.
  if (sched_getaffinity(0, sizeof usable, &usable) != 0) return 1024;
  return static_cast<std::size_t>(CPU_COUNT(&usable));
}

std::size_t worker_limit(const ThreadPoolOptions& options) {
  const std::optional<std::ptrdiff_t> asked = options.max_workers.number();
  if (!asked) return std::min<std::size_t>(32, usable_processors() + 4);
  if (*asked < 1) throw std::invalid_argument("max_workers must be greater than 0");
  return static_cast<std::size_t>(*asked);
}

}  // namespace

ThreadPoolExecutor::ThreadPoolExecutor(ThreadPoolOptions options)
    : pool_([&] {
        const std::size_t limit = worker_limit(options);
        return std::make_shared<detail::ThreadPool>(limit, std::move(options));
      }()) {}

ThreadPoolExecutor::~ThreadPoolExecutor() {
  cut_link();
  pool_->end();
}

// The executor may be destroyed meanwhile: by a callback that runs here, or by the very call that is being submitted.
// The pool behind it lives on until this thread is through.
void ThreadPoolExecutor::shutdown(ShutdownOptions options) {
  const std::shared_ptr<detail::ThreadPool> pool = pool_;
  pool->shutdown(options);
}

std::size_t ThreadPoolExecutor::max_workers() const { return pool_->crew().limit(); }

void ThreadPoolExecutor::schedule(Work work) {
  const std::shared_ptr<detail::ThreadPool> pool = pool_;
  pool->schedule(detail::WorkAccess::call(work));
  detail::WorkAccess::taken(work);  // only now: if it was refused, the call dies with the work
}

const detail::Crew* ThreadPoolExecutor::crew() const { return &pool_->crew(); }

void ThreadPoolExecutor::refuse_if_closed() const { pool_->refuse_if_closed(); }

std::shared_ptr<detail::BatchRunner> ThreadPoolExecutor::batch_runner() const { return pool_; }

CONCURRENT_FUTURES_END
