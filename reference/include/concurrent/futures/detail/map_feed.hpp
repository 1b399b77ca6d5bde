// MapFeed: makes the calls of a map, one after another, as their elements are taken from the inputs.

#pragma once

#include <algorithm>
#include <concepts>
#include <concurrent/futures/detail/batch_list.hpp>
#include <concurrent/futures/detail/batch_of.hpp>
#include <concurrent/futures/detail/map_target.hpp>
#include <concurrent/futures/detail/rows.hpp>
#include <concurrent/futures/future.hpp>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// Whether all calls can share one callable.
template <typename F, typename... Arguments>
concept Shareable = std::invocable<const F&, Arguments...>;

template <typename F, typename... Arguments>
struct MappedCall {
  using Result = std::invoke_result_t<F, Arguments...>;
};
template <typename F, typename... Arguments>
requires Shareable<F, Arguments...>
struct MappedCall<F, Arguments...> {
  using Result = std::invoke_result_t<const F&, Arguments...>;
};

/// What a map of `F` over `Inputs` has results of.
template <typename F, typename... Inputs>
using MappedType = ResultType<typename MappedCall<F, std::decay_t<ElementOf<Inputs>>...>::Result>;

/// Whether a map can call `F`, which it shares or copies, with values made of the elements of `Inputs`.
template <typename F, typename... Inputs>
concept CallableWithElements = Shareable<F, std::decay_t<ElementOf<Inputs>>...> ||
    (std::copy_constructible<F>&& std::invocable<F, std::decay_t<ElementOf<Inputs>>...>);

/// Whether a map can hand out what `F` returns: it moves it.
template <typename F, typename... Inputs>
concept ReturnsMovable = std::is_void_v<MappedType<F, Inputs...>> || std::is_reference_v<MappedType<F, Inputs...>> ||
    std::move_constructible<MappedType<F, Inputs...>>;

template <typename F, typename... Inputs>
concept Mappable =
    DecayCopyable<ElementOf<Inputs>...> && CallableWithElements<F, Inputs...> && ReturnsMovable<F, Inputs...>;

/// Takes the calls' arguments, and gives the calls to the target, in batches.
template <typename T, typename F, typename... Arguments>
class SharingCaller {
 public:
  explicit SharingCaller(F&& callable) : callable_(*new SharedCallable<F>(std::move(callable))) {}
  SharingCaller(const SharingCaller&) = delete;
  SharingCaller& operator=(const SharingCaller&) = delete;
  ~SharingCaller() { callable_.let_go(); }

  /// Makes one call. Throws what submit does.
  template <typename... Given>
  void call(BatchList& batches, MapTarget& target, Given&&... arguments) {
    make_room(batches, target);
    batch_->construct(std::forward<Given>(arguments)...);
    target.extend(*batch_);
  }

 private:
  using Elements = BatchOf<T, F, Arguments...>;

  void make_room(BatchList& batches, const MapTarget& target) {
    std::size_t capacity = smallest;
    if (batch_ != nullptr) {
      const bool full = batch_->constructed() == batch_->capacity();
      if (!full && target.can_extend(*batch_)) return;
      if (full) capacity = 4 * batch_->capacity();
    }
    batch_ = &Elements::make(std::min(capacity, Elements::largest()), target.crew(), callable_);
    batches.append(*batch_);
  }

  static constexpr std::size_t smallest = 4;

  SharedCallable<F>& callable_;
  Elements* batch_ = nullptr;  // the newest in the list
};

/// Calls its first argument with the others.
struct CallOwn {
  template <typename F, typename... Arguments>
  decltype(auto) operator()(F&& callable, Arguments&&... arguments) const {
    return std::invoke(std::forward<F>(callable), std::forward<Arguments>(arguments)...);
  }
};

/// As SharingCaller, where each call needs a callable of its own.
template <typename T, typename F, typename... Arguments>
class CopyingCaller {
 public:
  explicit CopyingCaller(F&& callable) : callable_(std::move(callable)), caller_(CallOwn()) {}

  template <typename... Given>
  void call(BatchList& batches, MapTarget& target, Given&&... arguments) {
    caller_.call(batches, target, std::as_const(callable_), std::forward<Given>(arguments)...);
  }

 private:
  F callable_;
  SharingCaller<T, CallOwn, F, Arguments...> caller_;
};

template <typename F, typename... Inputs>
using CallerOf = std::conditional_t<Shareable<F, std::decay_t<ElementOf<Inputs>>...>,
                                    SharingCaller<MappedType<F, Inputs...>, F, std::decay_t<ElementOf<Inputs>>...>,
                                    CopyingCaller<MappedType<F, Inputs...>, F, std::decay_t<ElementOf<Inputs>>...>>;

/// Makes further calls of a buffered map.
class MapFeed {
 public:
  MapFeed() = default;
  MapFeed(const MapFeed&) = delete;
  MapFeed& operator=(const MapFeed&) = delete;
  virtual ~MapFeed() = default;

  /// Makes the next call, if the inputs are not at their end. Throws what submit and what an input throws.
  [[nodiscard]] virtual bool feed(BatchList& batches) = 0;
};

template <typename F, typename... Inputs>
class BufferedFeed final : public MapFeed {
 public:
  template <typename... Given>
  BufferedFeed(Executor& executor, F&& callable, Given&&... inputs)
      : link_(executor), caller_(std::move(callable)), rows_(std::forward<Given>(inputs)...) {}

  [[nodiscard]] bool feed(BatchList& batches) override {
    if (!rows_.advance()) return false;
    rows_.read([&](auto&&... row) {
      // Not before the row is there: the executor's destructor waits for this, but must not for an input.
      MapTarget target(link_);
      caller_.call(batches, target, std::forward<decltype(row)>(row)...);
    });
    return true;
  }

 private:
  const MapLink link_;
  CallerOf<F, Inputs...> caller_;
  KeptRowsOf<Inputs...> rows_;
};

}  // namespace detail
CONCURRENT_FUTURES_END
