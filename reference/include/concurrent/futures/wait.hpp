// wait and as_completed: several futures at once (WAI-*, ASC-*).
//
// Both take any range or braced list of Future<T>, and give Future<T>; one of AnyFuture, or a braced list
// of mixed kinds, gives AnyFuture. Futures of several executors may be mixed.
//
// What they give is a handle beside yours. Out of a container that is given away, as in
// as_completed(std::move(futures)), the handles are moved: then what is given may be the only handle, which
// std::move(future).result() needs to give a value away that cannot be copied.

#pragma once

#include <concepts>
#include <concurrent/futures/detail/single_pass.hpp>
#include <concurrent/futures/detail/waiter.hpp>
#include <concurrent/futures/future.hpp>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

CONCURRENT_FUTURES_BEGIN

/// When wait returns; exactly these three exist (EXC-006).
enum class ReturnWhen {
  first_completed,  // when one future is done (WAI-004)
  first_exception,  // when one has thrown; where none does, as all_completed (WAI-006, WAI-007)
  all_completed,    // when all are done (WAI-003)
};

struct WaitOptions {
  Timeout timeout = {};
  ReturnWhen return_when = ReturnWhen::all_completed;
};

/// The futures that were given in, each once, in their order (WAI-001, WAI-013, WAI-017).
template <typename FutureType>
struct WaitResult {
  std::vector<FutureType> done;
  std::vector<FutureType> not_done;
};

namespace detail {

void wait(std::span<Outcome* const> outcomes, const WaitOptions& options);

/// The completions of several outcomes, in order. Not thread-safe, but for being told. Stays where it is.
class CompletionQueue final : Waiter {
 public:
  CompletionQueue(const std::vector<Outcome*>& outcomes, const Timeout& timeout);
  ~CompletionQueue() override;

  /// Blocks until the next one is done, and gives its index; nothing when all were given.
  /// Throws TimeoutError when the time is up; then it is exhausted. What was given is not touched again.
  /// Throws DeadlockError in a child that was forked since it was made.
  [[nodiscard]] std::optional<std::size_t> next();

 private:
  void hear(const WaiterLink& link, const Outcome& outcome) override CONCURRENT_FUTURES_REQUIRES(mutex_);
  [[nodiscard]] bool satisfied() const override CONCURRENT_FUTURES_REQUIRES(mutex_) { return taken_ != ready_.size(); }
  [[nodiscard]] std::optional<std::size_t> take_ready();
  void exhaust();

  const Deadline deadline_;
  const std::size_t count_;
  const std::unique_ptr<WaiterLink[]> links_;
  std::size_t unfinished_;  // not given yet; 0 once exhausted

  std::vector<std::size_t> ready_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);  // in order of completion
  std::size_t taken_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = 0;           // how many of them were given
};

/// A range that owns its elements: unlike one that only refers to them, it shows constant ones where it is constant.
template <typename Range>
concept Owning = std::ranges::input_range<const Range> &&
    std::is_const_v<std::remove_reference_t<std::ranges::range_reference_t<const Range>>>;

/// A range's futures, each once, in their order; moved out of a range that is given away with its elements.
template <typename FutureType, typename Range>
std::vector<FutureType> distinct(Range&& futures) {
  constexpr bool given_away = !std::is_lvalue_reference_v<Range> && Owning<Range>;
  std::vector<FutureType> result;
  std::unordered_set<const Outcome*> seen;
  for (auto&& future : futures) {
    using Given = std::conditional_t<given_away, std::remove_reference_t<decltype(future)>, decltype(future)>;
    if (seen.insert(&Access::outcome(future)).second) result.push_back(std::forward<Given>(future));
  }
  return result;
}

template <typename FutureType>
std::vector<Outcome*> outcomes_of(const std::vector<FutureType>& futures) {
  std::vector<Outcome*> result;
  result.reserve(futures.size());
  for (const AnyFuture& future : futures) result.push_back(&Access::outcome(future));
  return result;
}

}  // namespace detail

/// A range whose elements are futures.
template <typename Range>
concept FutureRange =
    std::ranges::input_range<Range> && std::derived_from<std::ranges::range_value_t<Range>, AnyFuture>;

/// Blocks until the condition holds or the time is up, then tells which futures are done. A cancelled
/// future is done (FUT-018). Throws neither a call's exception nor TimeoutError (WAI-014, WAI-025), but
/// DeadlockError in a worker where it would never end; InvalidStateError for an empty handle.
template <FutureRange Range>
auto wait(Range&& futures, const WaitOptions& options = {}) -> WaitResult<std::ranges::range_value_t<Range>> {
  using FutureType = std::ranges::range_value_t<Range>;
  std::vector<FutureType> all = detail::distinct<FutureType>(std::forward<Range>(futures));
  detail::wait(detail::outcomes_of(all), options);
  WaitResult<FutureType> result;
  for (FutureType& future : all) (future.done() ? result.done : result.not_done).push_back(std::move(future));
  return result;
}
template <typename T>
WaitResult<Future<T>> wait(std::initializer_list<Future<T>> futures, const WaitOptions& options = {}) {
  return wait(std::span(futures.begin(), futures.size()), options);
}
inline WaitResult<AnyFuture> wait(std::initializer_list<AnyFuture> futures, const WaitOptions& options = {}) {
  return wait(std::span(futures.begin(), futures.size()), options);
}

/// Several futures in the order in which they are done: an input range that can be walked once.
///
///     for (auto& future : as_completed(futures)) use(future.result());
///     while (auto future = completions.next()) use(future->result());
///
/// It waits as late as it can: `*`, a comparison with the end and next() block until the next future is done;
/// begin() and `++` never (DIFF-28). Futures that are done at the call come first (ASC-003). Nothing is kept of a
/// future once it was handed out and the range advanced (ASC-015). Destroying the range leaves no trace in the others
/// (ASC-016). One that was moved from may only be destroyed or assigned.
///
/// A future that is done is handed out even if the time is up (ASC-012); else it throws TimeoutError, "N (of M) futures
/// unfinished", and is at its end (ASC-008, ASC-009, ASC-013). In a worker it throws DeadlockError as result() does.
///
/// Thread safety: none; one thread at a time.
template <typename FutureType>
class Completions : public detail::SinglePass<Completions<FutureType>, FutureType> {
  using Base = detail::SinglePass<Completions, FutureType>;

 public:
  Completions(std::vector<FutureType> futures, const Timeout& timeout)
      : futures_(std::move(futures)),
        queue_(std::make_unique<detail::CompletionQueue>(detail::outcomes_of(futures_), timeout)) {}
  Completions(Completions&&) noexcept = default;
  Completions& operator=(Completions&& other) noexcept {
    Base::operator=(std::move(other));
    std::swap(futures_, other.futures_);
    std::swap(queue_, other.queue_);
    return *this;
  }
  ~Completions() = default;

 private:
  friend Base;

  std::optional<FutureType> fetch() {
    const std::optional<std::size_t> index = queue_->next();
    if (!index) return std::nullopt;
    return std::move(futures_[*index]);
  }

  std::vector<FutureType> futures_;                 // those that were handed out are empty
  std::unique_ptr<detail::CompletionQueue> queue_;  // behind what it watches, so as to be gone before it
};

/// Starts watching the futures now; the time is counted from this call (ASC-011).
template <FutureRange Range>
auto as_completed(Range&& futures, Timeout timeout = {}) -> Completions<std::ranges::range_value_t<Range>> {
  using FutureType = std::ranges::range_value_t<Range>;
  return {detail::distinct<FutureType>(std::forward<Range>(futures)), timeout};
}
template <typename T>
Completions<Future<T>> as_completed(std::initializer_list<Future<T>> futures, Timeout timeout = {}) {
  return as_completed(std::span(futures.begin(), futures.size()), timeout);
}
inline Completions<AnyFuture> as_completed(std::initializer_list<AnyFuture> futures, Timeout timeout = {}) {
  return as_completed(std::span(futures.begin(), futures.size()), timeout);
}

CONCURRENT_FUTURES_END
