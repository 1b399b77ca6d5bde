// Poco's ActiveDispatcher: an object whose calls run one after another in a thread of its own.
//
// Not Poco's ThreadPool: it has no queue, and refuses work when all its threads are busy.

#include <Poco/ActiveDispatcher.h>
#include <Poco/ActiveMethod.h>
#include <Poco/ActiveResult.h>
#include <Poco/Environment.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <touchstone/adapter.hpp>

using PocoResult = Poco::ActiveResult<touchstone::Value>;

/// Of what a task threw, only the text comes through.
template <>
struct touchstone::future_traits<PocoResult> {
  static touchstone::Value result(PocoResult& future) {
    future.wait();
    if (future.failed()) throw std::runtime_error(future.error());
    return future.data();
  }
  static bool wait_for(PocoResult& future, std::chrono::nanoseconds limit) {
    return future.tryWait(std::chrono::ceil<std::chrono::milliseconds>(limit).count());
  }
  static bool done(PocoResult& future) { return future.available(); }
  static constexpr bool shared = true;
};

class PocoObject : public Poco::ActiveDispatcher {
 public:
  PocoObject() : call(this, &PocoObject::run_task) {}

  Poco::ActiveMethod<touchstone::Value, touchstone::Task, PocoObject, Poco::ActiveStarter<Poco::ActiveDispatcher>> call;

 private:
  touchstone::Value run_task(const touchstone::Task& task) { return task(); }
};

struct PocoDispatcher {
  static constexpr auto name = "Poco ActiveDispatcher";
  static constexpr auto home = "https://pocoproject.org";
  static auto version() {
    const auto version = Poco::Environment::libraryVersion();  // a byte each for 1, 11, 0 and the state
    return std::to_string(version >> 24) + "." + std::to_string(version >> 16 & 0xFF) + "." +
           std::to_string(version >> 8 & 0xFF);
  }
  static constexpr std::array capabilities = {"order.fifo", "workers.threads"};

  static auto make(const touchstone::Configuration&) { return std::make_unique<PocoObject>(); }
  static auto submit(PocoObject& object, const touchstone::Task& task) { return object.call(task); }
};

TOUCHSTONE_SUBJECT(PocoDispatcher);
