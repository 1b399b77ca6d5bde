// What a subject gets that leaves a capability out: functions that nobody may call.

#include <ostream>
#include <stdexcept>
#include <touchstone/subject.hpp>

namespace touchstone {

namespace {

[[noreturn]] void lacks(const char* capability) {
  throw std::logic_error(std::string("this subject does not implement what the capability ") + capability +
                         " needs: it must not declare it, and no test may use it without asking");
}

}  // namespace

const char* to_string(Fault fault) {
  switch (fault) {
    case Fault::task:
      return "task";
    case Fault::cancelled:
      return "cancelled";
    case Fault::timeout:
      return "timeout";
    case Fault::broken:
      return "broken";
    case Fault::shut_down:
      return "shut_down";
    case Fault::invalid_state:
      return "invalid_state";
    case Fault::invalid_argument:
      return "invalid_argument";
    case Fault::deadlock:
      return "deadlock";
    case Fault::other:
      return "other";
  }
  return "unknown";
}

std::string Answer::to_string() const {
  if (!fault) return error || !text.empty() ? "the exception " + text : value.to_string();
  if (*fault == Fault::other) return "an exception of another type, with the text " + text;
  return std::string("fault ") + touchstone::to_string(*fault) + (text.empty() ? "" : ": " + text);
}

void PrintTo(const Answer& answer, std::ostream* out) { *out << answer.to_string(); }

// NOLINTBEGIN(performance-unnecessary-value-param): adapters take what they are given
Answer Future::exception(Timeout) { lacks("future.exception"); }
bool Future::done() { lacks("future.done"); }
bool Future::running() { lacks("future.running"); }
bool Future::cancel() { lacks("future.cancel"); }
bool Future::cancelled() { lacks("future.cancel"); }
void Future::add_done_callback(Callback) { lacks("future.callbacks"); }
FuturePointer Future::copy() { lacks("future.shared"); }
bool Future::same_as(const Future&) { lacks("future.identity"); }
std::size_t Future::hash() { lacks("future.identity"); }
std::string Future::text() { lacks("future.text"); }

void Executor::shutdown(ShutdownOptions) { lacks("shutdown"); }
std::unique_ptr<MapIterator> Executor::map(MapOptions, Function, std::vector<Source>) { lacks("map"); }
void Executor::terminate_workers() { lacks("workers.termination"); }
void Executor::kill_workers() { lacks("workers.termination"); }
int Executor::max_workers() { lacks("workers.default"); }

std::unique_ptr<Promise> Subject::make_promise() { lacks("promise"); }
WaitResult Subject::wait(std::span<const FuturePointer>, Timeout, ReturnWhen) { lacks("wait"); }
std::unique_ptr<CompletionIterator> Subject::as_completed(std::span<const FuturePointer>, Timeout) {
  lacks("as_completed");
}
void Subject::raise(Fault fault) {
  throw std::logic_error(std::string("this subject has no error of its own for the fault ") +
                         touchstone::to_string(fault));
}
void Subject::observe_log(std::function<void(LogRecord)>) { lacks("log"); }
// NOLINTEND(performance-unnecessary-value-param)

}  // namespace touchstone
