// Atomic of the scheduled build: each operation is a place at which the schedule may go on elsewhere.

#pragma once

#include <arena.hpp>
#include <atomic>
#include <concurrent/futures/detail/scheduled_life.hpp>
#include <cstdint>
#include <type_traits>

CONCURRENT_FUTURES_BEGIN
namespace sync {

/// As std::atomic, always sequentially consistent.
template <typename T>
class Atomic {
 public:
  constexpr Atomic() : Atomic(T()) {}
  constexpr Atomic(T value) : initial_(value), value_(value) {}  // NOLINT: as std::atomic

  T load(std::memory_order = std::memory_order_seq_cst, Place place = Place::here()) const {
    reach(Action::load, false, place);
    return seen();
  }
  void store(T value, std::memory_order = std::memory_order_seq_cst, Place place = Place::here()) {
    reach(Action::store, true, place);
    put(value);
  }
  T exchange(T value, std::memory_order = std::memory_order_seq_cst, Place place = Place::here()) {
    reach(Action::exchange, true, place);
    return replace(value);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order = std::memory_order_seq_cst,
                             Place place = Place::here()) {
    return compare_exchange(expected, desired, true, place);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order, std::memory_order,
                             Place place = Place::here()) {
    return compare_exchange(expected, desired, true, place);
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order = std::memory_order_seq_cst,
                               Place place = Place::here()) {
    return compare_exchange(expected, desired, false, place);
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order, std::memory_order,
                               Place place = Place::here()) {
    return compare_exchange(expected, desired, false, place);
  }

  T fetch_add(T by, std::memory_order = std::memory_order_seq_cst, Place place = Place::here()) {
    reach(Action::modify, true, place);
    return replace(static_cast<T>(current() + by));
  }
  T fetch_sub(T by, std::memory_order = std::memory_order_seq_cst, Place place = Place::here()) {
    reach(Action::modify, true, place);
    return replace(static_cast<T>(current() - by));
  }
  T fetch_and(T mask, std::memory_order = std::memory_order_seq_cst, Place place = Place::here()) {
    reach(Action::modify, true, place);
    return replace(static_cast<T>(current() & mask));
  }
  T fetch_or(T mask, std::memory_order = std::memory_order_seq_cst, Place place = Place::here()) {
    reach(Action::modify, true, place);
    return replace(static_cast<T>(current() | mask));
  }

 private:
  TOUCHSTONE_UNOBSERVED void reach(Action action, bool writes, Place place) const {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) return;
    scheduler->reach(action, this, writes, place);
    if (life_.begins_anew(*scheduler)) value_ = initial_;
  }
  TOUCHSTONE_UNOBSERVED T current() const { return value_; }
  TOUCHSTONE_UNOBSERVED T seen() const {
    touchstone::fuzz::observed(this);
    record(value_);
    return value_;
  }
  TOUCHSTONE_UNOBSERVED void put(T value) {
    touchstone::fuzz::published(this);
    record(value);
    value_ = value;
  }
  TOUCHSTONE_UNOBSERVED T replace(T value) {
    touchstone::fuzz::observed(this);
    const T before = value_;
    put(value);
    return before;
  }
  TOUCHSTONE_UNOBSERVED bool compare_exchange(T& expected, T desired, bool weak, Place place) {
    reach(Action::compare_exchange, true, place);
    Scheduler* const scheduler = Scheduler::active();
    bool equal = value_ == expected;
    if (equal && weak && scheduler != nullptr) equal = !scheduler->happens(touchstone::fuzz::Chance::weak_failure);
    if (equal) {
      (void)replace(desired);
      return true;
    }
    if (scheduler != nullptr) scheduler->record_failed_exchange();
    expected = seen();
    return false;
  }

  // Pointers are shown by what is the same in each process.
  static std::uint64_t number_of(T value) {
    if constexpr (std::is_pointer_v<T>) {
      const auto& arena = touchstone::fuzz::Arena::instance();
      return value == nullptr ? 0 : arena.owns(value) ? arena.offset(value) : 1;
    } else {
      return static_cast<std::uint64_t>(value);
    }
  }
  TOUCHSTONE_UNOBSERVED void record(T value) const {
    if (Scheduler* const scheduler = Scheduler::active()) scheduler->record_value(number_of(value));
  }

  const T initial_;
  mutable T value_;
  Life life_;
};

}  // namespace sync
CONCURRENT_FUTURES_END
