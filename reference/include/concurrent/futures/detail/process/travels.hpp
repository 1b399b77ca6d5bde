// What can travel to another process, and what the compiler says where something cannot (PPE-023).

#pragma once

#include <array>
#include <cereal/details/traits.hpp>
#include <concepts>
#include <concurrent/futures/detail/process/archive.hpp>
#include <concurrent/futures/detail/process/containers.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

CONCURRENT_FUTURES_BEGIN

class AnyFuture;
class Executor;

namespace detail {

/// Why a value cannot travel.
enum class Obstacle {
  none,
  pointer,
  reference,
  view,
  shared,
  function,
  future,
  executor,
  not_serializable,
  not_default_constructible,
  constant,
};

template <typename T>
constexpr Obstacle obstacle_of();

/// The first obstacle that is none.
template <typename... Parts>
constexpr Obstacle first_obstacle() {
  Obstacle found = Obstacle::none;
  (void)((found = obstacle_of<Parts>(), found != Obstacle::none) || ...);
  return found;
}

// What a type of the standard library consists of, which may be an obstacle although the type is none.
template <typename T>
struct Parts {
  static constexpr Obstacle obstacle = Obstacle::none;
};
template <typename T, std::size_t size>
struct Parts<std::array<T, size>> {
  static constexpr Obstacle obstacle = first_obstacle<T>();
};
template <template <typename...> typename Template, typename... Arguments>
requires(std::same_as<Template<Arguments...>, std::tuple<Arguments...>> ||
         std::same_as<Template<Arguments...>, std::variant<Arguments...>>) struct Parts<Template<Arguments...>> {
  static constexpr Obstacle obstacle = first_obstacle<Arguments...>();
};
template <typename T>
requires requires { typename T::value_type; }
struct Parts<T> {
  static constexpr Obstacle obstacle = [] {
    if constexpr (requires { typename T::mapped_type; }) {
      return first_obstacle<typename T::key_type, typename T::mapped_type>();
    } else {
      return first_obstacle<typename T::value_type>();
    }
  }();
};
template <typename First, typename Second>
struct Parts<std::pair<First, Second>> {
  static constexpr Obstacle obstacle = first_obstacle<First, Second>();
};
template <typename T, typename Deleter>
struct Parts<std::unique_ptr<T, Deleter>> {
  static constexpr Obstacle obstacle = Obstacle::none;  // T may be incomplete, as in a list of nodes
};

template <typename T>
inline constexpr bool is_view = false;
template <typename C, typename Traits>
inline constexpr bool is_view<std::basic_string_view<C, Traits>> = true;
template <typename T, std::size_t extent>
inline constexpr bool is_view<std::span<T, extent>> = true;

template <typename T>
inline constexpr bool is_shared = false;
template <typename T>
inline constexpr bool is_shared<std::shared_ptr<T>> = true;
template <typename T>
inline constexpr bool is_shared<std::weak_ptr<T>> = true;

template <typename T>
inline constexpr bool is_function_object = false;
template <typename Signature>
inline constexpr bool is_function_object<std::function<Signature>> = true;

template <typename T>
inline constexpr bool is_reference_wrapper = false;
template <typename T>
inline constexpr bool is_reference_wrapper<std::reference_wrapper<T>> = true;

template <typename T>
constexpr Obstacle obstacle_of() {
  if constexpr (std::is_const_v<T>) {
    return Obstacle::constant;
  } else if constexpr (std::is_reference_v<T> || is_reference_wrapper<T>) {
    return Obstacle::reference;
  } else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_null_pointer_v<T>) {
    return Obstacle::pointer;
  } else if constexpr (is_view<T>) {
    return Obstacle::view;
  } else if constexpr (is_shared<T>) {
    return Obstacle::shared;
  } else if constexpr (is_function_object<T>) {
    return Obstacle::function;
  } else if constexpr (std::is_base_of_v<AnyFuture, T>) {
    return Obstacle::future;
  } else if constexpr (std::is_base_of_v<Executor, T>) {
    return Obstacle::executor;
  } else if constexpr (Parts<T>::obstacle != Obstacle::none) {
    return Parts<T>::obstacle;
  } else if constexpr (!cereal::traits::is_output_serializable<T, Encoder>::value ||
                       !cereal::traits::is_input_serializable<T, Decoder>::value) {
    return Obstacle::not_serializable;
  } else if constexpr (!std::is_default_constructible_v<T>) {
    return Obstacle::not_default_constructible;
  } else {
    return Obstacle::none;
  }
}

template <typename T>
inline constexpr bool travels = obstacle_of<T>() == Obstacle::none;
template <>
inline constexpr bool travels<void> = true;

/// To be asked for each argument and result: makes the compiler say what to do instead. One error for each type.
template <typename T>
constexpr bool must_travel() {
  constexpr Obstacle obstacle = [] {
    if constexpr (std::is_void_v<T>) {
      return Obstacle::none;
    } else {
      return obstacle_of<std::remove_const_t<T>>();
    }
  }();
  static_assert(obstacle != Obstacle::pointer,
                "a pointer means nothing in another process: send what it points to (a text as std::string)");
  static_assert(obstacle != Obstacle::reference,
                "a reference means nothing in another process: give the value, and return a value");
  static_assert(obstacle != Obstacle::view, "a view does not travel with what it shows: send a string or a vector");
  static_assert(obstacle != Obstacle::shared,
                "nothing can be shared with another process: send the value, or a unique_ptr");
  static_assert(obstacle != Obstacle::function,
                "nobody knows what a std::function consists of: send portable(...), or what the function needs");
  static_assert(obstacle != Obstacle::future,
                "a future is of the process that has it: wait for it, and send its result");
  static_assert(obstacle != Obstacle::executor, "an executor is of the process that has it: make one where it is used");
  static_assert(obstacle != Obstacle::constant,
                "what travels is first made and then filled, so nothing in it can be const: of the elements of a map "
                "send std::pair<Key, Value>");
  static_assert(obstacle != Obstacle::not_serializable,
                "nobody knows what this type consists of: give it a serialize(), as cereal has it");
  static_assert(obstacle != Obstacle::not_default_constructible,
                "what travels is first made by default and then filled: give its type a default constructor");
  return obstacle == Obstacle::none;
}

/// The same for all of them: something is said of each.
template <typename... Types>
constexpr bool must_all_travel() {
  bool all = true;
  ((all = must_travel<Types>() && all), ...);
  return all;
}

/// What is made of an argument: text that is only shown becomes one that travels.
template <typename Argument>
using TravellingArgument = std::conditional_t<
    std::is_convertible_v<std::decay_t<Argument>, std::string_view> && !std::is_class_v<std::remove_cvref_t<Argument>>,
    std::string,
    std::conditional_t<std::is_same_v<std::decay_t<Argument>, std::string_view>, std::string, std::decay_t<Argument>>>;

}  // namespace detail
CONCURRENT_FUTURES_END
