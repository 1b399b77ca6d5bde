// Poco's ActiveMethod: calls that run on threads of the default ThreadPool.
//
// That pool has no queue: it refuses work when all its threads are busy. So its capacity is no number
// of workers, and the adapter provides plenty.

#include <Poco/ActiveMethod.h>
#include <Poco/ThreadPool.h>

#include <array>
#include <memory>
#include <subjects/poco_result.hpp>
#include <touchstone/adapter.hpp>

class PocoObject {
 public:
  PocoObject() : call(this, &PocoObject::run_task) {
    Poco::ThreadPool& pool = Poco::ThreadPool::defaultPool();
    if (pool.capacity() < plenty) pool.addCapacity(plenty - pool.capacity());
  }

  Poco::ActiveMethod<touchstone::Value, touchstone::Task, PocoObject> call;

 private:
  static constexpr int plenty = 512;

  touchstone::Value run_task(const touchstone::Task& task) { return task(); }
};

struct PocoMethod {
  static constexpr auto name = "Poco ActiveMethod";
  static auto version() { return poco_version(); }
  static constexpr std::array capabilities = {"workers.threads"};

  static auto make(const touchstone::Configuration&) { return std::make_unique<PocoObject>(); }
  static auto submit(PocoObject& object, const touchstone::Task& task) { return object.call(task); }
};

TOUCHSTONE_SUBJECT(PocoMethod);
