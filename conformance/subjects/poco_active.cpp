// Poco's ActiveDispatcher: an object whose calls run one after another in a thread of its own.

#include <Poco/ActiveDispatcher.h>
#include <Poco/ActiveMethod.h>

#include <array>
#include <memory>
#include <subjects/poco_result.hpp>
#include <touchstone/adapter.hpp>

class PocoObject : public Poco::ActiveDispatcher {
 public:
  PocoObject() : call(this, &PocoObject::run_task) {}

  Poco::ActiveMethod<touchstone::Value, touchstone::Task, PocoObject, Poco::ActiveStarter<Poco::ActiveDispatcher>> call;

 private:
  touchstone::Value run_task(const touchstone::Task& task) { return task(); }
};

struct PocoActive {
  static constexpr auto name = "Poco ActiveDispatcher";
  static auto version() { return poco_version(); }
  static constexpr std::array capabilities = {"order.fifo", "workers.threads"};

  static auto make(const touchstone::Configuration&) { return std::make_unique<PocoObject>(); }
  static auto submit(PocoObject& object, const touchstone::Task& task) { return object.call(task); }
};

TOUCHSTONE_SUBJECT(PocoActive);
