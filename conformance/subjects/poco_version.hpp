// Which Poco both of its subjects run with.

#pragma once

#include <Poco/Environment.h>

#include <string>

inline std::string poco_version() {
  const auto version = Poco::Environment::libraryVersion();  // a byte each for 1, 11, 0 and the state
  return std::to_string(version >> 24) + "." + std::to_string(version >> 16 & 0xFF) + "." +
         std::to_string(version >> 8 & 0xFF);
}
