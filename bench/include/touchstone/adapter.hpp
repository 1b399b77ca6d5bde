// What an adapter includes, as benchmarks have it: the same words, and TOUCHSTONE_SUBJECT makes a
// benchmark of the adapter instead of a subject of the suite.
//
// It stands in for conformance/include/touchstone/adapter.hpp, as value.hpp explains; that file tells how
// an adapter is written. Nothing of the suite is linked: make and submit of the adapter are called
// directly, not through touchstone::Subject.

#pragma once

#include <memory>
#include <touchstone/bench/main.hpp>
#include <touchstone/detail/adapter_check.hpp>
#include <touchstone/detail/future_traits.hpp>
#include <touchstone/subject.hpp>

#ifdef BOOST_THREAD_FUTURE_HPP
#include <touchstone/detail/boost_future.hpp>
#endif

/// The main function of a benchmark executable.
#define TOUCHSTONE_SUBJECT(...)                                                                            \
  int main(int argc, char** argv) { return ::touchstone::bench::run_benchmarks<__VA_ARGS__>(argc, argv); } \
  static_assert(true, "takes the semicolon")
