// SubjectOfAdapter: an adapter, as the subject of a benchmark (subject.hpp).
//
// TOUCHSTONE_BENCH_CALLS, set by the build, is how many calls the executor can hold at the same time, where that is
// less than the workloads want; what needs more is then left out.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <touchstone/bench/subject.hpp>
#include <touchstone/bench/workloads.hpp>
#include <touchstone/detail/adapter_check.hpp>
#include <vector>

namespace touchstone::bench {

#ifdef TOUCHSTONE_BENCH_CALLS
inline constexpr std::size_t most_calls = TOUCHSTONE_BENCH_CALLS;
#else
inline constexpr std::size_t most_calls = static_cast<std::size_t>(-1);
#endif

template <typename A>
std::string text_of_version() {
  if constexpr (detail::HasVersionFunction<A>) {
    return std::string(std::string_view(A::version()));
  } else if constexpr (detail::HasVersion<A>) {
    return std::string(std::string_view(A::version));
  } else {
    return {};
  }
}

template <typename A>
std::string text_of_name() {
  if constexpr (detail::HasNameFunction<A>) {
    return std::string(std::string_view(A::name()));
  } else {
    return std::string(std::string_view(A::name));
  }
}

template <typename A>
Description description_of() {
  return {text_of_name<A>(), text_of_version<A>(), detail::GivesFuture<A>, detail::CanMap<A>};
}

template <typename A>
std::vector<Entry> workloads_of(const Sizes& sizes) {
  if constexpr (detail::adapter_is_good<A>()) {
    return Workloads<A>(sizes, most_calls).entries();
  } else {
    return {};  // not reached: the mistakes in the adapter have stopped the compilation
  }
}

}  // namespace touchstone::bench

#define TOUCHSTONE_BENCH_SUBJECT(...)                                                                              \
  ::touchstone::bench::Description touchstone::bench::describe_subject() { return description_of<__VA_ARGS__>(); } \
  std::vector<::touchstone::bench::Entry> touchstone::bench::workloads_of_subject(const Sizes& sizes) {            \
    return workloads_of<__VA_ARGS__>(sizes);                                                                       \
  }                                                                                                                \
  static_assert(true, "takes the semicolon")
