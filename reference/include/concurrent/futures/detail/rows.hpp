// Rows: the inputs of a map, taken in parallel.

#pragma once

#include <concepts>
#include <concurrent/futures/detail/sync.hpp>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// Whether a map may take the elements away from an input: from a container that it was given as an rvalue.
/// An rvalue that is a view, or whose iterators may outlive it, shows what belongs to somebody else.
template <typename Input>
concept OwnsElements =
    !std::is_reference_v<Input> && !std::ranges::view<Input> && !std::ranges::borrowed_range<Input> &&
    std::is_lvalue_reference_v<std::ranges::range_reference_t<Input>>;

/// What a call of a map is given of its input: what the input shows, but the value where that is a proxy of it, which
/// may not outlive the map, as in std::vector<bool>; and an rvalue where the input owns it.
template <typename Input, typename Shown = std::ranges::range_reference_t<Input>,
          typename Value = std::ranges::range_value_t<Input>>
using ElementOf = std::conditional_t<OwnsElements<Input>, std::remove_reference_t<Shown>&&,
                                     std::conditional_t<std::same_as<std::remove_cvref_t<Shown>, Value>, Shown, Value>>;

/// How a map keeps an input: a view as its copy, another range as it was given, by reference or by value.
template <typename Input>
using Kept = std::conditional_t<std::ranges::view<std::remove_cvref_t<Input>> &&
                                    std::copy_constructible<std::remove_cvref_t<Input>>,
                                std::remove_cvref_t<Input>, Input>;

/// An input with the place that was reached in it. `Input` is what it is kept as, `Element` what it gives.
template <typename Input, typename Element>
class Cursor {
 public:
  explicit Cursor(Input input)
      : input_(std::forward<Input>(input)), place_(std::ranges::begin(input_)), end_(std::ranges::end(input_)) {}
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  /// Goes to the next element, if there is one. Only when it is needed: this may take it from the input (MAP-030).
  [[nodiscard]] bool advance() {
    if (std::exchange(started_, true)) ++place_;
    return place_ != end_;
  }

  [[nodiscard]] Element element() const { return static_cast<Element>(*place_); }

 private:
  Input input_;
  std::ranges::iterator_t<Input> place_;
  std::ranges::sentinel_t<Input> end_;
  bool started_ = false;
};

/// Several inputs, taken in parallel until the shortest ends.
template <typename... Cursors>
class Rows {
 public:
  template <typename... Inputs>
  explicit Rows(Inputs&&... inputs) : cursors_(std::forward<Inputs>(inputs)...) {}

  /// Goes to the next row, if there is one. As Python's zip, it takes nothing from the inputs behind the one that ends.
  [[nodiscard]] bool advance() {
    return std::apply([](auto&... cursors) { return (... && cursors.advance()); }, cursors_);
  }

  template <typename F>
  void read(F use) const {
    std::apply([&](const auto&... cursors) { use(cursors.element()...); }, cursors_);
  }

 private:
  std::tuple<Cursors...> cursors_;
};

/// The rows of inputs that outlive them.
template <typename... Inputs>
using RowsOf = Rows<Cursor<Inputs&, ElementOf<Inputs>>...>;

/// The rows of inputs that are kept with them.
template <typename... Inputs>
using KeptRowsOf = Rows<Cursor<Kept<Inputs>, ElementOf<Inputs>>...>;

}  // namespace detail
CONCURRENT_FUTURES_END
