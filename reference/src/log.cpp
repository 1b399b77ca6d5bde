#include <cxxabi.h>

#include <concurrent/futures/detail/caught.hpp>
#include <concurrent/futures/errors.hpp>
#include <concurrent/futures/log.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <typeinfo>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace {

// Not function-local: a scheduled build must not meet a scheduling point inside a static's initializer.
sync::Mutex handler_mutex;
const sync::AtFork handler_in_child([] { handler_mutex.lock(); }, [] { handler_mutex.unlock(); },
                                    [] { handler_mutex.unlock(); });

// Never destroyed: a pool of static storage duration may have something to report to the very end.
union NeverDestroyed {
  constexpr NeverDestroyed() : handler() {}
  ~NeverDestroyed() {}  // NOLINT(modernize-use-equals-default): which would be deleted
  std::shared_ptr<LogHandler> handler CONCURRENT_FUTURES_GUARDED_BY(handler_mutex);  // null: the default
};
constinit NeverDestroyed current;

const char* name_of(Severity severity) {
  switch (severity) {
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
    case Severity::critical:
      return "critical";
  }
  return "unknown severity";
}

void write_to_standard_error(const LogRecord& record) {
  std::string line = std::string("concurrent::futures: ") + name_of(record.severity) + ": " + record.message;
  if (record.exception) line += ": " + describe(record.exception);
  line += '\n';
  std::fputs(line.c_str(), stderr);
}

// Without RTTI, nobody can tell whether there is one.
std::exception_ptr nested_in([[maybe_unused]] const std::exception& error) {
#ifdef __cpp_rtti
  return detail::exception_of([&error] { std::rethrow_if_nested(error); });
#else
  return nullptr;
#endif
}

std::string name_of_current_exception() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "an exception from another language";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                         &std::free);
  return std::string("an exception of type ") + (status == 0 ? name.get() : type->name());
}

}  // namespace

LogHandler set_log_handler(LogHandler replacement) {
  auto next = replacement ? std::make_shared<LogHandler>(std::move(replacement)) : nullptr;
  {
    const sync::Lock lock(handler_mutex);
    current.handler.swap(next);
  }
  return next ? *next : LogHandler();
}

std::string describe(const std::exception_ptr& exception) {
  if (!exception) return "no exception";
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    const char* const text = error.what();
    const std::string own = text != nullptr ? text : name_of_current_exception() + " without a text";
    const auto nested = nested_in(error);
    return nested ? own + " (" + describe(nested) + ")" : own;
  } catch (...) {
    return name_of_current_exception();
  }
}

namespace detail {

std::exception_ptr caught() noexcept {
  std::exception_ptr exception = std::current_exception();
  return exception ? exception : error_of<Error>("an exception of another language, which C++ cannot hold");
}

std::exception_ptr thread_ended() noexcept {
  return error_of<Error>("the thread was ended inside the call, by pthread_exit or pthread_cancel");
}

void log(Severity severity, std::string_view message, std::exception_ptr exception) {
  const sync::NotCancellable logging;  // who logs may be in a destructor, and writing is a point of cancellation
  // There is no place to report to what is thrown here, and whoever logs must go on (CBK-013).
  (void)exception_of([&] {
    std::shared_ptr<LogHandler> handler;
    {
      const sync::Lock lock(handler_mutex);
      handler = current.handler;
    }
    const LogRecord record{severity, std::string(message), std::move(exception)};
    if (handler) {
      (*handler)(record);
    } else {
      write_to_standard_error(record);
    }
  });
}

}  // namespace detail
CONCURRENT_FUTURES_END
