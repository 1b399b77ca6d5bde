// ResultKind: tells the types of results apart at run time, with and without RTTI.

#pragma once

#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

CONCURRENT_FUTURES_BEGIN
namespace detail {

struct ResultKind {
  std::string_view name;       // of the value, for people: two types of different functions may share one
  const std::type_info* type;  // null where it was compiled without RTTI

  /// Modules that keep their names to themselves have each their own kind of a type: only RTTI knows then that they
  /// are the same.
  friend bool operator==(const ResultKind& one, const ResultKind& other) {
    return &one == &other || (one.type != nullptr && other.type != nullptr && *one.type == *other.type);
  }
};

template <typename T>
constexpr const char* signature_naming() {
  return __PRETTY_FUNCTION__;
}

/// The type as the compiler writes it.
template <typename T>
constexpr std::string_view name_of() {
  constexpr std::string_view signature = signature_naming<T>();  // "... [with T = int]"
  constexpr std::string_view before = "T = ";
  constexpr std::size_t start = signature.find(before) + before.size();
  return signature.substr(start, signature.size() - start - 1);
}

/// What messages call a callable: its type, unless that is only what wraps it.
template <typename F>
inline constexpr std::string_view name_of_callable = name_of<F>();

/// The type that typeid calls so, as its author wrote it.
[[nodiscard]] std::string demangle(const char* name);

/// Stands for T in typeid, which drops references and does not take what is incomplete.
template <typename T>
struct KindOf {};

template <typename T>
constexpr const std::type_info* type_of() {
#ifdef __cpp_rtti
  return &typeid(KindOf<T>);
#else
  return nullptr;
#endif
}

/// One for each type. Not constant, for linkers may fold constants that are alike into one.
template <typename T>
inline constinit ResultKind kind_of = {name_of<std::remove_cvref_t<T>>(), type_of<T>()};

}  // namespace detail
CONCURRENT_FUTURES_END
