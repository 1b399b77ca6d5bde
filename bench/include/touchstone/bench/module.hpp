// Module: a benchmark as a shared library. One process can hold several, and run them by turns: two builds of an
// executor, or two executors.
//
// The interface is C's, so that modules may be built by different compilers. Its version is in the name of the one
// symbol that a module exports. Everything is called by one thread.

#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

/// What a module is, and its workloads by index. Strings live as long as the module.
struct TouchstoneBenchModule1 {
  const char* name;
  const char* version;
  const char* compiler;
  const char* flags;
  int optimized;

  std::size_t workloads;  // how many
  const char* (*workload_name)(std::size_t index);

  void* (*make)(std::size_t index);     // null: it failed
  std::int64_t (*run)(void* workload);  // nanoseconds; negative: it failed
  std::int64_t (*units)(const void* workload);
  void (*destroy)(void* workload);

  const char* (*error)();  // of what failed last
};

using TouchstoneBenchModuleFunction1 = const TouchstoneBenchModule1*();
inline constexpr auto touchstone_bench_module_symbol = "touchstone_bench_module_1";

}  // extern "C"
