// Poco's ActiveDispatcher: an active object whose methods run one after another in its own thread.

#include <Poco/ActiveDispatcher.h>
#include <Poco/ActiveMethod.h>
#include <Poco/ActiveResult.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <subjects/poco_version.hpp>
#include <touchstone/adapter.hpp>
#include <utility>

class PocoObject : public Poco::ActiveDispatcher {
 public:
  PocoObject() : call(this, &PocoObject::run_task) {}

  Poco::ActiveMethod<touchstone::Value, touchstone::Task, PocoObject, Poco::ActiveStarter<Poco::ActiveDispatcher>> call;

 private:
  touchstone::Value run_task(const touchstone::Task& task) { return task(); }
};

using PocoResult = Poco::ActiveResult<touchstone::Value>;

template <>
struct touchstone::future_traits<PocoResult> {
  static touchstone::Value result(PocoResult& future) {
    future.wait();
    if (const Poco::Exception* error = future.exception()) error->rethrow();
    if (future.failed()) throw std::runtime_error(future.error());
    return future.data();
  }
  static bool wait_for(PocoResult& future, std::chrono::nanoseconds limit) {
    return future.tryWait(std::chrono::ceil<std::chrono::milliseconds>(limit).count());
  }
  static bool done(PocoResult& future) { return future.available(); }
  static constexpr bool shared = true;
};

struct PocoActive {
  static constexpr auto name = "Poco ActiveDispatcher";
  static auto version() { return poco_version(); }
  static constexpr std::array capabilities = {"order.fifo", "workers.threads"};

  static auto make(const touchstone::Configuration&) { return std::make_unique<PocoObject>(); }
  static auto submit(PocoObject& object, const touchstone::Task& task) { return object.call(task); }
};

TOUCHSTONE_SUBJECT(PocoActive);
