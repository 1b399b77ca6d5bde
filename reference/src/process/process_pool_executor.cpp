#include <concurrent/futures/detail/process/child.hpp>
#include <concurrent/futures/detail/process/process_pool.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <stdexcept>
#include <string>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace {

// No system has more: PID_MAX_LIMIT of the kernel.
constexpr std::ptrdiff_t most_processes = 4'194'304;

std::size_t worker_limit(const ProcessPoolOptions& options) {
  const std::optional<std::ptrdiff_t> asked = options.max_workers.number();
  if (!asked) return os::usable_processors();
  if (*asked < 1) throw std::invalid_argument("max_workers must be greater than 0");
  if (*asked > most_processes) {
    throw std::invalid_argument("max_workers must be at most " + std::to_string(most_processes) +
                                ": a system has no more processes");
  }
  return static_cast<std::size_t>(*asked);
}

std::uint64_t task_limit(const ProcessPoolOptions& options) {
  const std::optional<std::ptrdiff_t> asked = options.max_tasks_per_child.number();
  if (!asked) return 0;
  if (*asked < 1) throw std::invalid_argument("max_tasks_per_child must be at least 1");
  if (options.start_method == StartMethod::fork) {
    throw std::invalid_argument(
        "max_tasks_per_child cannot be used with StartMethod::fork: choose StartMethod::forkserver or spawn");
  }
  return static_cast<std::uint64_t>(*asked);
}

}  // namespace

namespace detail {

void check_chunksize(const MapOptions& options) {
  if (options.chunksize < 1) throw std::invalid_argument("chunksize must be at least 1");
}

}  // namespace detail

void freeze_support(int, char**) { detail::come_to_freeze_support(); }

ProcessPoolExecutor::ProcessPoolExecutor(ProcessPoolOptions options)
    : pool_([&] {
        const std::size_t limit = worker_limit(options);
        const std::uint64_t tasks = task_limit(options);
        return std::make_shared<detail::ProcessPool>(limit, tasks, std::move(options));
      }()) {}

ProcessPoolExecutor::~ProcessPoolExecutor() {
  cut_link();
  pool_->end();
}

// The executor may be destroyed meanwhile, as for threads.
void ProcessPoolExecutor::shutdown(ShutdownOptions options) {
  const std::shared_ptr<detail::ProcessPool> pool = pool_;
  pool->shutdown(options);
}

void ProcessPoolExecutor::terminate_workers() {
  const std::shared_ptr<detail::ProcessPool> pool = pool_;
  pool->stop(os::Signal::terminate);
}

void ProcessPoolExecutor::kill_workers() {
  const std::shared_ptr<detail::ProcessPool> pool = pool_;
  pool->stop(os::Signal::kill);
}

std::size_t ProcessPoolExecutor::max_workers() const { return pool_->max_workers(); }

void ProcessPoolExecutor::refuse_if_closed() const { pool_->refuse_if_closed(); }

const detail::Crew* ProcessPoolExecutor::crew() const { return &pool_->own_crew(); }

void ProcessPoolExecutor::schedule(Work work) {
  const std::shared_ptr<detail::ProcessPool> pool = pool_;
  pool->schedule(detail::WorkAccess::call(work));
  detail::WorkAccess::taken(work);  // only now: if it was refused, the call dies with the work
}

CONCURRENT_FUTURES_END
