// MapResults: what Executor::map returns (MAP-*).

#pragma once

#include <concepts>
#include <concurrent/futures/count.hpp>
#include <concurrent/futures/detail/batch_list.hpp>
#include <concurrent/futures/detail/call.hpp>
#include <concurrent/futures/detail/caught.hpp>
#include <concurrent/futures/detail/map_feed.hpp>
#include <concurrent/futures/detail/map_source.hpp>
#include <concurrent/futures/detail/single_pass.hpp>
#include <concurrent/futures/timeout.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

CONCURRENT_FUTURES_BEGIN

/// How to map. Python's names; without a value, as if it were not given.
struct MapOptions {
  Timeout timeout = {};  // for all results together, counted from the call (MAP-010)
  std::ptrdiff_t chunksize =
      1;                  // so many calls travel together to a process; without effect on threads (MAP-020, MAP-021)
  Count buffersize = {};  // at most so many calls, or chunks, submitted and not yet handed out (MAP-035)
};

namespace detail {
void check_buffersize(const MapOptions& options);
}  // namespace detail

/// The results of a map, in the order of the inputs: an input range that can be walked once, and is as lazy as a Python
/// generator. `*`, a comparison with the end and next() wait for the next result; begin() and `++` do not.
///
/// An element is what its call returned: the value, a std::reference_wrapper where it returned a
/// reference, std::monostate where it returned nothing. It is moved out: the range keeps none (MAP-016).
///
/// What call i threw is thrown when element i is asked for; then the range ends, and calls that have
/// not started are cancelled (MAP-006, MAP-007). So it is with TimeoutError when the time is up and the
/// next result is not there (MAP-011, MAP-013). A wait that could never end throws DeadlockError (DLK-*).
///
/// Destroying it cancels what has not started, if a result was asked for at least once; before that, nothing
/// is cancelled, and all calls run (MAP-014, MAP-015). It may outlive the executor.
///
/// Thread safety: none; one thread at a time.
template <typename T>
class MapResults : public detail::SinglePass<MapResults<T>, typename detail::MapElement<T>::Type> {
 public:
  using Element = typename detail::MapElement<T>::Type;

  MapResults(MapResults&&) noexcept = default;
  MapResults& operator=(MapResults&& other) noexcept {
    if (this == &other) return *this;
    abandon();
    Base::operator=(std::move(other));
    batches_ = std::move(other.batches_);
    feed_ = std::move(other.feed_);
    source_ = std::move(other.source_);
    runner_ = std::move(other.runner_);
    refused_ = std::move(other.refused_);
    deadline_ = other.deadline_;
    advanced_ = other.advanced_;
    return *this;
  }
  ~MapResults() { abandon(); }

 private:
  friend class Executor;
  friend class detail::SinglePass<MapResults, Element>;
  using Base = detail::SinglePass<MapResults, Element>;

  MapResults(const Timeout& timeout, std::weak_ptr<detail::BatchRunner> runner)
      : runner_(std::move(runner)), deadline_(timeout.deadline()) {}

  /// Makes the first calls of a buffered map, and keeps what makes the others.
  void feed_from(std::unique_ptr<detail::MapFeed> feed, std::ptrdiff_t buffersize) {
    feed_ = std::move(feed);
    for (std::ptrdiff_t i = 0; i < buffersize && feed_; ++i) feed_first();
  }

  std::optional<Element> fetch() {
    advanced_ = true;
    if (source_) return fetch_from_source();
    detail::Outcome* const head = batches_.head();
    if (head == nullptr) {
      if (refused_) std::rethrow_exception(std::exchange(refused_, nullptr));
      return std::nullopt;
    }
    try {
      std::optional<Element> element = take(*head);
      batches_.pop();
      feed_one();  // not before: at no time are more than buffersize calls not handed out (MAP-034)
      return element;
    } catch (...) {
      cancel_rest();
      throw;
    }
  }

  std::optional<Element> fetch_from_source() {
    try {
      return source_->next(deadline_);
    } catch (...) {
      source_ = nullptr;
      throw;
    }
  }

  std::optional<Element> take(detail::Outcome& head) {
    if (detail::BatchList::await(head, deadline_) == detail::State::threw) std::rethrow_exception(head.error());
    [[maybe_unused]] auto& value = static_cast<detail::TypedOutcome<T>&>(head).value();
    if constexpr (std::is_void_v<T>) {
      return std::monostate();
    } else if constexpr (std::is_reference_v<T>) {
      return *value;
    } else {
      return std::optional<Element>(std::in_place, std::move(value));
    }
  }

  void feed_first() {
    if (!feed_->feed(batches_)) feed_ = nullptr;
  }

  // What refuses a call, such as a shutdown, is reported after the results that are there (MAP-036).
  void feed_one() {
    if (!feed_) return;
    refused_ = detail::exception_of([this] { feed_first(); });
    if (refused_) feed_ = nullptr;
  }

  void cancel_rest() {
    feed_ = nullptr;
    refused_ = nullptr;
    source_ = nullptr;
    batches_.cancel(runner_);
  }

  void abandon() {
    if (advanced_) return cancel_rest();
    if (source_) source_->keep_going();
  }

  detail::BatchList batches_;
  std::unique_ptr<detail::MapFeed> feed_;         // null: all inputs are consumed
  std::unique_ptr<detail::MapSource<T>> source_;  // null: the calls are in the batches
  std::weak_ptr<detail::BatchRunner> runner_;
  std::exception_ptr refused_;  // what ended the feeding, to be thrown behind the results
  detail::Deadline deadline_;
  bool advanced_ = false;
};

CONCURRENT_FUTURES_END
