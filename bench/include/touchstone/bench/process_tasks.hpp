// What the children of process pools are asked to do.

#pragma once

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>

namespace touchstone::bench {

inline long identity(long number) { return number; }

inline long length_of(const std::string& text) { return static_cast<long>(text.size()); }

inline std::string text_of_length(long length) { return std::string(static_cast<std::size_t>(length), 'x'); }

/// Occupies a child for a millisecond, so that a second call is given to another one; tells which child it is.
inline long busy_child() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
  while (std::chrono::steady_clock::now() < end) {
  }
  return getpid();
}

/// Tells by this signal that it has begun, and goes on for ever.
inline constexpr int signal_of_begun_call = SIGUSR1;
inline long never_return(long parent) {
  kill(static_cast<pid_t>(parent), signal_of_begun_call);
  for (;;) pause();
}

}  // namespace touchstone::bench
