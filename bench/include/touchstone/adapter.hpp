// What an adapter includes, as benchmarks have it: the same words, and TOUCHSTONE_SUBJECT makes a
// benchmark of the adapter instead of a subject of the suite.
//
// It stands in for conformance/include/touchstone/adapter.hpp, as value.hpp explains; that file tells how
// an adapter is written. Nothing of the suite is linked: make and submit of the adapter are called
// directly, not through touchstone::Subject.

#pragma once

#include <memory>
#include <touchstone/bench/subject_of_adapter.hpp>
#include <touchstone/detail/adapter_check.hpp>
#include <touchstone/detail/future_traits.hpp>
#include <touchstone/subject.hpp>

#ifdef BOOST_THREAD_FUTURE_HPP
#include <touchstone/detail/boost_future.hpp>
#endif

#define TOUCHSTONE_SUBJECT(...) TOUCHSTONE_BENCH_SUBJECT(__VA_ARGS__)
