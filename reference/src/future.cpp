#include <cxxabi.h>

#include <concurrent/futures/detail/waiter.hpp>
#include <concurrent/futures/future.hpp>
#include <concurrent/futures/promise.hpp>
#include <cstdlib>
#include <ostream>
#include <sstream>
#include <typeinfo>

CONCURRENT_FUTURES_BEGIN
namespace {

const char* name_of(detail::State state) {
  switch (state) {
    case detail::State::pending:
      return "pending";
    case detail::State::running:
      return "running";
    case detail::State::cancelled:
      return "cancelled";
    case detail::State::cancelled_and_notified:
      return "cancelled_and_notified";
    case detail::State::returned:
    case detail::State::threw:
      return "finished";
  }
  return "unknown";
}

std::string type_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return type != nullptr ? detail::demangle(type->name()) : "an exception from another language";
  }
}

}  // namespace

namespace detail {

std::string demangle(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                         &std::free);
  return status == 0 ? text.get() : name;
}

void throw_cannot_finish(const AnyFuture& future) {
  throw InvalidStateError("cannot finish a future that is done or about to be: " + to_string(future));
}

void throw_cannot_start(const AnyFuture& future) {
  throw InvalidStateError("cannot start a future that is not pending: " + to_string(future));
}

}  // namespace detail

bool AnyFuture::cancel() const {
  detail::Outcome& outcome = this->outcome();
  const detail::Outcome::Cancelled answer = outcome.cancel();
  // Another thread was first: it is cancelled when that has let go of the callable.
  if (answer == detail::Outcome::Cancelled::under_way) (void)detail::wait(outcome, {});
  return answer != detail::Outcome::Cancelled::no;
}

void AnyFuture::throw_empty() { throw InvalidStateError("this handle is empty: it stands for no future"); }

void AnyFuture::check_not_taken() const {
  if (outcome().is_taken()) throw InvalidStateError("the result was moved away, and cannot be copied");
}

void AnyFuture::throw_not_alone() {
  throw InvalidStateError(
      "the result cannot be copied, and other handles to this future exist: let go of them first, or give the "
      "container away, as in as_completed(std::move(futures))");
}

detail::State AnyFuture::wait_for_end(const Timeout& timeout) const {
  detail::Outcome& outcome = this->outcome();
  if (!detail::wait(outcome, timeout)) throw TimeoutError();
  const detail::State state = outcome.state();
  if (is_cancelled(state)) throw CancelledError();
  return state;
}

std::string to_string(const AnyFuture& future) {
  if (future.handle_.get() == nullptr) return "<Future empty>";
  const detail::Outcome& outcome = future.outcome();
  const detail::State state = outcome.state();
  std::ostringstream text;
  text << "<Future at " << static_cast<const void*>(&outcome) << " state=" << name_of(state);
  if (state == detail::State::returned) text << " returned " << outcome.result_kind().name;
  if (state == detail::State::threw) text << " raised " << type_of(outcome.error());
  text << '>';
  return text.str();
}

std::ostream& operator<<(std::ostream& out, const AnyFuture& future) { return out << to_string(future); }

CONCURRENT_FUTURES_END
