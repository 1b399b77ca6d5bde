// What both Poco subjects share: the version that they run with, and what the suite must know about
// Poco's futures.

#pragma once

#include <Poco/ActiveResult.h>
#include <Poco/Environment.h>

#include <chrono>
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

inline std::string poco_version() {
  const auto version = Poco::Environment::libraryVersion();  // a byte each for 1, 11, 0 and the state
  return std::to_string(version >> 24) + "." + std::to_string(version >> 16 & 0xFF) + "." +
         std::to_string(version >> 8 & 0xFF);
}
