// What all that synchronizes has in the scheduled build: a namespace of its own, and a Life.

#pragma once

#include <cstdint>
#include <sanitizers.hpp>
#include <scheduler.hpp>
#include <type_traits>

#define CONCURRENT_FUTURES_BEGIN  \
  namespace concurrent::futures { \
  inline namespace scheduled {
#define CONCURRENT_FUTURES_END \
  }                            \
  }

CONCURRENT_FUTURES_BEGIN
namespace sync {

using touchstone::fuzz::Action;
using touchstone::fuzz::Place;
using touchstone::fuzz::Scheduler;

/// Knows whether an object lives, and in which schedule it was made.
class Life {
 public:
  constexpr Life() : epoch_(std::is_constant_evaluated() ? 0 : Scheduler::epoch()) {}
  ~Life() {
    // Volatile, or the compiler would leave it out: nobody may read it any more.
    *const_cast<volatile std::uint32_t*>(&epoch_) = destroyed;
  }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  /// Whether the object was made before this schedule, and is used in it for the first time.
  TOUCHSTONE_UNOBSERVED bool begins_anew(Scheduler& scheduler) const {
    if (epoch_ == Scheduler::epoch()) return false;
    if (epoch_ == destroyed) scheduler.fail("something was used that had been destroyed");
    epoch_ = Scheduler::epoch();
    return true;
  }

 private:
  // What released memory is filled with, too.
  static constexpr std::uint32_t destroyed = 0xDDDDDDDD;
  mutable std::uint32_t epoch_;
};

}  // namespace sync
CONCURRENT_FUTURES_END
