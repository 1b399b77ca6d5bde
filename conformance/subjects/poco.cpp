// Poco::ThreadPool. It has no queue: it refuses work when all its threads are busy, so that its
// capacity is no number of workers, and the adapter asks for plenty.

#include <Poco/Runnable.h>
#include <Poco/ThreadPool.h>

#include <array>
#include <memory>
#include <subjects/poco_version.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

/// Poco does not own what it runs.
class PocoTask : public Poco::Runnable {
 public:
  explicit PocoTask(touchstone::Task task) : task_(std::move(task)) {}
  void run() override {
    const std::unique_ptr<PocoTask> ends_here(this);
    task_();
  }

 private:
  touchstone::Task task_;
};

struct PocoPool {
  static constexpr auto name = "Poco ThreadPool";
  static auto version() { return poco_version(); }
  static constexpr std::array capabilities = {"workers.threads", "destruction.runs_all"};

  static auto make(const touchstone::Configuration&) { return std::make_unique<Poco::ThreadPool>(1, 512); }
  static void submit(Poco::ThreadPool& pool, touchstone::Task task) {
    auto runnable = std::make_unique<PocoTask>(std::move(task));
    pool.start(*runnable);
    static_cast<void>(runnable.release());
  }
};

TOUCHSTONE_SUBJECT(PocoPool);
