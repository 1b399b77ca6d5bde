// Machine: where times were taken. A time without it says nothing.

#pragma once

#include <string>

namespace touchstone::tool {

struct Machine {
  std::string processor;  // "Intel(R) Xeon(R) ..."
  int cores = 1;          // that this process may use
  std::string system;     // "Linux 6.1.0 x86_64"
  std::string governor;   // how the clock is governed; empty where the kernel does not say
};

[[nodiscard]] Machine this_machine();

/// How many threads ran or wanted to, on average over the last minute; negative where the kernel does not say.
[[nodiscard]] double load_average();

}  // namespace touchstone::tool
