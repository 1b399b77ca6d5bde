// The library is compiled so that it calls a function at the beginning of each basic block: this one. It is in a file
// of its own, which is not compiled so.

#include <counter.hpp>

namespace {

thread_local std::uint64_t steps = 0;

}  // namespace

extern "C" void __sanitizer_cov_trace_pc() { ++steps; }

namespace concurrent::futures::growth {

std::uint64_t steps_of(const std::function<void()>& work) {
  const std::uint64_t before = steps;
  work();
  return steps - before;
}

}  // namespace concurrent::futures::growth
