// From exceptions to what the suite speaks of: faults, answers and refusals.

#pragma once

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <touchstone/subject.hpp>
#include <touchstone/task.hpp>
#include <typeinfo>
#include <utility>

namespace touchstone::detail {

/// The time was up in a wait that tells so by its return value.
struct TimeIsUp : std::runtime_error {
  TimeIsUp() : std::runtime_error("the time is up") {}
};

/// What kind an exception of this suite or of the standard library is.
inline Fault known_fault(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Refusal& refusal) {
    return refusal.fault;
  } catch (const TaskError&) {
    return Fault::task;
  } catch (const TimeIsUp&) {
    return Fault::timeout;
  } catch (const std::future_error& future_error) {
    return future_error.code() == std::future_errc::broken_promise ? Fault::broken : Fault::invalid_state;
  } catch (const std::invalid_argument&) {
    return Fault::invalid_argument;
  } catch (...) {
    return Fault::other;
  }
}

/// What kind it is, asking the adapter first.
template <typename Adapter>
Fault fault_of(const std::exception_ptr& error) {
  if constexpr (requires { Adapter::fault_of(error); }) {
    if (const std::optional<Fault> fault = Adapter::fault_of(error)) return *fault;
  }
  return known_fault(error);
}

/// Its what(), or the name of its type.
inline std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (type == nullptr) return "an exception that is none of C++";
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                      std::free);
    return name ? name.get() : type->name();
  }
}

template <typename Adapter>
Answer failed_answer(std::exception_ptr error) {
  Answer answer{.fault = fault_of<Adapter>(error), .value = {}, .text = text_of(error), .error = {}};
  answer.error = std::move(error);
  return answer;
}

inline Answer good_answer(Value value) {
  return Answer{.fault = {}, .value = std::move(value), .text = {}, .error = {}};
}

/// Calls the function, and turns what it throws into a Refusal.
template <typename Adapter, typename Function>
decltype(auto) or_refuse(Function&& function) {
  try {
    return std::forward<Function>(function)();
  } catch (const Refusal&) {
    throw;
  } catch (...) {
    const std::exception_ptr error = std::current_exception();
    throw Refusal(fault_of<Adapter>(error), text_of(error), error);
  }
}

}  // namespace touchstone::detail
