// MapSource: where the results of a map come from, if not from calls of its own for each element.

#pragma once

#include <concurrent/futures/detail/waiter.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <variant>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// What the range of results shows for a result of type T.
template <typename T>
struct MapElement {
  using Type = T;
};
template <typename T>
struct MapElement<T&> {
  using Type = std::reference_wrapper<T>;
};
template <>
struct MapElement<void> {
  using Type = std::monostate;
};

/// Destroying it cancels what has not started.
template <typename T>
class MapSource {
 public:
  MapSource() = default;
  MapSource(const MapSource&) = delete;
  MapSource& operator=(const MapSource&) = delete;
  virtual ~MapSource() = default;

  /// The next result; none at the end. Throws what MapResults is to throw; after that it is destroyed.
  [[nodiscard]] virtual std::optional<typename MapElement<T>::Type> next(const Deadline& deadline) = 0;

  /// What has not started is not cancelled any more.
  virtual void keep_going() noexcept = 0;
};

/// How a map with this callable is cut into chunks: not at all. Only portable.hpp specializes it, for types of its own.
template <typename F>
struct ChunksOf {
  static constexpr bool possible = false;
};

}  // namespace detail
CONCURRENT_FUTURES_END
