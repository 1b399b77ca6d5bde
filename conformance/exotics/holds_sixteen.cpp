// A pool whose queue is full with sixteen calls, and then refuses more. A test that lets more wait must say that it
// needs "queue.unbounded"; one that lets any wait, "queue.some".

#include <array>
#include <atomic>
#include <concurrent/futures/thread_pool_executor.hpp>
#include <memory>
#include <stdexcept>
#include <subjects/reference.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

/// A place in a queue; given back when it is destroyed, whether the call has begun or will never begin.
class Place {
 public:
  /// Throws where none is left.
  static std::shared_ptr<Place> take(const std::shared_ptr<std::atomic<int>>& taken) {
    if (taken->fetch_add(1) >= 16) {
      taken->fetch_sub(1);
      throw std::runtime_error("the queue is full");
    }
    return std::make_shared<Place>(taken);
  }

  explicit Place(std::shared_ptr<std::atomic<int>> taken) : taken_(std::move(taken)) {}
  ~Place() { taken_->fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::shared_ptr<std::atomic<int>> taken_;
};

struct BoundedPool {
  explicit BoundedPool(cf::ThreadPoolOptions options) : pool(std::move(options)) {}

  // What ReferenceAdapter asks of a pool.
  void shutdown(cf::ShutdownOptions options = {}) { pool.shutdown(options); }
  [[nodiscard]] auto max_workers() const { return pool.max_workers(); }
  template <typename... Arguments>
  auto map(Arguments&&... arguments) {
    return pool.map(std::forward<Arguments>(arguments)...);
  }

  cf::ThreadPoolExecutor pool;
  std::shared_ptr<std::atomic<int>> taken = std::make_shared<std::atomic<int>>(0);
};

struct HoldsSixteen : ReferenceAdapter<BoundedPool> {
  static constexpr auto name = "exotic: holds sixteen calls";
  static constexpr std::array capabilities = {
      "destruction.runs_all", "order.fifo",          "workers.limit", "workers.threads", "workers.validated",
      "workers.lazy",         "workers.initializer", "workers.names", "interface",       "deadlock.detection"};
  static constexpr std::array without = {"queue.unbounded"};

  static auto make(const touchstone::Configuration& c) {
    return std::make_unique<BoundedPool>(
        cf::ThreadPoolOptions{.max_workers = c.max_workers,
                              .thread_name_prefix = c.thread_name_prefix,
                              .initializer = c.initializer,
                              .on_deadlock = c.detect_deadlocks ? cf::OnDeadlock::raise : cf::OnDeadlock::wait});
  }

  static auto submit(BoundedPool& bounded, touchstone::Task task) {
    return bounded.pool.submit([task = std::move(task), place = Place::take(bounded.taken)]() mutable {
      place.reset();
      return task();
    });
  }
};

TOUCHSTONE_SUBJECT(HoldsSixteen);
